"""What is due while the digest of the day waits joins it, unless somebody has begun to send that one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from patportal.lib.actors import system_actor
from tests.job_runner import waiting_jobs
from tests.people import Person, World
from tests.tokens.operations.reminder_scene import DAY, HOUR, NINE, ending, known, look, rows, send
from tokens import enqueue, operations
from tokens.models import BackupContact, OutgoingMail, Pat, Reminder, ReminderSettings

Kind = OutgoingMail.Kind
SENDER = system_actor("mail", request_id="a-job")


@pytest.fixture
def owner(world: World) -> Person:
    """Alice, who is known for long, and whose mirror was read an hour ago."""
    return known(world.alice, world)


@pytest.fixture
def first(world: World, owner: Person) -> OutgoingMail:
    """The digest of Alice's day, which waits to be sent."""
    ending(world, owner, "first", days=7)
    (mail,) = look()
    return mail


def tonight(world: World, owner: Person, name: str = "tonight", *, hours: int = 12, **changes: Any) -> Pat:
    """Return a PAT that ends before the next digest, and is to be looked at."""
    return ending(world, owner, name, days=0, valid_to=NINE + hours * HOUR, **changes)


def test_it_goes_out_with_the_digest_that_waits(world: World, owner: Person, first: OutgoingMail) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    for hours, name in ((12, "one"), (13, "two")):
        tonight(world, owner, name, hours=hours)
    assert operations.remind(now=NINE + HOUR) == 0
    assert OutgoingMail.objects.get() == first
    assert set(Reminder.objects.values_list("mail", flat=True)) == {first.pk}
    assert (enqueue.SEND_MAILS, {"lane": 0}, None) in waiting_jobs()
    (message,) = send(NINE + HOUR)
    assert "one" in message.subject
    places = [message.body.index(f". {name}") for name in ("one", "two", "first")]
    assert places == sorted(places)
    assert rows() == [("first", 7, "sent"), ("one", 0, "sent"), ("two", 0, "sent")]
    assert look(NINE + 2 * HOUR) == []


@pytest.mark.parametrize(
    "state",
    [
        {"claimed_until": NINE + 2 * HOUR, "attempts": 1},
        {"claimed_until": NINE, "attempts": 1},
        {"attempts": 1, "error_code": "unreachable", "due_at": NINE + 2 * HOUR},
        {"attempts": 1, "error_code": "unreachable"},
    ],
)
def test_it_does_not_join_one_that_somebody_has_or_had(
    world: World, owner: Person, first: OutgoingMail, state: dict[str, Any]
) -> None:
    OutgoingMail.objects.update(**state)
    tonight(world, owner)
    assert operations.remind(now=NINE + HOUR) == 1
    second = OutgoingMail.objects.exclude(pk=first.pk).get()
    assert second.key == f"{first.key}:1"
    assert list(second.reminders.values_list("pat__name", flat=True)) == ["tonight"]


def test_one_that_was_given_back_without_a_turn_is_joined(
    world: World, owner: Person, first: OutgoingMail
) -> None:
    # The lane had no time left for it.
    OutgoingMail.objects.update(claimed_until=NINE + HOUR, attempts=1)
    OutgoingMail.objects.update(claimed_until=None, attempts=0)
    tonight(world, owner)
    assert operations.remind(now=NINE + HOUR) == 0
    assert first.reminders.count() == 2


def test_only_the_digest_of_ones_own_is_joined(world: World, owner: Person, first: OutgoingMail) -> None:
    bob = known(world.bob, world)
    tonight(world, bob)
    assert operations.remind(now=NINE + HOUR) == 1
    assert set(first.reminders.values_list("pat__name", flat=True)) == {"first"}
    for message in send(NINE + HOUR):
        assert ("tonight" in message.body) is (message.to == [bob.user.mail_address])


def test_the_first_digest_of_a_person_is_joined_as_well(world: World, owner: Person) -> None:
    ReminderSettings.objects.update(welcomed_at=None)
    ending(world, owner, "first", days=7)
    (mail,) = look()
    assert mail.kind == Kind.WELCOME_DIGEST
    tonight(world, owner)
    assert operations.remind(now=NINE + HOUR) == 0
    (message,) = send(NINE + HOUR)
    assert all(f". {name}" in message.body for name in ("first", "tonight"))


def test_the_backup_owner_is_told_of_what_joined_as_ever(
    world: World, owner: Person, first: OutgoingMail
) -> None:
    User.objects.filter(pk=owner.user.pk).update(signed_in_at=NINE - 20 * DAY)
    contact = BackupContact.objects.create(
        tenant_id=world.bob.user.tenant_id, user=world.bob.user, confirmed_at=NINE
    )
    tonight(world, owner, backup_contact=contact)
    assert operations.remind(now=NINE + HOUR) == 1
    assert OutgoingMail.objects.exclude(pk=first.pk).get().kind == Kind.BACKUP_REMINDER
    assert first.reminders.count() == 2


def test_to_join_is_one_statement_for_everybody(world: World, owner: Person, first: OutgoingMail) -> None:
    bob = known(world.bob, world)
    ending(world, bob, "bobs", days=7)
    look()

    def statements(*people: Person) -> int:
        for person in people:
            tonight(world, person)
        with CaptureQueriesContext(connection) as queries:
            assert operations.remind(now=NINE + HOUR) == 0
        return len(queries)

    assert statements(owner) == statements(owner, bob)


# --- Against whoever claims ------------------------------------------------------------------------


def in_a_thread(work: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    return run


def wait_until_somebody_is_held_up() -> int:
    """Wait until somebody else wants to write a reminder, and may not; returns their process in Postgres."""
    held_up = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'tokens_reminder'::regclass"
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(held_up)
            if found := cursor.fetchone():
                return int(found[0])
            cursor.execute("SELECT pg_sleep(0.05)")
    raise AssertionError("nobody is held up")


@pytest.mark.django_db(transaction=True)
def test_whoever_claims_while_one_is_joined_leaves_it_until_all_is_in(world: World) -> None:
    owner, now = known(world.alice, world), NINE + HOUR
    ending(world, owner, "first", days=7)
    (first,) = look()
    tonight(world, owner)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE tokens_reminder IN SHARE MODE")
            found = threads.submit(in_a_thread(lambda: operations.remind(now=now)))
            wait_until_somebody_is_held_up()
            with ThreadPoolExecutor(1) as others:
                claim = others.submit(in_a_thread(lambda: operations.send_mails(actor=SENDER, now=now)))
                assert claim.result(30) == 0
        assert found.result(30) == 0
    assert first.reminders.count() == 2
    (message,) = send(now)
    assert all(f". {name}" in message.body for name in ("first", "tonight"))
    assert rows() == [("first", 7, "sent"), ("tonight", 0, "sent")]


@pytest.mark.django_db(transaction=True)
def test_whoever_has_claimed_it_keeps_it_and_a_second_one_is_made(world: World) -> None:
    owner = known(world.alice, world)
    ending(world, owner, "first", days=7)
    (first,) = look()
    tonight(world, owner)
    with transaction.atomic():
        # As a claim does, which is not yet over.
        OutgoingMail.objects.select_for_update().get(pk=first.pk)
        with ThreadPoolExecutor(1) as threads:
            found = threads.submit(in_a_thread(lambda: operations.remind(now=NINE + HOUR)))
            assert found.result(30) == 1
    assert OutgoingMail.objects.count() == 2
    messages = send(NINE + HOUR)
    told = [(". first" in one.body, ". tonight" in one.body) for one in messages]
    assert sorted(told) == [(False, True), (True, False)]


@pytest.mark.django_db(transaction=True)
def test_a_death_between_leaves_nothing_of_it_and_the_next_look_joins(world: World) -> None:
    owner, now = known(world.alice, world), NINE + HOUR
    ending(world, owner, "first", days=7)
    (first,) = look()
    pat = tonight(world, owner)
    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE tokens_reminder IN SHARE MODE")
        found = threads.submit(in_a_thread(lambda: operations.remind(now=now)))
        victim = wait_until_somebody_is_held_up()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [victim])
        with pytest.raises(DatabaseError):
            found.result(30)
    assert rows() == [("first", 7, "waiting")]
    assert Pat.objects.get(pk=pat.pk).remind_at == NINE
    assert operations.remind(now=now) == 0
    assert first.reminders.count() == 2
    (message,) = send(now)
    assert all(f". {name}" in message.body for name in ("first", "tonight"))
