"""Where requests go: addresses are made of checked parts, so that a bearer cannot be led elsewhere."""

from urllib.parse import quote, urlsplit

_LONGEST_NAME = 255
_NEVER_IN_A_NAME = frozenset("/\\?#%")


def base_url(text: str) -> str:
    """Return a configured base address without its closing slash.

    Raises ValueError unless it is a plain https address, without credentials, query or fragment.
    """
    parts = urlsplit(text)
    is_plain = text.isascii() and text.isprintable() and not set(text) & set(" \\@?#")
    if not (is_plain and parts.scheme == "https" and parts.hostname and parts.port != 0):
        raise ValueError("The address must be https, without credentials, query or fragment.")
    return text.rstrip("/")


def organization_url(base: str, organization: str, path: str) -> str:
    """Return `base/organization/path` with the organization as exactly one quoted segment.

    Raises ValueError if the name cannot be one.
    """
    if not is_organization_name(organization):
        raise ValueError("This cannot be the name of an organization.")
    return f"{base}/{quote(organization, safe='')}/{path}"


def is_organization_name(text: str) -> bool:
    """Tell whether `text` can stand in an address as one segment: printable, no separators, not only dots."""
    return (
        0 < len(text) <= _LONGEST_NAME
        and text.isprintable()
        and text == text.strip()
        and text.strip(".") != ""
        and not set(text) & _NEVER_IN_A_NAME
    )
