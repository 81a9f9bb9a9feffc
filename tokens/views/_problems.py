"""How an anticipated error becomes an answer: words, status, and the way to sign in where that helps."""

from dataclasses import replace
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.addresses import sign_in_url
from accounts.decorators import redirect_to_sign_in
from accounts.kept_forms import keep_form
from accounts.requests import PersonRequest
from patportal.lib.problems import Problem
from tokens import errors, messages


def problem_of(
    request: PersonRequest, error: errors.TokensError, *, asked_for: str = "", is_extension: bool = False
) -> Problem:
    """Return `error` in words, with this request's id where Microsoft gave none.

    `asked_for` is the life of a PAT that was asked for, as its form says it; `is_extension` tells that it was
    asked for a PAT that exists. Where signing in again may help, the way there is in the problem, and what
    was typed waits at its end.
    """
    problem = messages.problem_for(
        error, request_id=request.request_id, asked_for=asked_for, is_extension=is_extension
    )
    if not problem.asks_for_sign_in:
        return problem
    return replace(problem, sign_in_url=_way_to_sign_in_again(request))


def _way_to_sign_in_again(request: PersonRequest) -> str:
    path = request.path
    if request.method == "POST":
        key = keep_form(request, path=path, data=request.POST)
        path = f"{path}?{urlencode({'kept': key})}"
    return sign_in_url(path, is_again=True)


def answer(request: PersonRequest, error: errors.TokensError) -> HttpResponse | None:
    """Return the answer for errors that do not belong beside a form: sign in, or see the operation.

    Returns None where the view should show the problem with what was typed.
    """
    if isinstance(error, errors.SignInNeeded):
        return redirect_to_sign_in(request, is_again=True)
    if isinstance(error, errors.AlreadySubmitted | errors.OutcomeTaken):
        return redirect("operation", error.operation_id)
    if isinstance(error, errors.OutcomeUnknown) and error.operation_id:
        return redirect("operation", error.operation_id)
    return None


def problem_page(request: PersonRequest, error: errors.TokensError) -> HttpResponse:
    """Return a page about `error` alone."""
    problem = problem_of(request, error)
    return render(request, "tokens/problem.html", {"problem": problem}, status=problem.status)
