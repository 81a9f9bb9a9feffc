"""What Entra's discovery document must say before the portal believes it. Pure: no network, no settings.

MSAL checks none of this for an authority, and whoever controls the document controls every sign-in.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from patportal.lib.networks import is_loopback

_ISSUER_PATH = re.compile(r"/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/v2\.0", re.IGNORECASE)


class Untrusted(Exception):
    """The document does not belong to the configured authority."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """Entra's addresses for one tenant, all checked; `end_session_endpoint` is empty where there is none."""

    issuer: str
    tenant_id: UUID
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str


def discovery_url(authority: str) -> str:
    """Return where the discovery document of `authority` (https://host/tenant) is."""
    return f"{authority}/v2.0/.well-known/openid-configuration"


def tenant_in(authority: str) -> UUID | None:
    """Return the tenant that `authority` names by its GUID, or None where it names a domain."""
    try:
        return UUID(urlsplit(authority).path.strip("/"))
    except ValueError:
        return None


def parse_discovery(
    document: Mapping[str, Any], *, authority: str, is_loopback_page_allowed: bool
) -> Discovery:
    """Return the checked content of `document`; raises `Untrusted`.

    `is_loopback_page_allowed` accepts plain http on this machine for the two addresses that only a person's
    browser visits.
    """
    host = urlsplit(authority).netloc.lower()
    issuer = _text(document, "issuer")
    pages = {"is_loopback_allowed": is_loopback_page_allowed}
    return Discovery(
        issuer=issuer,
        tenant_id=_tenant_of(issuer, authority=authority, host=host),
        authorization_endpoint=_address(document, "authorization_endpoint", host, **pages),
        token_endpoint=_address(document, "token_endpoint", host),
        jwks_uri=_address(document, "jwks_uri", host),
        end_session_endpoint=(
            _address(document, "end_session_endpoint", host, **pages)
            if document.get("end_session_endpoint")
            else ""
        ),
    )


def _tenant_of(issuer: str, *, authority: str, host: str) -> UUID:
    parts = urlsplit(issuer)
    match = _ISSUER_PATH.fullmatch(parts.path)
    if parts.scheme != "https" or parts.netloc.lower() != host or parts.query or not match:
        raise Untrusted("the issuer is not on the authority's host")
    tenant_id, configured = UUID(match[1]), tenant_in(authority)
    # A domain name is believed: its directory says which tenant it stands for.
    if configured is not None and configured != tenant_id:
        raise Untrusted("the issuer is another tenant's")
    return tenant_id


def _address(document: Mapping[str, Any], name: str, host: str, *, is_loopback_allowed: bool = False) -> str:
    address = _text(document, name)
    parts = urlsplit(address)
    is_on_host = parts.scheme == "https" and parts.netloc.lower() == host
    is_local_page = is_loopback_allowed and parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not (is_on_host or is_local_page) or parts.fragment:
        raise Untrusted(f"{name} is not an https address on the authority's host")
    return address


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise Untrusted(f"{name} is missing")
    return value
