"""What editing and extending have in common: whether it makes sense at all, what was typed, what went wrong.

It does not know what is changed; each page brings its form and how it is shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.kept_forms import take_kept_form
from accounts.requests import PersonRequest
from patportal.lib.problems import Problem
from tokens import errors, queries
from tokens.access import own_operation, own_pat
from tokens.forms import EditPatForm, ExtendPatForm, new_key
from tokens.models import Operation, Pat
from tokens.operations import seen_of
from tokens.presenters import Difference, PatRow, differences, pat_row
from tokens.views._problems import answer, problem_of, problem_page

ChangeForm = EditPatForm | ExtendPatForm


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a form comes back; `under_way_url` leads to the change that is in the way."""

    problem: Problem
    differences: list[Difference]
    under_way_url: str


def obstacle(request: PersonRequest, pat: Pat, row: PatRow) -> HttpResponse | None:
    """Return the answer where the PAT cannot be changed as it stands, None where it can."""
    if pat.is_owned_elsewhere:
        return problem_page(request, errors.OwnedElsewhere())
    if row.is_ended:
        return problem_page(request, errors.NotChangeable())
    if row.can_change:
        return None
    if pat.revocation_sent_at:
        told = _("“%(name)s” cannot be changed: its revocation was sent already.")
    else:
        told = _(
            "“%(name)s” cannot be changed: the portal is about to end it. Keep it first, then change it."
        )
    flash.info(request, told % {"name": pat})
    return redirect("pat_detail", pat.id)


def typed_before(request: PersonRequest) -> tuple[QueryDict | None, Operation | None]:
    """Return what was typed before a sign-in, and what its form has begun already."""
    kept = take_kept_form(request, request.GET.get("kept", ""), path=request.path)
    earlier = queries.operation_of_key(request.user, kept.get("key", "")) if kept is not None else None
    return kept, earlier


def asked_before(request: PersonRequest, pat: Pat, verb: Operation.Verb) -> Operation | None:
    """Return the change of `pat` that `?again=` names, where it came to nothing; raises Http404."""
    try:
        operation_id = UUID(request.GET.get("again", ""))
    except ValueError:
        return None
    found = own_operation(request.user, operation_id)
    is_it = found.pat_id == pat.id and found.verb == verb and found.has_come_to_nothing
    return found if is_it else None


def restored(kept: QueryDict, names: tuple[str, ...], *, is_spent: bool) -> dict[str, object]:
    """Return the single fields of a kept form as they were, with a fresh key if its own is spent."""
    key = new_key() if is_spent else kept.get("key") or new_key()
    return {**{name: kept[name] for name in names if name in kept}, "key": key}


def renew(form: ChangeForm, pat: Pat) -> None:
    """Make a form that was incomplete one that can be sent again."""
    form.forget_secrets()
    if "key" in form.errors:
        form.renew_key()
    if "seen" in form.errors:
        form.see(seen_of(pat))


def after_error(
    request: PersonRequest,
    pat: Pat,
    form: ChangeForm,
    error: errors.TokensError,
    show: Callable[[Trouble], HttpResponse],
) -> HttpResponse:
    """Return the answer to `error`; `show` shows the form again with what was typed, where that has a use."""
    if isinstance(error, errors.OwnedElsewhere | errors.NotChangeable):
        return problem_page(request, error)
    if (elsewhere := answer(request, error)) is not None:
        return elsewhere
    earlier = queries.operation_of_key(request.user, form.cleaned_data["key"])
    if earlier is not None and not earlier.has_come_to_nothing and not isinstance(error, errors.KeyReused):
        return redirect("operation", earlier.id)
    found = own_pat(request.user, pat.id)
    if (in_the_way := obstacle(request, found, pat_row(found, now=timezone.now()))) is not None:
        return in_the_way
    if earlier is not None:
        form.renew_key()
    if isinstance(error, errors.PatChanged):
        form.see(seen_of(pat))
    return show(_trouble(request, error, is_extension=isinstance(form, ExtendPatForm)))


def _trouble(request: PersonRequest, error: errors.TokensError, *, is_extension: bool) -> Trouble:
    operation_id = error.operation_id if isinstance(error, errors.ChangeUnderWay) else None
    return Trouble(
        problem=problem_of(request, error, is_extension=is_extension),
        differences=differences(error) if isinstance(error, errors.PatChanged) else [],
        under_way_url=reverse("operation", args=[operation_id]) if operation_id else "",
    )
