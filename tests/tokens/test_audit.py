"""Writing the audit log: whatever the content, an event is written."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patportal.lib.actors import Actor, ActorKind, Origin, system_actor
from tests.people import Person, World
from tests.tokens.views.rows import make_pat
from tokens import audit, operations
from tokens.models import AuditEvent, EventType, Outcome, Pat

ACTOR = Actor(
    kind=ActorKind.PERSON,
    label="Alice Archer",
    tenant_id=uuid4(),
    object_id=uuid4(),
    origin=Origin(request_id="a-request", address="203.0.113.7", user_agent="a browser"),
)
# Everything that Python calls a text: NUL, lone surrogates, emoji, controls.
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=80)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.uuids() | st.datetimes()
NESTED = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=20,
)
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@MANY
@given(text=ANY_TEXT, data=st.dictionaries(ANY_TEXT, NESTED, max_size=5))
def test_it_never_fails_on_content(db: None, text: str, data: dict[str, Any]) -> None:
    actor = replace(ACTOR, label=text, origin=Origin(text, text, text))
    event = audit.record(
        EventType.PAT_CREATED,
        actor=actor,
        pat_name=text,
        organization=text,
        activity_id=text,
        error_code=text,
        data=data,
    )
    stored = AuditEvent.objects.get(pk=event.pk)
    assert stored.pat_name == audit.clean(text)
    if text.isascii() and "\x00" not in text:
        assert stored.pat_name == text


HUGE = {
    "a text of megabytes": {"x": "a" * 5_000_000},
    "a number of thousands of digits": {"x": 10**5000},
    "a negative one": {"x": -(10**5000)},
    "a list of a million": {"x": list(range(1_000_000))},
    "many keys": {str(number): number for number in range(10_000)},
    "deep nesting": {"x": [[[[[[[[[["end"]]]]]]]]]]},
    "not a number": {"x": float("nan"), "y": float("inf")},
    "bytes": {"x": b"\x00\xff"},
    "an object": {"x": object()},
    "a set": {"x": {1}},
    "keys that are no texts": {1: "one", None: "none", uuid4(): "id"},
}


@pytest.mark.parametrize("data", HUGE.values(), ids=HUGE.keys())
def test_what_is_too_much_is_cut(db: None, data: dict[Any, Any]) -> None:
    event = audit.record(EventType.PAT_CREATED, actor=ACTOR, pat_name="b" * 1_000_000, data=data)
    stored = AuditEvent.objects.get(pk=event.pk)
    assert len(stored.pat_name) == audit.MAX_TEXT
    assert stored.pat_name.endswith("b…")
    assert len(str(stored.recorded)) < 20_000


def test_a_ring_is_cut_too(db: None) -> None:
    ring: dict[str, Any] = {}
    ring["again"] = ring
    event = audit.record(EventType.PAT_CREATED, actor=ACTOR, data=ring)
    assert "again" in AuditEvent.objects.get(pk=event.pk).recorded


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain", "plain"),
        ("a\x00b", "a\\x00b"),
        ("\ud800", "\\ud800"),
        ("Zażółć 😀 \u202e", "Zażółć 😀 \u202e"),
        ("", ""),
    ],
    ids=ascii,
)
def test_what_postgres_cannot_hold_is_escaped_and_nothing_else(text: str, cleaned: str) -> None:
    assert audit.clean(text) == cleaned


def test_a_cut_is_visible() -> None:
    assert audit.clean("abcdef", limit=6) == "abcdef"
    assert audit.clean("abcdefg", limit=6) == "abcde…"


def test_an_event_says_who_what_and_from_where(db: None) -> None:
    operation_id, authorization_id = uuid4(), uuid4()
    event = audit.record(
        EventType.PAT_CREATE_FAILED,
        actor=ACTOR,
        outcome=Outcome.FAILED,
        pat_name="ci",
        organization="alpha",
        authorization_id=authorization_id,
        operation_id=operation_id,
        activity_id="an-activity",
        error_code="a_code",
        data={"answer": 42},
    )
    stored = AuditEvent.objects.get(pk=event.pk)
    assert (stored.type, stored.outcome) == ("pat.create_failed", "failed")
    assert (stored.actor_kind, stored.actor_label) == ("person", "Alice Archer")
    assert (stored.actor_tenant_id, stored.actor_object_id) == (ACTOR.tenant_id, ACTOR.object_id)
    assert (stored.request_id, stored.address, stored.user_agent) == ("a-request", "203.0.113.7", "a browser")
    assert (stored.pat_name, stored.organization) == ("ci", "alpha")
    assert (stored.authorization_id, stored.operation_id) == (authorization_id, operation_id)
    assert (stored.activity_id, stored.error_code, stored.recorded) == (
        "an-activity",
        "a_code",
        {"answer": 42},
    )
    assert stored.at is not None


def test_labels_are_copied_so_that_they_outlive_the_row(world: World) -> None:
    alice: Person = world.alice
    pat = operations.create_pat(**world.create_arguments(alice)).pat
    Pat.objects.update(name="renamed")
    alice.user.delete()
    event = AuditEvent.objects.get(type="pat.created")
    assert (event.pat_name, event.authorization_id) == ("ci-deploy", pat.authorization_id)
    assert event.actor_label == "Alice Archer"


def test_the_name_of_a_pat_is_recorded_as_it_is(world: World) -> None:
    pat = make_pat(world, world.alice, " ")
    assert str(pat) == "(no name)"
    event = audit.record(EventType.PAT_FOUND, actor=ACTOR, pat=pat)
    event.refresh_from_db()
    assert event.pat_name == " "


def test_the_system_has_no_identity(db: None) -> None:
    event = audit.record(EventType.PAT_VANISHED, actor=system_actor("sync", request_id="a-job"))
    assert (event.actor_kind, event.actor_label, event.actor_object_id) == ("system", "sync", None)


def test_many_are_written_in_order_by_one_statement(db: None, django_assert_num_queries: Any) -> None:
    events = [audit.build(EventType.PAT_FOUND, actor=ACTOR, pat_name=f"{number}\x00") for number in range(50)]
    with django_assert_num_queries(1):
        audit.record_all(events)
    names = AuditEvent.objects.order_by("id").values_list("pat_name", flat=True)
    assert list(names) == [f"{number}\\x00" for number in range(50)]
