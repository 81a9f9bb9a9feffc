"""What happens to people becomes audit events, in the transaction of the change."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management.sql import emit_post_migrate_signal
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from accounts import signals
from accounts.claims import Role
from accounts.grants import access_token_for
from accounts.models import Grant, User
from patportal.lib.actors import Actor, ActorKind, Origin
from tests.people import World
from tests.tokens.operations.scene import Record, failing_event, hasty_client
from tokens.azure_devops.types import PatFilter
from tokens.errors import SignInNeeded
from tokens.models import AuditEvent, RefusedSignIns
from tokens.receivers import REFUSALS_PER_MINUTE, ROLE_PERMISSIONS


def _stranger(address: str) -> Actor:
    return Actor(kind=ActorKind.PERSON, label="", origin=Origin("a-request", address, "a browser"))


def _refuse(address: str = "203.0.113.7", *, aadsts: int = 50105, actor: Any = ...) -> None:
    signals.sign_in_refused.send(
        sender=User,
        actor=_stranger(address) if actor is ... else actor,
        reason="entra_refused",
        aadsts=aadsts,
        correlation_id="a-correlation",
        now=timezone.now(),
    )


def test_a_sign_in_is_recorded(world: World) -> None:
    user = world.alice.user
    event = AuditEvent.objects.get(type="auth.signed_in")
    assert (event.outcome, event.actor_kind) == ("success", "person")
    assert event.actor_object_id == event.owner_object_id == user.object_id
    assert event.actor_label == "Alice Archer"
    assert event.address == "127.0.0.1"
    assert event.request_id


def test_no_sign_in_without_its_record(world: World) -> None:
    browser = Client(raise_request_exception=False)
    with failing_event("auth.signed_in"), pytest.raises(AssertionError):
        world.sign_in("alice", browser)
    assert "_auth_user_id" not in browser.session
    assert not User.objects.exists()
    assert not Grant.objects.exists()


def test_a_sign_out_is_recorded(world: World) -> None:
    alice = world.alice
    user, record = alice.user, Record()
    alice.browser.post("/sign-out")
    event = record.of("auth.signed_out")
    assert event.actor_object_id == event.owner_object_id == user.object_id


def test_sessions_that_somebody_ends_are_recorded_in_one_event(world: World) -> None:
    alice, elsewhere = world.alice, world.sign_in("alice")
    user, record = alice.user, Record()
    alice.browser.post("/sessions/end-all")
    event = record.of("auth.session_ended")
    assert event.actor_object_id == event.owner_object_id == user.object_id
    assert event.recorded == {"reason": "signed_out_everywhere", "sessions": 2}
    assert event.address == "127.0.0.1"
    assert elsewhere.browser.get("/").status_code == 302
    assert record.types == ["auth.session_ended"]


def test_no_session_ends_without_its_record(world: World) -> None:
    alice = world.alice
    with failing_event("auth.session_ended"), pytest.raises(DatabaseError), transaction.atomic():
        alice.browser.post("/sessions/end-all")
    assert alice.browser.get("/sessions").status_code == 200


def test_roles_that_come_and_go_are_recorded(world: World) -> None:
    record = Record()
    dave = world.dave
    gained = record.of("auth.roles_changed")
    assert gained.recorded == {"gained": ["PatPortal.Admin"], "lost": []}
    assert (gained.actor_label, gained.owner_object_id) == ("Microsoft Entra", dave.user.object_id)
    record = Record()
    world.tenant.change_person("dave", roles=[])
    access_token_for(dave.user, now=timezone.now(), fresh=True)
    lost = record.of("auth.roles_changed")
    assert lost.recorded == {"gained": [], "lost": ["PatPortal.Admin"]}
    assert (lost.actor_label, lost.owner_object_id) == ("Microsoft Entra", dave.user.object_id)


def test_no_role_without_its_record(world: World) -> None:
    browser = Client(raise_request_exception=False)
    with failing_event("auth.roles_changed"), pytest.raises(AssertionError):
        world.sign_in("dave", browser)
    assert not User.objects.exists()


def test_the_end_of_a_grant_is_recorded_once(world: World) -> None:
    alice, record = world.alice, Record()
    client = hasty_client(alice)
    world.tenant.revoke_refresh("alice")
    for _ in range(2):
        with world.tenant.fault("pats", verb="list", status=401), pytest.raises(SignInNeeded):
            client.list_pats(world.alpha.name, pat_filter=PatFilter.ACTIVE)
    event = record.of("auth.grant_lost")
    assert (event.outcome, event.owner_object_id) == ("failed", alice.user.object_id)
    assert event.error_code


def test_a_refused_sign_in_is_recorded_with_its_code(db: None) -> None:
    _refuse()
    event = AuditEvent.objects.get()
    assert (event.type, event.outcome, event.error_code) == (
        "auth.sign_in_refused",
        "refused",
        "AADSTS50105",
    )
    assert (event.activity_id, event.address) == ("a-correlation", "203.0.113.7")
    assert event.recorded == {"reason": "entra_refused"}


def test_without_a_number_the_reason_is_the_code(db: None) -> None:
    _refuse(aadsts=0, actor=None)
    event = AuditEvent.objects.get()
    assert (event.error_code, event.actor_kind, event.actor_label) == ("entra_refused", "system", "sign-in")


def test_strangers_cannot_fill_a_log_that_cannot_be_emptied(db: None) -> None:
    for _ in range(3 * REFUSALS_PER_MINUTE):
        _refuse("203.0.113.7")
    _refuse("203.0.113.8")
    recorded = AuditEvent.objects.values_list("address", flat=True)
    assert sorted(recorded) == ["203.0.113.7"] * REFUSALS_PER_MINUTE + ["203.0.113.8"]
    counted = RefusedSignIns.objects.values_list("network", "count")
    assert {network for network, _ in counted} == {"203.0.113.7"}
    assert sum(count for _, count in counted) == 2 * REFUSALS_PER_MINUTE


def test_a_stranger_with_a_whole_network_counts_once(db: None) -> None:
    theirs = [f"2001:db8:1:2::{number:x}" for number in range(1, 3 * REFUSALS_PER_MINUTE)]
    for address in [*theirs, "2001:db8:1:3::1", "203.0.113.7", "::ffff:203.0.113.7"]:
        _refuse(address)
    recorded = list(AuditEvent.objects.order_by("id").values_list("address", flat=True))
    others = ["2001:db8:1:3::1", "203.0.113.7", "::ffff:203.0.113.7"]
    assert recorded == [*theirs[:REFUSALS_PER_MINUTE], *others]
    first = AuditEvent.objects.earliest("id")
    assert first.recorded == {"reason": "entra_refused", "network": "2001:db8:1:2::/64"}


@pytest.mark.parametrize("address", ["", "unknown", "2001:db8::1", "203.0.113.7"])
def test_every_kind_of_address_has_a_limit(db: None, address: str) -> None:
    for _ in range(2 * REFUSALS_PER_MINUTE):
        _refuse(address)
    assert AuditEvent.objects.count() == REFUSALS_PER_MINUTE


def test_a_refusal_that_cannot_be_recorded_fails(db: None) -> None:
    with failing_event("auth.sign_in_refused"), pytest.raises(DatabaseError), transaction.atomic():
        _refuse()


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_read_and_nothing_else(db: None, role: Role) -> None:
    names = set(Group.objects.get(name=role.group_name).permissions.values_list("codename", flat=True))
    assert names == set(ROLE_PERMISSIONS[role])
    assert all(name.startswith("view_") for name in names)
    assert "view_auditevent" in names


def test_what_somebody_added_to_a_role_goes_with_the_next_migration(db: None) -> None:
    group = Group.objects.get(name=Role.AUDITOR.group_name)
    group.permissions.add(Permission.objects.get(codename="delete_pat"))
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert not group.permissions.filter(codename="delete_pat").exists()
