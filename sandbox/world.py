"""What the sandbox holds while it runs, behind one lock: tenants, codes, browser sessions, recorded requests.

Only tenants outlive the process; whoever changes one calls `changed()` so that the keeper writes it.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.request_log import RequestLog
from sandbox.state import Organization, Person, Tenant

_MANY_CODES = 1_000


class NameTakenError(Exception):
    """Another tenant already has an organization or a domain of that name."""


@dataclass
class Code:
    """An authorization code and what it was issued for."""

    tenant_id: str
    person_id: str
    redirect_uri: str
    scopes: list[str]
    nonce: str
    challenge: str
    sid: str
    expires_at: float
    answered: int = 0
    has_cp1: bool = False
    is_redeemed: bool = False


@dataclass
class BrowserSession:
    """Who a browser has signed in as, by tenant: object id and session id."""

    people: dict[str, tuple[str, str]] = field(default_factory=dict)


class World:
    """The shared state; take `lock` around every read and change that belongs together."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.tenants: dict[str, Tenant] = {}
        self.codes: dict[str, Code] = {}
        self.sessions: dict[str, BrowserSession] = {}
        self.on_change: Callable[[], None] = lambda: None
        self.log = RequestLog()
        self._assertions: dict[tuple[str, str], float] = {}

    def changed(self) -> None:
        """Say that something changed that must outlive the process."""
        self.on_change()

    def tenant(self, name: str) -> Tenant | None:
        """Return the tenant with that id or domain name."""
        wanted = name.lower()
        with self.lock:
            if wanted in self.tenants:
                return self.tenants[wanted]
            return next((one for one in self.tenants.values() if one.domain == wanted), None)

    def organization(self, name: str) -> tuple[Tenant, Organization] | None:
        """Return an organization and its tenant by the organization's name, whatever its case."""
        wanted = name.lower()
        with self.lock:
            for tenant in self.tenants.values():
                if wanted in tenant.organizations:
                    return tenant, tenant.organizations[wanted]
        return None

    def add_tenant(self, tenant: Tenant) -> None:
        """Add a tenant. Raises NameTakenError."""
        with self.lock:
            if self.tenant(tenant.domain) or tenant.tenant_id in self.tenants:
                raise NameTakenError(tenant.domain)
            for organization in tenant.organizations.values():
                if self.organization(organization.name):
                    raise NameTakenError(organization.name)
            self.tenants[tenant.tenant_id] = tenant
            self.changed()

    def add_organization(self, tenant: Tenant, organization: Organization) -> None:
        """Add an organization to a tenant. Raises NameTakenError."""
        with self.lock:
            if self.organization(organization.name):
                raise NameTakenError(organization.name)
            tenant.organizations[organization.name.lower()] = organization
            self.changed()

    def rename_organization(self, tenant: Tenant, organization: Organization, name: str) -> None:
        """Give an organization another name; the old one is unknown from then on. Raises NameTakenError."""
        with self.lock:
            holder = self.organization(name)
            if holder is not None and holder[1] is not organization:
                raise NameTakenError(name)
            del tenant.organizations[organization.name.lower()]
            organization.name = name
            tenant.organizations[name.lower()] = organization
            self.changed()

    def remove_tenant(self, tenant: Tenant) -> None:
        """Forget a tenant and everything that belongs to it."""
        with self.lock:
            self.tenants.pop(tenant.tenant_id, None)
            self.log.forget(tenant.tenant_id)
            self.codes = {key: one for key, one in self.codes.items() if one.tenant_id != tenant.tenant_id}
            self.changed()

    def add_code(self, value: str, code: Code) -> None:
        """Keep an authorization code; many old ones make room for it."""
        with self.lock:
            if len(self.codes) >= _MANY_CODES:
                now = time.time()
                self.codes = {key: one for key, one in self.codes.items() if one.expires_at > now}
            self.codes[value] = code

    def use_assertion(self, tenant: Tenant, key: str, expires_at: float) -> bool:
        """Note that a client assertion was used; tell whether that was the first time."""
        now = time.time()
        with self.lock:
            self._assertions = {name: end for name, end in self._assertions.items() if end > now - 60}
            is_first = (tenant.tenant_id, key) not in self._assertions
            self._assertions[tenant.tenant_id, key] = expires_at
            return is_first

    def session_id(self, key: str, tenant: Tenant, person: Person) -> str:
        """Sign a person in to a browser session; return its `sid`, the same while the session lasts."""
        with self.lock:
            session = self.sessions.setdefault(key, BrowserSession())
            known = session.people.get(tenant.tenant_id)
            if known is not None and known[0] == person.object_id:
                return known[1]
            sid = str(uuid.uuid4())
            session.people[tenant.tenant_id] = (person.object_id, sid)
            return sid
