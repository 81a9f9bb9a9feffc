"""A call: one request that was recognised as belonging to a tenant, and how to answer or refuse it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.signing import KeyRing
from sandbox.state import Organization, Person, Tenant
from sandbox.wire import Request, Response
from sandbox.world import World


@dataclass(frozen=True)
class Site:
    """What every surface needs: the world, the keys, and the addresses under which they are reached."""

    world: World
    keys: KeyRing
    https_url: str
    pages_url: str

    def issuer(self, tenant: Tenant) -> str:
        """Return the issuer that a tenant's ID tokens name."""
        return f"{self.https_url}/{tenant.tenant_id}/v2.0"


@dataclass
class Call:
    """One recognised request.

    `act` applies the effect and returns the true answer; `refuse` renders what a fault wants instead of it.
    `forge` is filled in by a fault before `act` runs.
    """

    site: Site
    request: Request
    tenant: Tenant
    surface: str
    verb: str
    act: Callable[[Call], Response]
    refuse: Callable[[Call, dict[str, Any]], Response]
    organization: Organization | None = None
    person: Person | None = None
    forge: dict[str, Any] = field(default_factory=dict)
