"""The people of the tests: Alice owns PATs, Bob is someone else, Carol audits, Dave administers.

Everybody signs in for real, through the sandbox's Entra.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from accounts.models import User
from patportal.lib.actors import Actor, ActorKind, Origin
from tests.sandbox_control import SandboxControl, Tenant
from tokens import rules
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.delegation import client_for
from tokens.models import Organization


@dataclass
class Person:
    """Somebody who has signed in: their row, their browser, and what the portal does in their name."""

    name: str
    browser: Client

    @property
    def user(self) -> User:
        return User.objects.get(pk=self.browser.session["_auth_user_id"])

    @property
    def actor(self) -> Actor:
        user = self.user
        return Actor(
            kind=ActorKind.PERSON,
            label=str(user),
            tenant_id=user.tenant_id,
            object_id=user.object_id,
            origin=Origin(request_id="a-test", address="127.0.0.1", user_agent="a test"),
        )

    @property
    def client(self) -> AzureDevOpsClient:
        return client_for(self.user)


class World:
    """One tenant with its people; `alice` and the others sign in when they are first asked for."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.control = tenant.control

    @classmethod
    def create(cls, control: SandboxControl, settings: Any, **wish: Any) -> World:
        """Make a tenant and point the portal's settings at it."""
        tenant = control.create_tenant(**wish)
        for name, value in tenant.settings().items():
            setattr(settings, name, value)
        # Whatever the date: global PATs still work while tests run, and stop soon.
        settings.GLOBAL_PATS_STOP_ON = timezone.localdate() + timedelta(days=7)
        return cls(tenant)

    def sign_in(self, name: str, browser: Client | None = None, *, next_path: str = "/") -> Person:
        """Sign somebody in through the sandbox and return them."""
        browser = browser or Client()
        started = browser.post("/sign-in/start", {"next": next_path})
        callback = urlsplit(self.tenant.sign_in(started["Location"], name))
        answer = browser.get(f"{callback.path}?{callback.query}")
        assert answer.status_code == 302, answer.content.decode()
        return Person(name, browser)

    @cached_property
    def alice(self) -> Person:
        return self.sign_in("alice")

    @cached_property
    def bob(self) -> Person:
        return self.sign_in("bob")

    @cached_property
    def carol(self) -> Person:
        return self.sign_in("carol")

    @cached_property
    def dave(self) -> Person:
        return self.sign_in("dave")

    @cached_property
    def alpha(self) -> Organization:
        """The first organization of the tenant."""
        return self._organization("alpha")

    @cached_property
    def beta(self) -> Organization:
        """The second one."""
        return self._organization("beta")

    def _organization(self, name: str) -> Organization:
        return Organization.objects.configured([self.tenant.organization(name).name])[0]

    def create_arguments(self, person: Person, **changes: Any) -> dict[str, Any]:
        """Return arguments for `operations.create_pat` that work."""
        now: datetime = changes.get("now") or timezone.now()
        return {
            "key": uuid4().hex,
            "actor": person.actor,
            "owner": person.user,
            "organization": self.alpha,
            "client": person.client,
            "now": now,
            "name": "ci-deploy",
            "scopes": frozenset({"vso.code"}),
            "valid_to": rules.with_mark(now + timedelta(days=30)),
            "asked_for": "30 days",
            **changes,
        }

    def form(self, **changes: Any) -> dict[str, Any]:
        """Return what a browser sends to create a PAT."""
        return {
            "key": uuid4().hex,
            "name": "ci-deploy",
            "organization": self.alpha.name,
            "expires": "30",
            "scopes": ["vso.code"],
            **changes,
        }
