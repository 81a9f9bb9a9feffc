"""What is anticipated ends a job, all else fails it; its events share an id, its time is the database's."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import structlog
from django.utils import timezone

from accounts.models import Grant, User
from patportal.lib.database_clock import database_now
from tests.people import Person, World
from tests.tokens.jobs.runs import run
from tests.tokens.operations.scene import Record
from tokens import enqueue, operations
from tokens.models import AuditEvent, Operation


def test_the_time_is_the_databases(db: None) -> None:
    first, second = database_now(), database_now()
    assert first < second
    assert abs(second - timezone.now()) < timedelta(seconds=30)


def test_every_event_of_a_job_has_the_jobs_request_id(world: World, alice: Person, lost: Operation) -> None:
    record = Record()
    run(enqueue.SETTLE_OPERATION, operation_id=str(lost.id))
    (event,) = record.events
    assert UUID(event.request_id)
    assert structlog.contextvars.get_contextvars().get("request_id") != event.request_id


def test_what_is_anticipated_is_logged_by_its_code(
    world: World, alice: Person, caplog: pytest.LogCaptureFixture
) -> None:
    with world.tenant.fault("pats", verb="list", status=403):
        run(enqueue.SYNC_PATS, user_id=alice.user.pk, organization_id=world.alpha.pk)
    (entry,) = [one.msg for one in caplog.records if "ended early" in str(one.msg)]
    assert isinstance(entry, dict)
    assert (entry["code"], entry["job"], entry["level"]) == ("conditional_access", enqueue.SYNC_PATS, "info")
    assert entry["activity_id"]
    assert "exception" not in entry


def test_anything_else_fails_the_job(db: None) -> None:
    with pytest.raises(User.DoesNotExist):
        run(enqueue.SYNC_PERSON, user_id=0)
    with pytest.raises(Operation.DoesNotExist):
        run(enqueue.SETTLE_OPERATION, operation_id=str(uuid4()))


def test_the_first_work_of_the_day_without_the_person_is_recorded(world: World, alice: Person) -> None:
    used = AuditEvent.objects.filter(type="auth.grant_used")
    (event,) = used
    assert (event.actor_kind, event.actor_label, event.data) == ("system", "sync", {"reason": "sync"})
    assert event.owner_object_id == alice.user.object_id
    Grant.objects.update(unattended_date=None)
    for _ in range(2):
        run(enqueue.SYNC_PATS, user_id=alice.user.pk, organization_id=world.alpha.pk)
    assert used.all().count() == 2


def test_what_a_person_does_themselves_is_no_work_without_them(world: World, alice: Person) -> None:
    Grant.objects.update(unattended_date=None)
    record = AuditEvent.objects.count()
    operations.create_pat(**world.create_arguments(alice))
    assert not AuditEvent.objects.filter(type="auth.grant_used")[1:].exists()
    assert AuditEvent.objects.count() == record + 2
