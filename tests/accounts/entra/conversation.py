"""A whole conversation with the sandbox's Entra: the configuration for a tenant, a sign-in, a refresh."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from accounts.entra import EntraClient
from accounts.entra_types import EntraConfig, Refreshed, SignedIn
from tests.accounts.browsers import query_of
from tests.accounts.entra.little_entra import secret_source
from tests.sandbox_control import Tenant

CALLBACK = "http://127.0.0.1:8000/getAToken"
RESOURCE = "499b84ac-1321-427f-aa17-267ca6975798"
NARROW = (f"{RESOURCE}/vso.pats", f"{RESOURCE}/vso.pats_manage")


def config_of(tenant: Tenant, **changes: Any) -> EntraConfig:
    wish: dict[str, Any] = {
        "authority": tenant.authority,
        "client_id": tenant.client_id,
        "credentials": (secret_source(tenant.client_secret),),
        "scopes": (f"{RESOURCE}/.default",),
        "redirect_uri": CALLBACK,
        "ca_bundle": tenant.control.ca_bundle,
        "proxy": None,
        "is_loopback_page_allowed": True,
    }
    return EntraConfig(**(wish | changes))


def sign_in(client: EntraClient, tenant: Tenant, name: str = "alice") -> SignedIn:
    flow = client.start_flow(redirect_uri=CALLBACK)
    return client.redeem(flow, query=query_of(tenant.sign_in(flow["auth_uri"], name)))


def refresh(
    client: EntraClient, tenant: Tenant, signed_in: SignedIn, name: str = "alice", **wish: Any
) -> Refreshed:
    return client.refresh(
        signed_in.cache_text,
        tenant_id=UUID(tenant.tenant_id),
        object_id=UUID(tenant.person(name).object_id),
        **wish,
    )
