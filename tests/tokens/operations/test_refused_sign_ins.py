"""Refusals that the log does not tell one by one are counted, and told once for each network and minute."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connections

from patportal.lib.actors import system_actor
from tests.tokens.operations.scene import failing_event
from tokens import operations
from tokens.models import AuditEvent, RefusedSignIns

ACTOR = system_actor("sign-in", request_id="a-job")
AT = datetime(2026, 11, 24, 9, 30, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def count(network: str, *, times: int = 1, at: datetime = AT) -> None:
    for _ in range(times):
        operations.count_refused_sign_in(network=network, now=at)


def told(*, at: datetime) -> list[tuple[object, object]]:
    """Record what is due, and return network and number of each event that there is."""
    operations.record_refused_sign_ins(actor=ACTOR, now=at)
    events = AuditEvent.objects.filter(type="auth.sign_ins_refused").order_by("id")
    return [(event.recorded["network"], event.recorded["refusals"]) for event in events]


@pytest.mark.django_db(transaction=True)
def test_they_are_told_once_the_minute_is_over() -> None:
    count("203.0.113.7", times=3)
    count("2001:db8:1:2::/64", times=2, at=AT + 50 * timedelta(seconds=1))
    count("203.0.113.7", at=AT + MINUTE)
    assert told(at=AT + MINUTE) == []
    first = [("203.0.113.7", 3), ("2001:db8:1:2::/64", 2)]
    assert told(at=AT + 2 * MINUTE) == first
    assert told(at=AT + 3 * MINUTE) == [*first, ("203.0.113.7", 1)]
    assert not RefusedSignIns.objects.exists()
    assert told(at=AT + 9 * MINUTE) == [*first, ("203.0.113.7", 1)]


@pytest.mark.django_db(transaction=True)
def test_the_event_says_how_many_from_where_and_when() -> None:
    count("203.0.113.7", times=3)
    told(at=AT + 2 * MINUTE)
    event = AuditEvent.objects.get()
    assert (event.outcome, event.actor_kind, event.actor_label) == ("refused", "system", "sign-in")
    assert (event.address, event.request_id) == ("203.0.113.7", "a-job")
    assert event.data == {"refusals": 3, "minute": "2026-11-24T09:30:00+00:00"}
    # An address can be erased; the number stays.
    assert event.personal_data == {"network": "203.0.113.7"}


@pytest.mark.django_db(transaction=True)
def test_none_is_forgotten_that_could_not_be_told() -> None:
    count("203.0.113.7", times=3)
    with failing_event("auth.sign_ins_refused"), pytest.raises(DatabaseError):
        told(at=AT + 2 * MINUTE)
    assert told(at=AT + 2 * MINUTE) == [("203.0.113.7", 3)]


@pytest.mark.django_db(transaction=True)
def test_none_is_lost_where_many_count_at_once() -> None:
    def one_more(_: int) -> None:
        try:
            count("203.0.113.7")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one_more, range(24)))
    assert told(at=AT + 2 * MINUTE) == [("203.0.113.7", 24)]
