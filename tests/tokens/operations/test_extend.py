"""Giving a PAT a later expiry, whatever a policy makes of it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.people import Person, World
from tests.sandbox_records import SandboxPat
from tests.tokens.operations import rotation
from tests.tokens.operations.scene import Record, hasty_client, recover
from tokens import operations, rules
from tokens.errors import AboutToEnd, AlreadySubmitted, KeyReused, NotChangeable, OutcomeUnknown, Refused
from tokens.models import Operation, Pat

State = Operation.State


@pytest.fixture
def pat(world: World, alice: Person) -> Pat:
    """A PAT that Alice made for 30 days."""
    return operations.create_pat(**world.create_arguments(alice)).pat


def _arguments(person: Person, pat: Pat, **changes: Any) -> dict[str, Any]:
    return {
        "key": uuid4().hex,
        "actor": person.actor,
        "owner": person.user,
        "pat": pat,
        "client": hasty_client(person),
        "now": timezone.now(),
        "seen": operations.seen_of(pat),
        "valid_to": pat.valid_to + timedelta(days=30),
        **changes,
    }


def _truth(world: World) -> SandboxPat:
    (only,) = world.tenant.pats()
    return only


def test_it_lives_longer_and_nothing_else_changes(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    secret = _truth(world).secret
    arguments = _arguments(alice, pat)
    changed = operations.extend_pat(**arguments)

    truth, row = _truth(world), Pat.objects.get()
    assert rules.is_same_date(truth.valid_to, arguments["valid_to"])
    assert (truth.secret, truth.display_name, truth.scope) == (secret, "ci-deploy", "vso.code")
    assert row.valid_to == changed.pat.valid_to == truth.valid_to
    assert (changed.before_valid_to, changed.asked_valid_to) == (pat.valid_to, arguments["valid_to"])
    assert (changed.was_shortened, changed.is_as_asked) == (False, True)
    assert changed.operation.state == State.DONE


def test_it_records_both_dates(world: World, alice: Person, pat: Pat, record: Record) -> None:
    arguments = _arguments(alice, pat)
    operations.extend_pat(**arguments)
    assert record.types == ["pat.extend_requested", "pat.extended"]
    requested, extended = record.events
    assert requested.recorded == {
        "authorization_id": str(pat.authorization_id),
        "valid_to": arguments["valid_to"].isoformat(),
    }
    assert extended.recorded == {
        "valid_to": [pat.valid_to.isoformat(), Pat.objects.get().valid_to.isoformat()]
    }


def test_a_shortened_life_is_told_with_both_dates(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    world.tenant.change(policies={"max_days": 40, "lifespan_mode": "clamp"})
    arguments = _arguments(alice, pat)
    changed = operations.extend_pat(**arguments)

    latest = pat.valid_from + timedelta(days=40)
    assert rules.is_same_date(changed.pat.valid_to, latest)
    assert (changed.was_shortened, changed.is_as_asked) == (True, False)
    data = record.of("pat.extended").recorded
    assert data == {
        "valid_to": [pat.valid_to.isoformat(), changed.pat.valid_to.isoformat()],
        "asked_valid_to": arguments["valid_to"].isoformat(),
        "returned": changed.pat.valid_to.isoformat(),
    }


def test_a_life_that_a_policy_forbids_is_refused(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    world.tenant.change(policies={"max_days": 40, "lifespan_mode": "error"})
    with pytest.raises(Refused) as caught:
        operations.extend_pat(**_arguments(alice, pat))
    assert caught.value.service_code == "patLifespanPolicyViolation"
    assert record.types == ["pat.extend_requested", "pat.extend_refused"]
    assert Pat.objects.get().valid_to == pat.valid_to


def test_one_that_has_expired_is_not_extended(world: World, alice: Person, pat: Pat, record: Record) -> None:
    with pytest.raises(NotChangeable):
        operations.extend_pat(**_arguments(alice, pat, now=pat.valid_to))
    assert (world.tenant.requests("pats", verb="update"), record.types) == ([], ["pat.extend_refused"])


def _refused(world: World, person: Person, pat: Pat, **changes: Any) -> None:
    record = Record()
    world.tenant.forget_requests()
    with pytest.raises(AboutToEnd):
        operations.extend_pat(**_arguments(person, pat, **changes))
    assert (world.tenant.requests("pats", verb="update"), record.types) == ([], ["pat.extend_refused"])
    assert record.events[0].error_code == "about_to_end"


def test_one_that_is_about_to_end_is_not_extended(world: World, alice: Person, pat: Pat) -> None:
    """Its form was opened before, and the page that took the rotation's receipt was another one."""
    rotation.receive(alice, pat)
    seen = operations.seen_of(pat)
    rotation.take_over(alice, pat)
    _refused(world, alice, pat, seen=seen)
    rotation.end(alice, pat)
    _refused(world, alice, pat, seen=seen)
    _refused(world, alice, pat)


def test_one_that_came_to_its_end_after_the_look_at_it_is_not_extended(
    world: World, alice: Person, pat: Pat
) -> None:
    class Late:
        """A client whose budget is asked for after the guard's look, and before the intent."""

        def __getattr__(self, name: str) -> object:
            if name == "write_budget_seconds":
                Pat.objects.filter(pk=pat.pk).update(ends_at=pat.valid_to)
            return getattr(hasty_client(alice), name)

    _refused(world, alice, pat, client=Late())
    assert not Operation.objects.filter(verb="extend").exists()


def test_one_that_is_being_revoked_is_not_extended(world: World, alice: Person, pat: Pat) -> None:
    arguments = _arguments(alice, pat)
    del arguments["seen"], arguments["valid_to"]
    with world.tenant.fault("pats", verb="revoke", drop="before"), pytest.raises(OutcomeUnknown):
        operations.revoke_pat(**arguments)
    _refused(world, alice, pat)


def test_the_same_form_again_is_the_same_after_an_end_was_scheduled(
    world: World, alice: Person, pat: Pat
) -> None:
    arguments = _arguments(alice, pat)
    operations.extend_pat(**arguments)
    Pat.objects.update(ends_at=pat.valid_to)
    with pytest.raises(AlreadySubmitted):
        operations.extend_pat(**arguments)


def test_the_same_form_again_acts_once(world: World, alice: Person, pat: Pat) -> None:
    arguments = _arguments(alice, pat)
    operations.extend_pat(**arguments)
    with pytest.raises(AlreadySubmitted):
        operations.extend_pat(**arguments)
    with pytest.raises(KeyReused):
        operations.extend_pat(**arguments | {"valid_to": pat.valid_to + timedelta(days=90)})
    assert len(world.tenant.requests("pats", verb="update")) == 1


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_lost_answer_is_found_out(world: World, alice: Person, pat: Pat, record: Record, drop: str) -> None:
    with world.tenant.fault("pats", verb="update", times=1, drop=drop), pytest.raises(OutcomeUnknown):
        operations.extend_pat(**_arguments(alice, pat))
    recover(world)
    operation = Operation.objects.get(verb="extend")
    was_extended = drop == "after"
    assert operation.state == (State.DONE if was_extended else State.FAILED)
    assert (Pat.objects.get().valid_to > pat.valid_to) == was_extended
    assert record.types == ["pat.extend_requested", "pat.extend_answer_lost", "pat.extend_settled"]
    assert len(world.tenant.requests("pats", verb="update")) == 1


def test_the_last_minute_before_its_end_is_early_enough(world: World, alice: Person, pat: Pat) -> None:
    soon: datetime = timezone.now() + timedelta(minutes=1)
    world.tenant.change_pat(_truth(world).authorization_id, valid_to=soon)
    Pat.objects.update(valid_to=soon)
    pat.refresh_from_db()
    changed = operations.extend_pat(**_arguments(alice, pat))
    assert changed.pat.is_active(now=soon + timedelta(days=1))
