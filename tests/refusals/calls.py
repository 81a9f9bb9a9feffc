"""Carries out the call of one row as the portal does, and tells what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import User
from tests.job_runner import run_jobs
from tests.passing_time import pass_time
from tests.people import Person, World
from tests.refusals.conditions import Condition
from tests.sandbox_records import SandboxPat
from tests.tokens.azure_devops.people import Naps
from tests.tokens.operations.scene import SYNCER, sweep
from tests.tokens.views.page import read
from tokens import operations
from tokens.azure_devops.client import AzureDevOpsClient, build_session
from tokens.azure_devops.errors import AzureDevOpsError
from tokens.azure_devops.types import Timeouts
from tokens.delegation import DelegatedAccess
from tokens.errors import TokensError
from tokens.lanes import lane_for
from tokens.models import AuditEvent, Operation, Organization, OrganizationAccess, Pat

# For those who do not wait; an answer on loopback takes milliseconds.
IMPATIENT = Timeouts(connect=5, read=0.3)


@dataclass
class Scene:
    """One row's people and place; `answers` are all that the browser was shown, `pat` what is acted on."""

    world: World
    alice: Person
    organization: Organization
    condition: Condition
    pat_id: UUID
    user: User
    answers: list[Any] = field(default_factory=list)
    name: str = field(default_factory=lambda: f"ci {uuid4().hex[:8]}")
    since: int = 0
    earlier: set[UUID] = field(default_factory=set)
    earlier_pats: set[str] = field(default_factory=set)

    @property
    def pat(self) -> Pat:
        return Pat.objects.get(authorization_id=self.pat_id)

    @property
    def events(self) -> list[AuditEvent]:
        """What was recorded since, but that the portal acted while she was away, which no row is about."""
        since = AuditEvent.objects.filter(id__gt=self.since).exclude(type="auth.grant_used")
        return list(since.order_by("id"))

    def begin(self) -> None:
        """Look from now on."""
        self.since = AuditEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0
        self.earlier = set(Operation.objects.values_list("pk", flat=True))
        self.earlier_pats = {one.authorization_id for one in self.world.tenant.pats()}
        self.world.tenant.forget_requests()

    @property
    def made(self) -> list[SandboxPat]:
        """What was made at Azure DevOps since."""
        return [one for one in self.world.tenant.pats() if one.authorization_id not in self.earlier_pats]

    @property
    def operation(self) -> Operation | None:
        """The operation that was begun since, if one was."""
        return Operation.objects.exclude(pk__in=self.earlier).first()

    def show(self, answer: Any) -> str:
        """Follow an answer to the page that the person sees, and return its text."""
        self.answers.append(answer)
        while answer.status_code == 302:
            answer = self.alice.browser.get(answer["Location"])
            self.answers.append(answer)
        return read(answer).text


def begin_scene(world: World, condition: Condition, *, call: str) -> Scene:
    """Sign Alice in, with a mirror that was read before where the row says so or the call needs it."""
    wanted = condition.get("pat") or "her own"
    pat_id = _PATS[wanted](world) if call in {"get", "update", "revoke"} else uuid4()
    alice = world.alice
    (organization,) = Organization.objects.configured(settings.AZURE_DEVOPS_ORGANIZATIONS)
    if condition.get("known") or call == "revoke":
        run_jobs()
    if condition.get("answered"):
        _answer_a_challenge(world, alice, str(condition.get("challenge")))
    if call == "list":
        operations.request_sync(user=alice.user, organizations=[organization], now=timezone.now())
    else:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
    return Scene(world, alice, organization, condition, pat_id, alice.user)


def carry_out(scene: Scene, call: str) -> str:
    """Make the call of a row; return the text of the page that follows, or the name of what was raised."""
    if call in {"get", "update"}:
        return _by_the_client(scene, call)
    if scene.condition.get("impatient"):
        return _without_patience(scene, call)
    return _FROM_OUTSIDE[call](scene)


def settle(scene: Scene, *, rounds: int = 2) -> None:
    """Do what the worker does in the next quarter of an hour."""
    for _ in range(rounds):
        with connection.cursor() as cursor:
            pass_time(cursor, timedelta(minutes=7))
        sweep()
        run_jobs()


def recorded(scene: Scene, call: str) -> list[str]:
    """Return type, outcome and code of what was recorded, the intent left out; of a sync how it ended."""
    events = scene.events
    if call in {"create", "revoke"}:
        assert events[0].type == f"pat.{call}_requested"
        events = events[1:]
    found = [f"{event.type} {event.outcome} {event.error_code}".strip() for event in events]
    if call == "list":
        access = OrganizationAccess.objects.get(user=scene.user, organization=scene.organization)
        found.append(f"access {access.state} {access.error_code}".strip())
    return found


# --- The PAT that a row is about -------------------------------------------------------------------


def _pat(world: World, person: str = "alice", place: str = "alpha", **facts: Any) -> UUID:
    return UUID(world.tenant.add_pat(person, place, f"one of {uuid4().hex[:8]}", **facts).authorization_id)


def _expired(world: World) -> UUID:
    now = timezone.now()
    return _pat(world, valid_from=now - timedelta(days=9), valid_to=now - timedelta(days=1))


_PATS: dict[str, Callable[[World], UUID]] = {
    "her own": _pat,
    "unknown": lambda _: uuid4(),
    "bob's": lambda world: _pat(world, "bob"),
    "revoked": lambda world: _pat(world, revoked=True),
    "expired": _expired,
    "beta's": lambda world: _pat(world, place="beta"),
}


def _answer_a_challenge(world: World, alice: Person, kind: str) -> None:
    world.tenant.challenge("alice", kind=kind)
    assert alice.browser.post("/tokens/new", world.form()).status_code == 302
    world.sign_in("alice", alice.browser)


# --- The calls -------------------------------------------------------------------------------------


def _list(scene: Scene) -> str:
    run_jobs()
    return scene.show(scene.alice.browser.get("/"))


def _create(scene: Scene) -> str:
    form = scene.world.form(name=scene.name, organization=scene.organization.name)
    return scene.show(scene.alice.browser.post("/tokens/new", form))


def _revoke(scene: Scene) -> str:
    return scene.show(scene.alice.browser.post(f"/tokens/{scene.pat.pk}/revoke", {"key": uuid4().hex}))


_FROM_OUTSIDE = {"list": _list, "create": _create, "revoke": _revoke}


@cache
def _session(ca_bundle: str | None) -> Any:
    return build_session(ca_bundle=ca_bundle, proxy=None)


def _client(scene: Scene) -> AzureDevOpsClient:
    """Return the client that the portal makes for Alice, but for its patience."""
    user = scene.alice.user
    return AzureDevOpsClient(
        access_token=DelegatedAccess(user),
        session=_session(settings.AZURE_DEVOPS_CA_BUNDLE),
        vssps_url=settings.AZURE_DEVOPS_VSSPS_URL,
        devops_url=settings.AZURE_DEVOPS_URL,
        api_version=settings.AZURE_DEVOPS_API_VERSION,
        timeouts=IMPATIENT if scene.condition.get("impatient") else Timeouts(),
        tenant_id=user.tenant_id,
        lane=partial(lane_for, user.pk),
        sleep=Naps(),
    )


def _by_the_client(scene: Scene, call: str) -> str:
    """Make a call that no page and no job makes."""
    client, name = _client(scene), scene.organization.name
    until = timezone.now() + timedelta(days=10)
    ask: Callable[[], object] = {
        "get": lambda: client.get_pat(name, scene.pat_id),
        "update": lambda: client.update_pat(name, scene.pat_id, valid_to=until),
    }[call]
    with pytest.raises(AzureDevOpsError) as caught:
        ask()
    return type(caught.value).__name__


def _without_patience(scene: Scene, call: str) -> str:
    """Do what a job or a view does, with a client that gives up soon."""
    act = {"list": _sync, "create": _create_soon, "revoke": _revoke_soon}[call]
    with pytest.raises(TokensError):
        act(scene)
    operation = scene.operation
    return scene.show(scene.alice.browser.get(f"/operations/{operation.pk}" if operation else "/"))


def _sync(scene: Scene) -> None:
    operations.sync_pats(
        user=scene.alice.user,
        organization=scene.organization,
        client=_client(scene),
        actor=SYNCER,
        now=timezone.now(),
    )


def _create_soon(scene: Scene) -> None:
    wish = scene.world.create_arguments(scene.alice, name=scene.name, client=_client(scene))
    operations.create_pat(**wish)


def _revoke_soon(scene: Scene) -> None:
    operations.revoke_pat(
        key=uuid4().hex,
        actor=scene.alice.actor,
        owner=scene.alice.user,
        pat=scene.pat,
        client=_client(scene),
        now=timezone.now(),
    )
