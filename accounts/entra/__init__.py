"""Microsoft Entra over HTTP: the only package that imports MSAL, and all that opens connections in this app.

`entra_client` is the way in: one client per tenant and process, for the settings as they are now.
"""

from functools import lru_cache
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from accounts.credentials import credential_sources
from accounts.discovery import tenant_in
from accounts.entra.client import EntraClient
from accounts.entra.managed_identity import LONGEST_SECONDS
from accounts.entra.transport import CONNECT_SECONDS, READ_SECONDS
from accounts.entra_types import EntraConfig
from accounts.errors import RefusalReason, SignInRefused

__all__ = ["LONGEST_CALL_SECONDS", "EntraClient", "entra_client"]

# The longest that one request may take; a lock that is held over it has to outlast this.
LONGEST_CALL_SECONDS = CONNECT_SECONDS + READ_SECONDS + LONGEST_SECONDS


def entra_client(tenant_id: UUID | None = None) -> EntraClient:
    """Return this process's client of a tenant for the current settings; None is the home tenant.

    Raises `SignInRefused` for a tenant that is not on the list. Where the authority is a domain, telling so
    takes the home tenant's discovery document, and raises what that does.
    """
    return _client_for(_config(_authority_of(tenant_id)))


def _authority_of(tenant_id: UUID | None) -> str:
    home: str = settings.ENTRA_AUTHORITY
    if tenant_id is None or tenant_id == tenant_in(home):
        return home
    if tenant_id in settings.ENTRA_ADDITIONAL_TENANTS:
        parts = urlsplit(home)
        return f"{parts.scheme}://{parts.netloc}/{tenant_id}"
    if tenant_in(home) is None and _client_for(_config(home)).discovery().tenant_id == tenant_id:
        return home
    raise SignInRefused("the tenant is not on the list", code=RefusalReason.TENANT_UNKNOWN)


def _config(authority: str) -> EntraConfig:
    return EntraConfig(
        authority=authority,
        client_id=settings.ENTRA_CLIENT_ID,
        credentials=credential_sources(),
        scopes=tuple(settings.ENTRA_SCOPES),
        redirect_uri=settings.PORTAL_BASE_URL + reverse("entra_callback"),
        ca_bundle=settings.ENTRA_CA_BUNDLE,
        proxy=settings.OUTBOUND_PROXY,
        is_loopback_page_allowed=settings.ALLOW_OTHER_HOSTS,
        is_offline_wanted=settings.BACKGROUND_ACCESS == "full",
    )


@lru_cache(maxsize=32)
def _client_for(config: EntraConfig) -> EntraClient:
    return EntraClient(config)
