"""What stands in the way of one row: faults of the sandbox, and what no fault can do.

The `fault` of a row is JSON. These names are read here, all others belong to a fault of the sandbox:

    closed_port    nobody listens where Azure DevOps should be
    untrusted      the portal does not trust the certificate
    no_tls         whoever listens does not speak TLS
    impatient      the portal waits for an answer for a moment only
    known          the organization has been read before
    members        who is a member of the organization
    policies       what the organization's administrators forbid
    version        the version of the API that the portal asks for
    entra          the number with which Entra refuses every refresh
    challenge      what Azure DevOps wants proved: revoked, mfa or network (see the sandbox)
    answered       the person has just signed in because of that challenge
    other_tenant   the organization belongs to another directory
    pat            which PAT is asked for, where it is none of the person's own that works
    surface        where the fault strikes, if not among the PATs
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.test import Client

from tests.people import World
from tests.refusals.table import Row
from tests.sandbox_control import Tenant

_OWN = {
    *("closed_port", "untrusted", "no_tls", "impatient", "known", "members", "policies", "version", "entra"),
    *("challenge", "answered", "other_tenant", "pat", "surface"),
}


class Condition:
    """What a row orders; `get` looks one of our own names up, `fault` is what is left for the sandbox."""

    def __init__(self, row: Row) -> None:
        order: dict[str, Any] = json.loads(row["fault"])
        self._own = {name: value for name, value in order.items() if name in _OWN}
        self.fault = {name: value for name, value in order.items() if name not in _OWN}

    def get(self, name: str) -> Any:
        assert name in _OWN
        return self._own.get(name)

    @property
    def surface(self) -> str:
        return str(self.get("surface") or "pats")

    @contextmanager
    def holds(self, world: World, verb: str, settings: Any) -> Iterator[None]:
        """Let it stand in the way of every call of a verb until the end of the block."""
        with ExitStack() as stack:
            self._point_elsewhere(settings)
            self._forbid(world.tenant, stack)
            if number := self.get("entra"):
                stack.enter_context(world.tenant.refuse(number, place="refresh"))
            if kind := self.get("challenge"):
                world.tenant.challenge("alice", kind=kind)
            if self.fault:
                self._strike(world, verb, stack)
            yield

    def _point_elsewhere(self, settings: Any) -> None:
        if self.get("closed_port"):
            settings.AZURE_DEVOPS_VSSPS_URL = "https://127.0.0.1:1/vssps"
        if self.get("no_tls"):
            page = urlsplit(Client().post("/sign-in/start", {"next": "/"})["Location"])
            assert page.scheme == "http"
            settings.AZURE_DEVOPS_VSSPS_URL = f"https://{page.netloc}/vssps"
        if self.get("untrusted"):
            settings.AZURE_DEVOPS_CA_BUNDLE = None
        if version := self.get("version"):
            settings.AZURE_DEVOPS_API_VERSION = version

    def _forbid(self, tenant: Tenant, stack: ExitStack) -> None:
        if members := self.get("members"):
            tenant.change_organization("alpha", members=members)
            stack.callback(tenant.change_organization, "alpha", members=None)
        if policies := self.get("policies"):
            tenant.change_organization("alpha", policies=policies)
            stack.callback(tenant.change_organization, "alpha", policies={})

    def _strike(self, world: World, verb: str, stack: ExitStack) -> None:
        wish = dict(self.fault)
        if "hold" in wish:
            wish["hold"] = f"hold-{uuid4()}"
            stack.callback(world.control.release, wish["hold"])
        match: dict[str, Any] = {} if self.get("surface") else {"verb": verb}
        stack.enter_context(world.tenant.fault(self.surface, **match, **wish))
