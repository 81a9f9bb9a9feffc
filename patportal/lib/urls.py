"""Addresses: those that stay on the portal, and those of others that a page may link to."""

import re
from urllib.parse import urlsplit

from django.utils.http import url_has_allowed_host_and_scheme


def is_local_path(url: str) -> bool:
    """Tell whether `url` is a path on this portal, safe to redirect to after a sign-in.

    Absolute addresses are refused even for our own host: a path is all that a return address needs.
    """
    # Two slashes name a host, even an empty one; browsers take a backslash for a slash.
    has_host = url.replace("\\", "/").startswith("//")
    return url.startswith("/") and not has_host and url_has_allowed_host_and_scheme(url, allowed_hosts=None)


# Letters that only look like others have no place here: such a host stays text.
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\]")


def web_host(text: str) -> str:
    """Return the host of `text` if the whole of it is an http(s) address without user info, else ""."""
    if not text.isprintable() or any(char.isspace() or char == "\\" for char in text):
        return ""
    try:
        parts = urlsplit(text)
        host, _, _ = parts.netloc.lower().rpartition(":") if parts.port else (parts.netloc.lower(), "", "")
    except ValueError:
        return ""
    is_link = parts.scheme in {"http", "https"} and _HOST.fullmatch(host)
    return host if is_link else ""
