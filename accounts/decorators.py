"""The door in front of every page for people who are signed in."""

from collections.abc import Callable
from functools import wraps
from typing import Any, overload
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from accounts.addresses import page_path, sign_in_url
from accounts.kept_forms import keep_form

View = Callable[..., HttpResponse]


@overload
def sign_in_required(view: View) -> View: ...
@overload
def sign_in_required(*, return_to: str) -> Callable[[View], View]: ...


def sign_in_required(view: View | None = None, *, return_to: str = "") -> View | Callable[[View], View]:
    """Send people who are not signed in to the sign-in page, with the way back and what they had typed.

    `return_to` is the name of the URL to come back to, for a view that answers POST only.
    """

    def decorate(wrapped: View) -> View:
        @wraps(wrapped)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated:
                return wrapped(request, *args, **kwargs)
            return_path = reverse(return_to) if return_to else ""
            return redirect_to_sign_in(request, return_path=return_path)

        return guarded

    return decorate if view is None else decorate(view)


def redirect_to_sign_in(
    request: HttpRequest, *, return_path: str = "", is_again: bool = False
) -> HttpResponse:
    """Answer with the sign-in page; what a POST had brought comes back in `?kept=` of the way back.

    `return_path` is where to return to, by default the page that the request came from. `is_again` is for a
    person who is signed in and has to do it once more. htmx is told to load the whole page.
    """
    path = return_path or (request.path if request.method == "POST" else page_path(request))
    if request.method == "POST" and (not return_path or urlsplit(return_path).path == request.path):
        key = keep_form(request, path=request.path, data=request.POST, owner_id=ended_owner_id(request))
        path = f"{path}{'&' if urlsplit(path).query else '?'}{urlencode({'kept': key})}"
    address = sign_in_url(path, is_again=is_again)
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(address)
    return HttpResponseRedirect(address)


def ended_owner_id(request: HttpRequest) -> int | None:
    """Return the person whose session ended with this request, if the session limits ended it."""
    owner_id: int | None = getattr(request, "ended_session_user_id", None)
    return owner_id
