"""Verifying records how it went, whole or not."""

import pytest
from django.db import connection

from patportal.lib.actors import Actor, ActorKind
from tests.tokens.audit_scene import link_now
from tokens import audit, operations
from tokens.audit_proof.findings import Finding
from tokens.models import AuditEvent, AuditVerification, EventType

ACTOR = Actor(ActorKind.OPERATOR, "root (uid 0)")

pytestmark = pytest.mark.django_db


def _write(count: int) -> None:
    audit.record_all(audit.build(EventType.PAT_CREATED, actor=ACTOR) for _ in range(count))
    link_now()


def _verify() -> tuple[AuditVerification, list[Finding]]:
    found: list[Finding] = []
    row = operations.verify_audit(actor=ACTOR, since=None, checkpoints=[], report=found.append)
    return AuditVerification.objects.get(pk=row.pk), found


def _write_past_the_trigger(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tokens_auditevent DISABLE TRIGGER tokens_audit_link")
        _write(count)
        cursor.execute("ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_link")


def test_a_whole_log_is_recorded_as_whole() -> None:
    _write(3)
    row, found = _verify()
    assert found == []
    assert row.is_whole
    assert (row.from_position, row.to_position, row.links, row.erased, row.checkpoints) == (1, 3, 3, 0, 0)
    assert (row.by, row.findings) == ("root (uid 0)", [])
    event = AuditEvent.objects.get(type="audit.verified")
    assert event.outcome == "success"
    told = {"from_position": 1, "to_position": 3, "events": 3, "faults": 0, "erased": 0, "checkpoints": 0}
    assert event.data == told


def test_faults_are_recorded_and_the_next_look_sees_them_still() -> None:
    _write(1)
    _write_past_the_trigger(2)
    for faults in (2, 2):
        row, found = _verify()
        link_now()
        assert not row.is_whole
        assert row.findings == [finding.sentence for finding in found]
        assert row.faults == faults
    assert {event.outcome for event in AuditEvent.objects.filter(type="audit.verified")} == {"failed"}


def test_of_many_faults_all_are_reported_and_the_first_are_kept() -> None:
    _write_past_the_trigger(130)
    row, found = _verify()
    assert len(found) == row.faults == 130
    assert len(row.findings) == 100
