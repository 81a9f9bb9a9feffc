"""Where the pages about one PAT are."""

from uuid import UUID

from django.urls import reverse


def address(name: str, *arguments: UUID | int) -> str:
    """Return the address of a page or action."""
    return reverse(name, args=arguments)
