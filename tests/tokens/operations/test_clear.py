"""What is past its time goes, little at once and told; nothing that is open or scheduled does."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.grant_life import end_old_grants
from accounts.models import Grant, User
from patportal.lib.actors import system_actor
from tests.people import Person, World
from tests.tokens.operations.reminder_scene import ending, known, look, send
from tests.tokens.operations.scene import Record
from tests.tokens.views.rows import make_bulk, make_operation, make_pat
from tokens import operations
from tokens.models import (
    AuditEvent,
    BulkChange,
    BulkItem,
    EndedCalendar,
    Operation,
    OrganizationAccess,
    OutgoingMail,
    Pat,
    Place,
    Reminder,
)

ACTOR = system_actor("upkeep")
MONTH, LONG = timedelta(days=30), timedelta(days=400)
DAY = timedelta(days=1)


def _clear(now: datetime | None = None, *, at_most: int = 500) -> int:
    return operations.clear_some(actor=ACTOR, now=now or timezone.now(), at_most=at_most)


def _disconnect(person: Person, *, ago: timedelta) -> None:
    operations.forget_access(actor=person.actor, owner=person.user, now=timezone.now() - ago)


# --- Mirrors of people whom the portal can no longer act for -----------------------------------------


def test_a_mirror_goes_a_month_after_its_owner_disconnected(world: World, reader: Person) -> None:
    pat = make_pat(world, reader, purpose="what for")
    Place.objects.create(pat=pat, position=0, text="where")
    others = make_pat(world, world.bob)
    _disconnect(reader, ago=MONTH - DAY)
    before = AuditEvent.objects.count()
    assert _clear() == 0
    User.objects.filter(pk=reader.user.pk).update(disconnected_at=timezone.now() - MONTH - DAY)
    record = Record()
    assert _clear() == 2
    assert list(Pat.objects.all()) == [others]
    assert not Place.objects.exists()
    assert {one.user for one in OrganizationAccess.objects.all()} == {world.bob.user}
    (event,) = record.events
    assert (event.type, event.data, event.actor_label) == (
        "upkeep.cleared",
        {"pats": 1, "people": 1},
        "upkeep",
    )
    assert _clear() == 0
    assert record.types == ["upkeep.cleared"]
    assert AuditEvent.objects.count() == before + 1
    assert not User.objects.exclude(disconnected_at=None).exists()


def _stay_away(person: Person, *, ago: timedelta) -> None:
    """Let somebody's grant have become too old so long ago."""
    at = timezone.now() - ago
    Grant.objects.filter(user=person.user).update(interactive_at=at - MONTH)
    assert end_old_grants(actor=system_actor("grants"), now=at) == 1


ENDED: dict[str, dict[str, Any]] = {
    "expired": {"valid_to": -MONTH - DAY},
    "revoked": {"valid_to": LONG, "revoked_at": -MONTH - DAY},
    "vanished": {"valid_to": LONG, "vanished_at": -MONTH - DAY},
}


@pytest.mark.parametrize("how", ENDED)
def test_of_whoever_stays_away_only_what_ended_long_ago_goes(world: World, reader: Person, how: str) -> None:
    now = timezone.now()
    works = make_pat(world, reader, "works", valid_to=now + LONG)
    lately = make_pat(world, reader, "lately", valid_to=now - MONTH + DAY)
    make_pat(world, reader, how, **{name: now + span for name, span in ENDED[how].items()})
    _stay_away(reader, ago=MONTH + DAY)
    assert _clear() == 1
    assert set(Pat.objects.all()) == {works, lately}
    assert _clear() == 0
    assert OrganizationAccess.objects.filter(user=reader.user).exists()
    # The month that ends all of it begins with their own word alone.
    world.sign_in("alice")
    _disconnect(reader, ago=MONTH + DAY)
    assert _clear() == 3
    assert not Pat.objects.exists()


def test_whoever_stays_away_is_reminded_as_long_as_something_of_theirs_ends(
    world: World, reader: Person
) -> None:
    now = timezone.now()
    known(reader, world)
    pat = ending(world, reader, "yearly", days=7)
    _stay_away(reader, ago=MONTH + DAY)
    _clear(now)
    (mail,) = look()
    assert mail.user == reader.user
    (message,) = send()
    assert "yearly" in message.body
    Pat.objects.filter(pk=pat.pk).update(valid_to=now - MONTH - DAY)
    assert _clear() == 2
    assert not User.objects.exclude(disconnected_at=None, disconnected_reason="").exists()


def test_whoever_came_back_keeps_theirs(world: World, reader: Person) -> None:
    make_pat(world, reader)
    _disconnect(reader, ago=MONTH + DAY)
    world.sign_in("alice")
    assert _clear() == 0
    assert Pat.objects.count() == 1


NEEDED: dict[str, dict[str, timedelta]] = {
    "an open operation": {},
    "an open rotation from it": {},
    "a scheduled end": {"ends_at": DAY, "valid_to": 2 * DAY},
    "a bulk change that waits": {},
}


@pytest.mark.parametrize("why", NEEDED)
def test_what_something_still_needs_stays_until_it_does_not(world: World, reader: Person, why: str) -> None:
    now = timezone.now()
    dates: dict[str, Any] = {name: now + span for name, span in NEEDED[why].items()}
    pat = make_pat(world, reader, **dates)
    match why:
        case "an open operation":
            make_operation(world, reader, pat=pat, verb="revoke", state="sent", finished_at=None)
        case "an open rotation from it":
            make_operation(world, reader, replaces=pat, verb="rotate", state="requested", finished_at=None)
        case "a bulk change that waits":
            make_bulk(world, reader, [pat])
            BulkItem.objects.update(state=BulkItem.State.WAITING)
    _disconnect(reader, ago=MONTH + DAY)
    assert _clear() == 0
    assert Pat.objects.count() == 1
    assert User.objects.filter(pk=reader.user.pk).exclude(disconnected_at=None).exists()
    Operation.objects.filter(finished_at=None).update(finished_at=now, state="failed")
    BulkItem.objects.update(state=BulkItem.State.NOT_DONE)
    Pat.objects.update(ends_at=None)
    assert _clear() > 0
    assert not Pat.objects.exists()


# --- What was intended, announced and sent -----------------------------------------------------------


def _mail(person: Person, at: datetime, **changes: Any) -> OutgoingMail:
    return OutgoingMail.objects.create(
        kind=OutgoingMail.Kind.ROTATION_UNCONFIRMED, key=uuid4().hex, user=person.user, due_at=at, **changes
    )


def _make(kind: str, world: World, person: Person, at: datetime, *, is_open: bool) -> Any:
    """Make a row of a kind that is as old as `at`, open or done."""
    pat = make_pat(world, person)
    match kind:
        case "operation":
            columns: dict[str, Any] = {"state": "failed"}
            if is_open:
                columns = {"state": "requested", "finished_at": None}
            made = make_operation(world, person, verb="extend", pat=pat, **columns)
            Operation.objects.filter(pk=made.pk).update(
                requested_at=at, **({} if is_open else {"finished_at": at})
            )
            return made
        case "bulk change":
            bulk = make_bulk(world, person, [pat])
            item_state = BulkItem.State.WAITING if is_open else BulkItem.State.NOT_DONE
            BulkItem.objects.filter(bulk=bulk).update(state=item_state)
            BulkChange.objects.filter(pk=bulk.pk).update(requested_at=at)
            return bulk
        case "reminder":
            state = Reminder.State.WAITING if is_open else Reminder.State.SENT
            return Reminder.objects.create(pat=pat, valid_to=at, step_days=7, made_at=at, state=state)
        case _:
            return _mail(person, at, **({} if is_open else {"sent_at": at}))


@pytest.mark.parametrize("kind", ["operation", "bulk change", "reminder", "mail"])
@pytest.mark.parametrize(
    "case", [(LONG - DAY, False, True), (LONG + DAY, False, False), (LONG + DAY, True, True)]
)
def test_records_go_when_they_are_old_and_done(
    world: World, reader: Person, kind: str, case: tuple[timedelta, bool, bool]
) -> None:
    age, is_open, stays = case
    made = _make(kind, world, reader, timezone.now() - age, is_open=is_open)
    record = Record()
    assert _clear() == (0 if stays else 1)
    assert type(made)._default_manager.filter(pk=made.pk).exists() is stays
    assert record.types == ([] if stays else ["upkeep.cleared"])


@pytest.mark.parametrize(("age", "stays"), [(LONG - DAY, True), (LONG + DAY, False)])
def test_what_is_left_of_a_calendar_goes_long_after_it_ended(
    reader: Person, age: timedelta, *, stays: bool
) -> None:
    EndedCalendar.objects.create(user=reader.user, key="k" * 20, ended_at=timezone.now() - age)
    record = Record()
    assert _clear() == (0 if stays else 1)
    assert EndedCalendar.objects.exists() is stays
    assert [event.data for event in record.events] == ([] if stays else [{"ended_calendars": 1}])


def test_an_operation_stays_that_an_end_is_scheduled_by(world: World, reader: Person) -> None:
    now = timezone.now()
    old = make_pat(world, reader, ends_at=now + DAY, valid_to=now + 2 * DAY)
    made = make_operation(world, reader, verb="rotate", state="done", replaces=old, finished_at=now)
    Operation.objects.filter(pk=made.pk).update(finished_at=now - LONG - DAY)
    assert _clear() == 0
    Pat.objects.update(ends_at=None)
    assert _clear() == 1


def test_a_run_takes_so_much_and_the_next_goes_on(world: World, reader: Person) -> None:
    at = timezone.now() - LONG - DAY
    for _ in range(5):
        _mail(reader, at, sent_at=at)
    assert [_clear(at_most=2) for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.parametrize("index", ["tokens_operation_finished", "tokens_mail_done"])
def test_what_is_old_is_found_by_an_index(db: None, index: str) -> None:
    before = timezone.now() - LONG
    rows = {
        "tokens_operation_finished": Operation.objects.filter(finished_at__lt=before).order_by("finished_at"),
        "tokens_mail_done": OutgoingMail.objects.filter(due_at__lt=before)
        .exclude(sent_at=None, given_up_at=None, not_needed_at=None)
        .order_by("due_at"),
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert index in rows[index].only("pk")[:10].explain()
