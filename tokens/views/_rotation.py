"""The answers of a rotation but for the secret: the form, a successor that is there already, refusals."""

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.grant_store import may_renew
from accounts.requests import PersonRequest
from patportal.lib.htmx import page_or_part
from patportal.lib.problems import Message, Problem
from tokens import errors, messages, queries
from tokens.forms import RotateForm
from tokens.models import Pat
from tokens.presenters import aftermath, can_overlap, differences, overlap_options, pat_row, unfinished
from tokens.views._issued import show_row_problem
from tokens.views._problems import problem_of


def show_form(
    request: PersonRequest,
    pat: Pat,
    form: RotateForm,
    *,
    problem: Problem | None = None,
    error: errors.TokensError | None = None,
    is_kept: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Return the page that says what will happen; `is_kept` tells that what was chosen comes back."""
    now = timezone.now()
    is_overlapping = can_overlap(pat, now=now)
    context = {
        "row": pat_row(pat, now=now),
        "form": form,
        "overlaps": overlap_options(pat, selected=form.selected_overlap, now=now) if is_overlapping else [],
        "ends_by_expiry_alone": is_overlapping and not may_renew(),
        "move_url": reverse("pat_move", args=[pat.id]) if pat.is_global else "",
        "rotate_url": reverse("pat_rotate", args=[pat.id]),
        "is_kept": is_kept,
        "problem": problem,
        "differences": differences(error) if isinstance(error, errors.PatChanged) else [],
    }
    return render(request, page_or_part(request, "tokens/pat_rotate.html", "part"), context, status=status)


def show_successor(
    request: PersonRequest, pat: Pat, successor: Pat, *, error: errors.TokensError | None = None
) -> HttpResponse:
    """Return the page about the successor that is there already, with the ways on from there."""
    is_received = successor.received_at is not None
    obstacle = errors.AlreadyReplaced if is_received else errors.RotationUnfinished
    problem, now = messages.problem_for(error or obstacle(successor.id)), timezone.now()
    context = {
        "row": pat_row(pat, now=now),
        "problem": problem,
        "unfinished": unfinished(successor),
        "aftermath": aftermath(pat, overlap=queries.overlap_of(successor), now=now),
        "move_url": reverse("pat_move", args=[pat.id]) if pat.is_global else "",
    }
    template = page_or_part(request, "tokens/pat_rotate.html", "part")
    return render(request, template, context, status=problem.status if error else 200)


def row_incomplete(request: PersonRequest, form: RotateForm) -> HttpResponse:
    """Return why nothing was made, as the fragment of one among many."""
    sentences = [str(sentence) for found in form.errors.values() for sentence in found]
    message = Message(
        _("Nothing was made"),
        " ".join(sentences),
        _("Open its own page and rotate it there."),
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "bad",
    )
    return show_row_problem(request, Problem(message), ways_on={_("Rotate it alone"): request.path})


def row_problem(request: PersonRequest, error: errors.TokensError, *, asked_for: str) -> HttpResponse:
    """Return why there is no secret, as the fragment of one among many.

    It leads nowhere by itself: leaving the page would lose the secrets that stand beside it.
    """
    if isinstance(error, errors.SignInNeeded):
        problem = messages.problem_for(error, request_id=request.request_id)
    else:
        problem = problem_of(request, error, asked_for=asked_for)
    is_unknown = isinstance(error, errors.OutcomeUnknown | errors.OutcomeTaken | errors.AlreadySubmitted)
    return show_row_problem(request, problem, ways_on=_ways_on(request, error), is_unknown=is_unknown)


def _ways_on(request: PersonRequest, error: errors.TokensError) -> dict[str, str]:
    operation_id = getattr(error, "operation_id", None)
    if operation_id:
        return {_("See what became of it"): reverse("operation", args=[operation_id])}
    if isinstance(error, errors.RotationUnfinished):
        return {_("Finish the rotation"): request.path}
    if isinstance(error, errors.AlreadyReplaced):
        return {_("To the new token"): reverse("pat_detail", args=[error.pat_id])}
    return {}
