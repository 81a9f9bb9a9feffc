"""The address of the sign-in page, with the way back in it."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from django.http import HttpRequest
from django.urls import reverse

from patportal.lib.urls import is_local_path


def sign_in_url(return_path: str = "", *, is_again: bool = False) -> str:
    """Return the sign-in page's address.

    `return_path` is a path of the portal (anything else is left out). `is_again` shows the page even to
    somebody who is signed in and whose grant looks alive: for when Azure DevOps refuses them.
    """
    query = {"next": return_path} if return_path and is_local_path(return_path) else {}
    if is_again:
        query["again"] = "1"
    return f"{reverse('sign_in')}?{urlencode(query)}" if query else reverse("sign_in")


def page_path(request: HttpRequest) -> str:
    """Return the path, with query, of the page that the person is looking at.

    For a fragment that htmx asked for, that is the page around it.
    """
    current = urlsplit(request.headers.get("HX-Current-URL", ""))
    page = urlunsplit(("", "", current.path, current.query, ""))
    if request.headers.get("HX-Request") == "true" and is_local_path(page):
        return page
    return request.get_full_path()
