"""What the portal holds for a person: shown by kind, downloaded as a file, and the way to end it all."""

from typing import Any

from django.contrib import messages as flash
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actors import actor_for
from accounts.decorators import sign_in_required
from accounts.requests import PersonRequest
from accounts.views.sign_out import leave
from tokens import operations
from tokens.errors import GrantBusy
from tokens.forms import DisconnectForm
from tokens.holdings_queries import grant_of, holdings_of, own_data
from tokens.presenters import holdings, unfinished_lines
from tokens.unfinished_queries import unfinished_work
from tokens.views._problems import problem_of


@require_safe
@never_cache
@sign_in_required
def my_data(request: PersonRequest) -> HttpResponse:
    """Show what is unfinished, how much of what is stored about the person, and for how long."""
    rows = holdings(request.user, holdings_of(request.user), grant_of(request.user))
    work = unfinished_work(request.user, now=timezone.now())
    return render(request, "tokens/my_data.html", {"holdings": rows, "lines": unfinished_lines(work)})


@require_POST
@never_cache
@sign_in_required(return_to="my_data")
def my_data_download(request: PersonRequest) -> HttpResponse:
    """Answer with a file of everything that is stored about the person."""
    operations.record_own_download(actor=actor_for(request), owner=request.user)
    data = own_data(request.user, now=timezone.now())
    response = JsonResponse(data, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = 'attachment; filename="pat-portal-my-data.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def disconnect(request: PersonRequest) -> HttpResponse:
    """Show what is unfinished, and ask; on POST forget the person's access and sign them out."""
    if request.method != "POST":
        return _ask(request, DisconnectForm())
    form = DisconnectForm(request.POST)
    if not form.is_valid():
        return _ask(request, form, status=422)
    try:
        operations.disconnect(actor=actor_for(request), owner=request.user, now=timezone.now())
    except GrantBusy as exc:
        problem = problem_of(request, exc)
        return _ask(request, form, problem=problem, status=problem.status)
    answer = leave(request, request.user)
    flash.success(
        request,
        gettext("The portal deleted what let it act for you. Your tokens go on to work."),
    )
    return answer


def _ask(request: PersonRequest, form: DisconnectForm, *, status: int = 200, **context: Any) -> HttpResponse:
    work = unfinished_work(request.user, now=timezone.now())
    context |= {"form": form, "lines": unfinished_lines(work), "grant": grant_of(request.user)}
    return render(request, "tokens/disconnect.html", context, status=status)
