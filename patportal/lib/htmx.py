"""Pages that htmx may ask a part of, and everybody else gets whole."""

from django.http import HttpRequest


def page_or_part(request: HttpRequest, template: str, part: str) -> str:
    """Return the name of the template, or of its named part where htmx asks for a part of the page."""
    htmx = getattr(request, "htmx", None)
    return f"{template}#{part}" if htmx and not htmx.boosted else template
