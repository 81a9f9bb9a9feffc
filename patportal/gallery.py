"""A page that shows every component in every state; served in DEBUG only."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Show the component gallery."""
    return render(request, "gallery.html")
