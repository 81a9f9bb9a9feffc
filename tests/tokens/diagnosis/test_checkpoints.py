"""What the doctor says about the checkpoints of the audit log."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from patportal.lib.actors import system_actor
from patportal.lib.findings import Level
from tests.tokens.audit_scene import link_now
from tokens import audit
from tokens.diagnosis._checkpoints import checkpoints
from tokens.models import AuditCheckpoint, EventType

pytestmark = pytest.mark.django_db


def _write(*, age: timedelta) -> None:
    audit.record(EventType.PAT_CREATED, actor=system_actor("a test"))
    link_now()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tokens_auditevent DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE tokens_auditevent SET at = at - make_interval(secs => %s)", [age.total_seconds()]
        )
        cursor.execute("ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_link")
        cursor.execute("ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_stamp")


def _sign(position: int) -> None:
    AuditCheckpoint.objects.create(position=position, hash=bytes(32), note="", signed_at=timezone.now())


def test_without_any_it_says_what_cannot_be_proved() -> None:
    (finding,) = checkpoints()
    assert finding.level is Level.NOTE
    assert "nobody can prove" in finding.found


@pytest.mark.parametrize(
    ("events", "covered", "age", "level"),
    [
        (1, 1, timedelta(hours=1), Level.OK),
        (2, 1, timedelta(minutes=1), Level.OK),
        (2, 1, timedelta(minutes=31), Level.PROBLEM),
    ],
)
def test_it_judges_how_long_events_wait(events: int, covered: int, age: timedelta, level: Level) -> None:
    for _ in range(events):
        _write(age=age)
    _sign(covered)
    (finding,) = checkpoints()
    assert finding.level is level


def test_a_key_where_web_and_worker_run_is_a_warning(settings: Any) -> None:
    settings.AUDIT_SIGNING_KEY_FILE = "key.pem"
    _, finding = checkpoints()
    assert finding.level is Level.WARNING
