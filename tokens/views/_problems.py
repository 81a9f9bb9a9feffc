"""How an anticipated error becomes an answer: words, status, and the way to sign in where that helps."""

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.decorators import redirect_to_sign_in
from patportal.lib.problems import Problem
from tokens import errors, messages
from tokens.views._requests import PersonRequest


def problem_of(request: PersonRequest, error: errors.TokensError) -> Problem:
    """Return `error` in words, with this request's id where Microsoft gave none."""
    return messages.problem_for(error, request_id=request.request_id)


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
