"""The plain pages for what goes wrong outside a view: 400, 403, 404, 500 and a refused CSRF check."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render


def _page(request: HttpRequest, status: int, name: str) -> HttpResponse:
    context = {"request_id": getattr(request, "request_id", "")}
    return render(request, f"{name}.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Show that the request could not be understood."""
    return _page(request, 400, "400")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Show that the person may not do this."""
    return _page(request, 403, "403")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Show that nothing is here, or nothing that this person may see."""
    return _page(request, 404, "404")


def nothing_here(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Stand in for a page of Django's that the portal does not have."""
    raise Http404


def failed(request: HttpRequest) -> HttpResponse:
    """Show a plain page with the request id; what happened is in the log."""
    return _page(request, 500, "500")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """Show that a form could not be proven to come from our own page, and what to do about it."""
    return _page(request, 403, "403_csrf")
