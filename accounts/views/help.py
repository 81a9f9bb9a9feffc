"""Help with sign-in, for people who are not signed in: what Entra's numbers mean, and who can help."""

import re
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.aadsts import Aadsts, Effect, Who, entries, entry_for, number_in
from accounts.entra import entra_client
from accounts.entra_answers import EntraAnswer, sign_in_error
from accounts.errors import AccountsError
from accounts.organization_names import home_name, name_of_additional
from accounts.views.ways_on import WaysOn, ways_on
from patportal.lib.texts import Text

# Microsoft's own page, for the numbers that are not in the table.
_MICROSOFTS_LOOKUP = "https://login.microsoftonline.com/error"
# Words that somebody looks for instead of a number; they are never repeated.
_WORD = re.compile(r"[a-z]{3,}")
_LONGEST_QUESTION = 64
# What may be repeated of a number that is not in the table: no telephone number.
_DIGITS = re.compile(r"(?<![0-9A-Z])\d{1,7}(?![0-9A-Z])", re.IGNORECASE | re.ASCII)
_APPROVAL_HELPS = {Effect.ADMIN_APPROVAL, Effect.CONSENT}


@dataclass(frozen=True, slots=True)
class HelpGroup:
    """The entries about which the same people can do something."""

    slug: str
    title: Text
    lead: Text
    entries: list[Aadsts]

    @property
    def has_approval(self) -> bool:
        """Tell whether an administrator's approval solves some of them."""
        return any(entry.effect is Effect.ADMIN_APPROVAL for entry in self.entries)


@dataclass(frozen=True, slots=True)
class ApprovalLink:
    """Where administrators of one tenant let the portal in; `label` is empty where there is only one."""

    url: str
    label: str


_TEXTS = {
    Who.YOU: (
        _("You can solve it yourself"),
        _("Another account, another proof, or simply signing in again."),
    ),
    Who.ADMINISTRATORS: (
        _("Your organization's administrators can solve it"),
        _("Give them the number, and the correlation id and the time from the page that refused you."),
    ),
    Who.OPERATORS: (
        _("The people who run this portal can solve it"),
        _("Nothing is wrong with you or your account. Give them the number."),
    ),
    Who.NOBODY: (
        _("It passes by itself"),
        _("Nothing is wrong with your account. Wait a little."),
    ),
}
_GROUPS = [
    HelpGroup(who.value, title, lead, [entry for entry in entries() if entry.who is who])
    for who, (title, lead) in _TEXTS.items()
]


@require_safe
def sign_in_help(request: HttpRequest) -> HttpResponse:
    """Explain sign-in failures by number; of what was asked for, only a number is repeated."""
    asked = request.GET.get("code", "").strip()
    number = number_in(asked)
    wanted = entry_for(number)
    matches = _matching(asked)
    context = {
        "groups": _GROUPS,
        "count": sum(len(group.entries) for group in _GROUPS),
        "wanted": wanted,
        "ways": _ways_on(wanted) if wanted else None,
        "query": wanted.label if wanted else _digits(asked, number),
        "matches": matches,
        "is_one_match": len(matches) == 1,
        "is_unknown": bool(asked) and wanted is None and not matches,
        "microsofts_lookup": _MICROSOFTS_LOOKUP,
        "approval_links": _approval_links(),
        "wants_approval": wanted is not None and wanted.effect in _APPROVAL_HELPS,
    }
    return render(request, "accounts/sign_in_help.html", context)


def _matching(asked: str) -> list[Aadsts]:
    """Return the entries in which every word of a question without any digit stands."""
    words = _WORD.findall(asked[:_LONGEST_QUESTION].lower())
    if not words or any(character.isdigit() for character in asked):
        return []
    return [entry for entry in entries() if all(word in _text_of(entry) for word in words)]


def _text_of(entry: Aadsts) -> str:
    """Return where words are looked for; in the label everybody's number begins with the same letters."""
    return f"{entry.title} {entry.meaning} {entry.next_step}".lower()


def _ways_on(entry: Aadsts) -> WaysOn:
    """Return what to offer whom Microsoft's own page has refused with this number."""
    error = sign_in_error(EntraAnswer(error="", numbers=(entry.number,)))
    return ways_on(error.code, entry=entry)


def _digits(asked: str, number: int) -> str:
    """Return what is kept in the box of a question that has no answer here."""
    if number:
        return str(number)
    found = _DIGITS.search(asked[:64])
    return found[0] if found else ""


def _approval_links() -> list[ApprovalLink]:
    """Return the links, of which the addresses are put together without asking Entra anything."""
    others: dict[UUID, str] = settings.ENTRA_ADDITIONAL_TENANTS
    own_label = (home_name() or gettext("the portal's own organization")) if others else ""
    labels: list[tuple[UUID | None, str]] = [(None, own_label)]
    labels += [(tenant_id, name_of_additional(tenant_id)) for tenant_id in others]
    try:
        return [
            ApprovalLink(entra_client(tenant_id).admin_consent_url(), label) for tenant_id, label in labels
        ]
    except AccountsError:
        return []
