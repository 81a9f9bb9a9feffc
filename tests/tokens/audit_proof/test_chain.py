"""Judging the chain: whole whatever was written by whomever, and exact about what is wrong."""
# ruff: noqa: S608 - what is forged is put together from the tables below, and from nothing else

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patportal.lib.actors import Actor, ActorKind, Origin
from tests.tokens.audit_scene import link_now
from tokens import audit
from tokens.audit_proof.chain import Examination, examine, findings_at
from tokens.audit_proof.findings import Finding
from tokens.audit_proof.notes import Checkpoint
from tokens.models import AuditEvent, AuditLink, EventType

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=15,
)
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TABLES = ("tokens_auditevent", "tokens_auditlink")


def actor(label: str = "somebody") -> Actor:
    """Somebody in Entra, with all that an event keeps of them."""
    origin = Origin(request_id="a-request", address="203.0.113.7", user_agent="a browser")
    return Actor(ActorKind.PERSON, label, tenant_id=uuid4(), object_id=uuid4(), origin=origin)


def write(count: int = 1, **facts: Any) -> list[AuditEvent]:
    """Write events and have them linked."""
    written = [
        audit.record(EventType.PAT_CREATED, actor=actor(), pat_name=f"pat-{number}", **facts)
        for number in range(count)
    ]
    link_now()
    return written


def look(*checkpoints: Checkpoint, since: Checkpoint | None = None) -> tuple[Examination, list[Finding]]:
    """Examine the log; return what was counted and what was found."""
    found: list[Finding] = []
    return examine(since=since, checkpoints=checkpoints, report=found.append), found


def checkpoint(position: int) -> Checkpoint:
    """A checkpoint of the chain as it stands."""
    digest = bytes(AuditLink.objects.get(position=position).hash)
    signed_at = datetime(2026, 11, 24, 9, tzinfo=UTC)
    return Checkpoint(origin="portal/audit", position=position, hash=digest, signed_at=signed_at)


def forge(statement: str, *values: Any) -> None:
    """Run a statement as the owner with the triggers off."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        cursor.execute("SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname LIKE 'tokens_audit%'")
        for table, name in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


@pytest.fixture(autouse=True)
def _links_start_at_one(db: None) -> None:
    assert not AuditLink.objects.exists()


def test_an_empty_log_is_whole() -> None:
    seen, found = look()
    assert found == []
    assert (seen.from_position, seen.to_position, seen.links, seen.head) == (1, 0, 0, bytes(32))


@MANY
@given(text=ANY_TEXT, data=st.dictionaries(ANY_TEXT, NESTED, max_size=4), lasting=NESTED)
def test_any_content_leads_to_a_chain_that_is_whole(text: str, data: dict[str, Any], lasting: Any) -> None:
    origin = Origin(text, text, text)
    somebody = Actor(ActorKind.PERSON, text, tenant_id=uuid4(), object_id=uuid4(), origin=origin)
    facts = {"pat_name": text, "organization": text, "activity_id": text, "error_code": text}
    audit.record(EventType.PAT_CREATED, actor=somebody, data={**data, "kind": lasting}, **facts)  # type: ignore[arg-type]
    link_now()
    assert look()[1] == []


def test_megabytes_are_whole_too() -> None:
    with connection.cursor() as cursor:
        columns = "type, outcome, actor_kind, owner_label, organization, request_id, activity_id, error_code"
        cursor.execute(
            f"INSERT INTO tokens_auditevent ({columns}, address, user_agent, actor_label, pat_name, data,"
            " personal_data) VALUES ('pat.created', 'success', 'system', '', '', '', '', '', '', '', '', %s,"
            " %s::jsonb, %s::jsonb)",
            [
                "ż" * 3_000_000,
                json.dumps({"kind": "😀" * 1_000_000}),
                json.dumps({"x": ["\\u0000"] * 100_000}),
            ],
        )
    link_now()
    assert look()[1] == []


SESSIONS = [
    "SET LOCAL timezone = 'Asia/Kathmandu'; SET LOCAL datestyle = 'ISO, DMY'",
    "SET LOCAL timezone = 'America/St_Johns'; SET LOCAL bytea_output = 'escape'",
    "SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL client_encoding = 'UTF8'",
    "SET LOCAL standard_conforming_strings = off; SET LOCAL extra_float_digits = -15",
    "SET LOCAL search_path = pg_temp, public",
]


@pytest.mark.parametrize("session", SESSIONS)
def test_the_settings_of_a_session_change_nothing(session: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(session)
    write(3, data={"expires": 0.1, "purpose": "Zażółć"})
    assert look()[1] == []
    with connection.cursor() as cursor:
        cursor.execute("RESET ALL")
    assert look()[1] == []


def test_looking_leaves_the_session_as_it_was() -> None:
    write()
    with connection.cursor() as cursor:
        cursor.execute("SHOW search_path")
        before = cursor.fetchone()
        look()
        cursor.execute("SHOW search_path")
        assert cursor.fetchone() == before


# --- What is wrong ------------------------------------------------------------------------------


def test_it_names_the_fields_that_were_altered() -> None:
    written = write(3, organization="fabrikam")[1]
    forge(
        "UPDATE tokens_auditevent SET organization = 'contoso', outcome = 'failed' WHERE id = %s", written.pk
    )
    _, (finding,) = look()
    differences = 'outcome was "success", is "failed"; organization was "fabrikam", is "contoso"'
    assert finding.sentence == f"Event {written.pk} was altered ({differences})."
    assert (finding.position, finding.event_id, finding.kind) == (2, written.pk, "altered")


LASTING = {
    "at": "at - interval '1 microsecond'",
    "type": "'pat.revoked'",
    "outcome": "'failed'",
    "actor_kind": "'system'",
    **dict.fromkeys(("actor_tenant_id", "actor_object_id", "owner_tenant_id", "owner_object_id"), "NULL"),
    **dict.fromkeys(("authorization_id", "operation_id"), "NULL"),
    **dict.fromkeys(("organization", "request_id", "activity_id", "error_code"), "'x'"),
    "data": "data || '{\"x\": 1}'",
}
PERSONAL = {
    **dict.fromkeys(("actor_label", "owner_label", "pat_name", "address", "user_agent"), "'x'"),
    "personal_data": "'{\"x\": 1}'",
    "salt": "sha256(salt)",
}


def _whole_event() -> AuditEvent:
    ids: dict[str, Any] = {"authorization_id": uuid4(), "operation_id": uuid4()}
    return write(owner=actor(), activity_id="a", error_code="b", organization="c", **ids)[0]


@pytest.mark.parametrize("column", LASTING)
def test_no_lasting_column_can_be_altered(column: str) -> None:
    _whole_event()
    forge(f"UPDATE tokens_auditevent SET {column} = {LASTING[column]}")
    _, (finding,) = look()
    assert finding.kind == "altered"
    assert f"({column} was" in finding.sentence


@pytest.mark.parametrize("column", PERSONAL)
def test_no_personal_column_can_be_altered(column: str) -> None:
    _whole_event()
    forge(f"UPDATE tokens_auditevent SET {column} = {PERSONAL[column]}")
    _, (finding,) = look()
    assert finding.kind == "personal_altered"


def test_every_column_is_one_or_the_other() -> None:
    columns = {field.column for field in AuditEvent._meta.concrete_fields}
    assert columns - {"id", "erased_by"} == LASTING.keys() | PERSONAL.keys()


FORGED_LINKS = {
    "no JSON": ("canonical = 'x'", {"wrong_hash"}),
    "nothing": ("canonical = ''", {"wrong_hash"}),
    "another kind of JSON": ("canonical = '[1]'", {"wrong_hash"}),
    "ten thousand lists": ("canonical = repeat('[', 10000)", {"wrong_hash"}),
    "a number of many digits": (
        "canonical = replace(canonical, '\"version\" : 1', '\"version\" : 1' || repeat('0', 9000))",
        {"wrong_hash"},
    ),
    "half a character": (
        "canonical = replace(canonical, 'pat.created', 'pat\\ud800\\u0000'),"  # noqa: ISC004
        " hash = sha256(convert_to(replace(canonical, 'pat.created', 'pat\\ud800\\u0000'), 'UTF8'))",
        {"altered", "wrong_predecessor"},
    ),
    "another way of writing the same": (
        "canonical = canonical || ' ', hash = sha256(convert_to(canonical || ' ', 'UTF8'))",
        {"altered", "wrong_predecessor"},
    ),
    "another version": ("hash_version = 2", {"wrong_hash"}),
    "no hash": ("hash = ''", {"wrong_hash"}),
}


@pytest.mark.parametrize(("change", "kinds"), FORGED_LINKS.values(), ids=FORGED_LINKS.keys())
def test_a_forged_link_is_named_whatever_it_holds(change: str, kinds: set[str]) -> None:
    write(3)
    forge(f"UPDATE tokens_auditlink SET {change} WHERE position = 2")
    _, found = look()
    assert {finding.kind.value for finding in found} == kinds
    for finding in found:
        assert finding.sentence.isprintable()


def test_an_event_that_python_cannot_read_is_altered_all_the_same() -> None:
    write()
    nested = "[" * 3000 + "]" * 3000
    forge("UPDATE tokens_auditevent SET data = jsonb_build_object('x', %s::jsonb)", nested)
    assert [finding.kind for finding in look()[1]] == ["altered"]


def test_a_function_that_was_replaced_does_not_help_to_lie() -> None:
    event = write(2)[0]
    forge("UPDATE tokens_auditevent SET outcome = 'failed' WHERE id = %s", event.pk)
    with connection.cursor() as cursor:
        cursor.execute("""
            CREATE OR REPLACE FUNCTION tokens_audit_canonical(
                event tokens_auditevent, place bigint, previous text, personal text
            ) RETURNS text LANGUAGE sql STABLE AS
            $$ SELECT canonical FROM tokens_auditlink WHERE event_id = event.id $$;
            CREATE FUNCTION public.to_char(timestamp, text) RETURNS text LANGUAGE sql AS $$ SELECT 'never' $$;
        """)
    assert [finding.kind for finding in look()[1]] == ["altered"]


# --- Erasure ------------------------------------------------------------------------------------

ERASED = (
    "UPDATE tokens_auditevent SET actor_label = '', owner_label = '', pat_name = '', address = '',"
    " user_agent = '', personal_data = '{}', salt = NULL, erased_by = %s WHERE id = %s"
)


def _erasure(**data: Any) -> AuditEvent:
    event = audit.record(EventType.AUDIT_ERASED, actor=actor(), data=data)
    link_now()
    return event


def _run(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_what_was_erased_as_it_must_be_counts_as_erased() -> None:
    written = write(3)
    told = _erasure(erased=2)
    for event in written[:2]:
        _run(ERASED, told.pk, event.pk)
    seen, found = look()
    assert found == []
    assert seen.erased == 2


def test_an_erasure_in_the_name_of_another_one_is_counted() -> None:
    written = write(3)
    told = _erasure(erased=1)
    for event in written[:2]:
        _run(ERASED, told.pk, event.pk)
    _, (finding,) = look()
    assert finding.kind == "erased_without_record"
    assert finding.sentence == f"Event {told.pk} tells of 1 erased events, and 2 name it."


def test_an_erasure_that_no_event_tells_of_is_named() -> None:
    first, second, third = write(3)
    told = _erasure()
    late = write()[0]
    for event, told_by in ((first, None), (second, third.pk), (third, 10**9), (late, told.pk)):
        forge(ERASED, told_by, event.pk)
    _, found = look()
    assert [(one.event_id, one.kind) for one in found] == [
        (event.pk, "erased_without_record") for event in (first, second, third, late)
    ]


def test_an_erasure_that_leaves_something_is_named() -> None:
    first, second = write(2)
    told = _erasure()
    forge("UPDATE tokens_auditevent SET erased_by = %s WHERE id = %s", told.pk, first.pk)
    forge(ERASED, told.pk, second.pk)
    forge("UPDATE tokens_auditevent SET actor_label = 'somebody else' WHERE id = %s", second.pk)
    seen, found = look()
    assert [(one.event_id, one.kind) for one in found] == [
        (first.pk, "personal_altered"),
        (second.pk, "personal_altered"),
    ]
    assert seen.erased == 0


def test_a_lasting_field_of_an_erased_event_is_proved_all_the_same() -> None:
    written = write(2)[0]
    told = _erasure()
    _run(ERASED, told.pk, written.pk)
    forge("UPDATE tokens_auditevent SET outcome = 'failed' WHERE id = %s", written.pk)
    assert [finding.kind for finding in look()[1]] == ["altered"]


# --- Checkpoints --------------------------------------------------------------------------------


def test_from_a_checkpoint_only_what_follows_is_read() -> None:
    first = write(5)[0]
    since = checkpoint(3)
    forge("UPDATE tokens_auditevent SET outcome = 'failed' WHERE id = %s", first.pk)
    seen, found = look(since=since)
    assert found == []
    assert (seen.from_position, seen.to_position, seen.links, seen.checkpoints) == (3, 5, 3, 1)
    assert seen.head == bytes(AuditLink.objects.get(position=5).hash)


def test_a_chain_that_does_not_extend_the_checkpoint_is_named() -> None:
    write(5)
    other = Checkpoint(origin="portal/audit", position=3, hash=b"x" * 32, signed_at=datetime.now(UTC))
    assert [finding.kind for finding in look(since=other)[1]] == ["checkpoint_differs"]
    beyond = Checkpoint(origin="portal/audit", position=9, hash=b"x" * 32, signed_at=datetime.now(UTC))
    assert [finding.kind for finding in look(since=beyond)[1]] == ["behind_checkpoint"]


def test_a_checkpoint_whose_position_is_gone_is_named() -> None:
    write(5)
    kept = checkpoint(3)
    forge(
        "DELETE FROM tokens_auditevent WHERE id = (SELECT event_id FROM tokens_auditlink WHERE position = 3)"
    )
    forge("DELETE FROM tokens_auditlink WHERE position = 3")
    assert [finding.kind for finding in look(kept)[1]] == ["gap", "checkpoint_differs"]


def test_checkpoints_are_compared_in_any_order_and_each_once() -> None:
    write(6)
    given = [checkpoint(position) for position in (5, 1, 3, 3)]
    seen, found = look(*given)
    assert found == []
    assert seen.checkpoints == 3


def test_of_checkpoints_beyond_the_end_the_newest_is_named() -> None:
    write(2)
    at = datetime(2026, 11, 24, 9, tzinfo=UTC)
    beyond = [
        Checkpoint(origin="x", position=position, hash=bytes(32), signed_at=at + timedelta(hours=position))
        for position in (4, 6)
    ]
    _, (finding,) = look(*beyond)
    assert finding.sentence == (
        "The chain ends before position 6, for which the checkpoint of 24 November 2026, 15:00:00 UTC"
        " vouches: its end was removed."
    )


def test_one_link_is_judged_by_itself() -> None:
    events = write(4)
    assert [findings_at(position) for position in (1, 2, 3, 4)] == [[], [], [], []]
    forge("UPDATE tokens_auditevent SET outcome = 'failed' WHERE id = %s", events[1].pk)
    forge("UPDATE tokens_auditevent SET address = '198.51.100.1' WHERE id = %s", events[2].pk)
    forge("DELETE FROM tokens_auditevent WHERE id = %s", events[3].pk)
    found = [[one.kind.value for one in findings_at(position)] for position in (1, 2, 3, 4, 5)]
    assert found == [[], ["altered"], ["personal_altered"], ["missing"], []]


def test_one_link_is_held_against_the_one_before() -> None:
    events = write(3)
    forge("UPDATE tokens_auditlink SET canonical = replace(canonical, 'a-req', 'b-req') WHERE position = 2")
    kinds = [one.kind.value for one in findings_at(2)]
    assert kinds == ["wrong_hash"]
    # Where the one before is gone, it is not this one's fault.
    forge("DELETE FROM tokens_auditlink WHERE position = 2")
    assert findings_at(3) == []
    assert events


def test_one_link_of_an_erased_event_is_as_it_was_recorded() -> None:
    (event,) = write()
    forge(
        "UPDATE tokens_auditevent SET actor_label = '', owner_label = '', pat_name = '', address = '',"
        " user_agent = '', personal_data = '{}', salt = NULL WHERE id = %s",
        event.pk,
    )
    assert [one.kind.value for one in findings_at(1)] == ["erased_without_record"]
