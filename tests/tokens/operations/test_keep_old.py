"""Keeping a replaced PAT while it lives."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations import rotation
from tests.tokens.operations.rotation import end, finish, take_over, truth
from tests.tokens.operations.scene import Record, hasty_client, recover, settle
from tokens import operations, rules
from tokens.errors import ChangeUnderWay, NotEnding, OutcomeUnknown, Refused
from tokens.models import Operation, Pat
from tokens.operations import ChangedPat


@pytest.fixture
def old(world: World, alice: Person) -> Pat:
    """A PAT whose successor has taken over; its jobs got lost, so that a test runs what it needs."""
    pat = rotation.issue(world, alice)
    take_over(alice, pat)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    return pat


def _keep(person: Person, pat: Pat, **changes: Any) -> ChangedPat | None:
    arguments: dict[str, Any] = {
        "key": uuid4().hex,
        "actor": person.actor,
        "owner": person.user,
        "pat": pat,
        "client": hasty_client(person),
        "now": timezone.now(),
    }
    try:
        return operations.keep_old_pat(**arguments | changes)
    finally:
        pat.refresh_from_db()


def test_one_whose_expiry_is_as_it_was_goes_on_to_live(world: World, alice: Person, old: Pat) -> None:
    ends_at, valid_to, record = old.ends_at, old.valid_to, Record()
    assert ends_at is not None
    assert _keep(alice, old) is None

    assert (old.ends_at, old.valid_to) == (None, valid_to)
    event = record.of("pat.end_cancelled")
    assert event.recorded == {"ends_at": ends_at.isoformat()}
    assert event.authorization_id == old.authorization_id
    recover(world)
    finish(alice, old, now=ends_at)
    assert truth(world, old).status == "active"
    assert Operation.objects.filter(verb__in=["end", "extend"]).count() == 0


def test_one_whose_expiry_was_brought_forward_gets_it_back(world: World, alice: Person, old: Pat) -> None:
    full = old.valid_to
    end(alice, old)
    record = Record()
    changed = _keep(alice, old)

    assert changed is not None
    assert not changed.was_shortened
    assert rules.is_same_date(truth(world, old).valid_to, full)
    assert rules.is_same_date(old.valid_to, full)
    assert (old.ends_at, old.full_valid_to) == (None, None)
    assert record.types == ["pat.end_cancelled", "pat.extend_requested", "pat.extended"]


def test_a_policy_may_grant_less_than_it_had(world: World, alice: Person, old: Pat) -> None:
    end(alice, old)
    world.tenant.change(policies={"max_days": 7, "lifespan_mode": "clamp"})
    changed = _keep(alice, old)
    assert changed is not None
    assert changed.was_shortened
    assert (old.ends_at, truth(world, old).status) == (None, "active")


def test_a_policy_may_refuse_and_the_end_is_cancelled_all_the_same(
    world: World, alice: Person, old: Pat
) -> None:
    end(alice, old)
    world.tenant.change(policies={"max_days": 7, "lifespan_mode": "error"})
    record = Record()
    with pytest.raises(Refused):
        _keep(alice, old)
    assert old.ends_at is None
    assert record.types == ["pat.end_cancelled", "pat.extend_requested", "pat.extend_refused"]
    # The policy may be another one tomorrow.
    world.tenant.change(policies={})
    changed = _keep(alice, old)
    assert changed is not None
    assert not changed.was_shortened
    assert record.types.count("pat.end_cancelled") == 1


def test_what_does_not_end_cannot_be_kept(world: World, alice: Person) -> None:
    pat, record = rotation.issue(world, alice), Record()
    with pytest.raises(NotEnding):
        _keep(alice, pat)
    event = record.of("pat.extend_refused")
    assert (event.outcome, event.error_code) == ("refused", "not_ending")
    assert event.authorization_id == pat.authorization_id


def test_the_same_form_twice_cancels_once(world: World, alice: Person, old: Pat) -> None:
    key, record = uuid4().hex, Record()
    _keep(alice, old, key=key)
    with pytest.raises(NotEnding):
        _keep(alice, old, key=key)
    assert record.types == ["pat.end_cancelled", "pat.extend_refused"]


def test_the_same_form_twice_asks_once_for_the_former_expiry(world: World, alice: Person, old: Pat) -> None:
    end(alice, old)
    key, record = uuid4().hex, Record()
    _keep(alice, old, key=key)
    with pytest.raises(NotEnding):
        _keep(alice, old, key=key)
    assert record.types == ["pat.end_cancelled", "pat.extend_requested", "pat.extended"]


def test_a_lost_answer_is_settled_and_not_asked_for_twice(world: World, alice: Person, old: Pat) -> None:
    full = old.valid_to
    end(alice, old)
    with world.tenant.fault("pats", verb="update", times=1, drop="after"), pytest.raises(OutcomeUnknown):
        _keep(alice, old)
    with pytest.raises(ChangeUnderWay):
        _keep(alice, old)
    operation = Operation.objects.get(verb="extend")
    assert settle(operation, alice, now=operation.deadline_at).state == Operation.State.DONE
    with pytest.raises(NotEnding):
        _keep(alice, old)
    assert rules.is_same_date(old.valid_to, full)


def test_what_has_ended_cannot_be_kept(world: World, alice: Person, old: Pat) -> None:
    assert old.ends_at is not None
    finish(alice, old, now=old.ends_at)
    with pytest.raises(NotEnding):
        _keep(alice, old)
    recover(world, rounds=1)
    with pytest.raises(NotEnding):
        _keep(alice, old)
    assert old.ends_at is not None


def test_what_has_expired_cannot_be_kept(world: World, alice: Person, old: Pat) -> None:
    end(alice, old)
    with pytest.raises(NotEnding):
        _keep(alice, old, now=old.valid_to + timedelta(seconds=1))


def test_an_end_that_is_on_its_way_is_waited_for(world: World, alice: Person, old: Pat) -> None:
    with world.tenant.fault("pats", verb="update", times=1, drop="after"), pytest.raises(OutcomeUnknown):
        end(alice, old)
    record = Record()
    with pytest.raises(ChangeUnderWay) as caught:
        _keep(alice, old)
    assert caught.value.operation_id == Operation.objects.get(verb="end").id
    assert (record.types, old.ends_at is None) == (["pat.extend_refused"], False)
