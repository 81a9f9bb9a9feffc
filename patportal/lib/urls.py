"""Return addresses that stay on the portal."""

from django.utils.http import url_has_allowed_host_and_scheme


def is_local_path(url: str) -> bool:
    """Tell whether `url` is a path on this portal, safe to redirect to after a sign-in.

    Absolute addresses are refused even for our own host: a path is all that a return address needs.
    """
    # Two slashes name a host, even an empty one; browsers take a backslash for a slash.
    has_host = url.replace("\\", "/").startswith("//")
    return url.startswith("/") and not has_host and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
