"""Which PATs a page about many is for: those that were ticked, or all that a filter of the list shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import ngettext

from accounts.kept_forms import take_kept_form
from accounts.requests import PersonRequest
from tokens import list_queries, queries
from tokens.access import own_pats
from tokens.list_address import ListQuery
from tokens.models import Pat
from tokens.rules import MOST_CHOSEN


@dataclass(frozen=True, slots=True)
class Chosen:
    """The person's own PATs among those that were asked for.

    `unknown` is how many are not theirs or not there, which is the same; `most` is set where more fit the
    filter than may be changed at once. `fields` are what a form repeats to ask for the same again.
    """

    pats: list[Pat]
    unknown: int
    most: int
    fields: list[tuple[str, str]]

    @property
    def unknown_sentence(self) -> str:
        """What to say of those that are unknown, "" where there are none."""
        if not self.unknown:
            return ""
        told = ngettext(
            "One of the tokens that you chose was not found, so it is left out.",
            "%(count)s of the tokens that you chose were not found, so they are left out.",
            self.unknown,
        )
        return told % {"count": self.unknown}


def params_of(request: PersonRequest) -> QueryDict:
    """Return what a page about many PATs is asked for; what was sent before a sign-in counts as asked for."""
    if request.method == "POST":
        return request.POST
    kept = take_kept_form(request, request.GET.get("kept", ""), path=request.path)
    return request.GET if kept is None else kept


def chosen_pats(request: PersonRequest, params: QueryDict, *, now: datetime) -> Chosen:
    """Return the person's own PATs that `params` name: `pat` again and again, or `all` with a filter."""
    if params.get("all") == "1":
        return _filtered(request, params, now=now)
    texts = list(dict.fromkeys(params.getlist("pat")))[:MOST_CHOSEN]
    pats = own_pats(request.user, _ids(texts))
    fields = [("pat", str(pat.pk)) for pat in pats]
    return Chosen(pats, unknown=len(texts) - len(pats), most=0, fields=fields)


def _filtered(request: PersonRequest, params: QueryDict, *, now: datetime) -> Chosen:
    organizations = queries.configured_organizations()
    query = ListQuery.from_params(params, organizations=[row.name for row in organizations])
    found = list_queries.matching_pats(
        request.user, query, organizations=organizations, now=now, most=MOST_CHOSEN + 1
    )
    fields = [("all", "1"), *query.params().items()]
    return Chosen(
        found[:MOST_CHOSEN], unknown=0, most=MOST_CHOSEN if len(found) > MOST_CHOSEN else 0, fields=fields
    )


def _ids(texts: list[str]) -> Iterator[UUID]:
    for text in texts:
        try:
            yield UUID(text)
        except ValueError:
            continue
