"""Searching the audit log: by names and by ids, always through an index."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from patportal.lib.actors import Actor, ActorKind, Origin
from patportal.lib.keyset import keyset_page
from tokens import audit
from tokens.admin._search import search, search_page, words_of
from tokens.models import AuditEvent, EventType
from tokens.models.audit import along_time

ID = UUID("6f8a5d20-1c9b-4e57-8f0a-3b2c1d4e5f60")


def record(label: str = "Test Person", *, request_id: str = "", **facts: Any) -> AuditEvent:
    actor = Actor(kind=ActorKind.OPERATOR, label=label, origin=Origin(request_id=request_id))
    return audit.record(EventType.PAT_KEPT, actor=actor, **facts)


def found(term: str) -> set[int]:
    return set(search(AuditEvent.objects.all(), words_of(term)).values_list("pk", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("term", "is_found"),
    [
        ("zoe", True),
        ("ZOË", True),
        ("quist", True),
        ("zo", True),
        ("li", True),
        ("mi", True),
        ("ng", False),
        ("zoë nightly", True),
        ('"nightly build"', True),
        ("nightly nobody", False),
        ("%", False),
        ("_", False),
        ("\\", False),
        ("'", False),
        ('""', True),
    ],
)
def test_people_and_pats_are_found_by_parts_of_their_names(term: str, is_found: bool) -> None:
    event = record("Zoë Lindquist, Zoe to friends", pat_name="Nightly Build mirror ending")
    record("Somebody Else")
    assert (event.pk in found(term)) == is_found


@pytest.mark.django_db
@pytest.mark.parametrize("spelling", [str(ID), ID.hex, str(ID).upper()])
def test_ids_are_found_in_every_spelling(spelling: str) -> None:
    events = {
        record(authorization_id=ID).pk,
        record(operation_id=ID).pk,
        record(request_id=ID.hex).pk,
        record(activity_id=str(ID)).pk,
        record(activity_id=str(ID).upper()).pk,
    }
    record(authorization_id=uuid4(), request_id=uuid4().hex)
    assert found(spelling) == events
    assert found(f"{spelling} test") == events
    assert found(f"{spelling} nobody") == set()


@pytest.mark.django_db
def test_a_part_of_an_id_is_a_name() -> None:
    event = record(pat_name=f"for {ID.hex[:31]}")
    assert found(ID.hex[:31]) == {event.pk}


@pytest.mark.parametrize("text", ["", "   ", '""', "'", '"'])
def test_odd_quotes_are_words_like_others(text: str) -> None:
    assert all(isinstance(word, str) for word in words_of(text))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("term", "indexes"),
    [
        ("alice", {"tokens_audit_search"}),
        ("al", {"tokens_audit_search"}),
        (
            str(ID),
            {
                "tokens_audit_pat",
                "tokens_audit_operation",
                "tokens_audit_request",
                "tokens_audit_activity",
            },
        ),
    ],
)
def test_every_search_can_be_answered_by_indexes(term: str, indexes: set[str]) -> None:
    record("Alice")
    with connection.cursor() as cursor:
        # On a table of one row everything else is dearer than reading it.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        plan = search(AuditEvent.objects.order_by("-at", "-id"), words_of(term)).explain()
    assert {name for name in indexes if name in plan} == indexes, plan
    assert "Seq Scan" not in plan


@pytest.mark.django_db
@pytest.mark.parametrize("nearby", [1, 3, 7, 19, 100])
def test_what_is_beside_a_page_is_looked_through_first_and_nothing_is_left_out(nearby: int) -> None:
    for name in (
        "old",
        "other",
        "old",
        "old",
        "other",
        "new",
        "other",
        "other",
        "new",
        "new",
        "new",
        "other",
    ):
        record(name)
    for name, count in (("old", 3), ("new", 4), ("other", 5), ("nobody", 0)):
        hits = search(AuditEvent.objects.all(), [name])
        params: dict[str, str] = {}
        seen: list[int] = []
        for _ in range(10):
            page = search_page(hits, along_time(AuditEvent.objects.all()), params, size=2, nearby=nearby)
            assert page == keyset_page(hits, params, size=2)
            seen += [event.pk for event in page.rows]
            if page.newer:
                back = search_page(
                    hits, along_time(AuditEvent.objects.all()), page.newer, size=2, nearby=nearby
                )
                assert back == keyset_page(hits, page.newer, size=2)
            if not page.older:
                break
            params = dict(page.older)
        assert len(seen) == len(set(seen)) == count
