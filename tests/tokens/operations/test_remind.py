"""Reminders from the look to the mail: who gets one, who does not, and what is true when it is sent."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as outbox_of_django
from django.db import DatabaseError
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.models import Grant, User
from tests.job_runner import run_jobs, waiting_jobs
from tests.people import Person, World
from tests.tokens.operations.reminder_scene import (
    DAY,
    HOUR,
    NINE,
    ending,
    known,
    look,
    looked_at,
    rows,
    send,
)
from tests.tokens.operations.scene import Record, failing_event
from tests.tokens.views.rows import make_pat, set_access
from tokens import enqueue, operations, rules
from tokens.models import BackupContact, OutgoingMail, Pat, Reminder, ReminderSettings

Kind = OutgoingMail.Kind


@pytest.fixture
def owner(world: World) -> Person:
    """Alice, who is known for long, and whose mirror was read an hour ago."""
    return known(world.alice, world)


def next_look(pat: Pat) -> datetime | None:
    return Pat.objects.get(pk=pat.pk).remind_at


def test_a_step_that_is_due_is_announced_once(world: World, owner: Person) -> None:
    pat = ending(world, owner, "ci", days=7)
    (mail,) = look()
    assert (mail.kind, mail.user, mail.key) == (
        Kind.REMINDER_DIGEST,
        owner.user,
        f"reminder_digest:{owner.user.pk}:{NINE:%Y-%m-%d}",
    )
    assert rows() == [("ci", 7, "waiting")]
    assert (enqueue.SEND_MAILS, {"lane": 0}, None) in waiting_jobs()
    assert next_look(pat) == NINE + 4 * DAY
    assert look() == [mail]
    (message,) = send()
    assert (message.to, "ci" in message.subject) == ([owner.user.mail_address], True)
    assert rows() == [("ci", 7, "sent")]
    assert look() == []
    assert len(send(NINE + HOUR)) == 1


def test_the_jobs_make_them_and_send_them(world: World, owner: Person) -> None:
    now = timezone.now()
    pat = make_pat(world, owner, valid_from=now - 300 * DAY, valid_to=now + timedelta(days=28, hours=1))
    looked_at(pat, now)
    ReminderSettings.objects.update(time_zone=zone_after_nine(now))
    ReminderSettings.objects.update(remind_at=None)
    body: Any = app.tasks["tokens.remind"].func
    body(timestamp=0)
    assert enqueue.SEND_MAILS in run_jobs()
    assert len(outbox_of_django.outbox) == 1
    assert rows() == [("ci-deploy", 30, "sent")]


def zone_after_nine(now: datetime) -> str:
    """Return a zone in which nine o'clock of the day is over."""
    zones = ("UTC", "Etc/GMT-12")
    return next(name for name in zones if not rules.is_night(now, ZoneInfo(name)))


def test_one_digest_has_all_of_a_day_soonest_first(world: World, owner: Person) -> None:
    for name, days in {"fourth": 14, "second": 1, "first-": 0, "third": 7}.items():
        ending(world, owner, name, days=days)
    assert len(look()) == 1
    (message,) = send()
    places = [message.body.index(f". {name}") for name in ("first-", "second", "third", "fourth")]
    assert places == sorted(places)
    assert Reminder.objects.filter(state="sent").count() == 4


def test_everybody_gets_their_own(world: World, owner: Person) -> None:
    ending(world, owner, "alices")
    ending(world, known(world.bob, world), "bobs")
    assert len(look()) == 2
    for message in send():
        assert ("alices" in message.body) is (message.to == [owner.user.mail_address])
        assert ("bobs" in message.body) is (message.to == [world.bob.user.mail_address])


@pytest.mark.parametrize(
    ("zone", "hours"), [("UTC", 0), ("Asia/Tokyo", -9), ("Pacific/Kiritimati", -14), ("Etc/GMT+12", 12)]
)
def test_it_comes_at_nine_where_they_are(world: World, zone: str, hours: int) -> None:
    owner = known(world.alice, world, time_zone=zone)
    nine = NINE + hours * HOUR
    pat = ending(world, owner, "ci", valid_to=nine + 3 * DAY + HOUR)
    looked_at(pat, nine - 12 * HOUR)
    assert look(nine - timedelta(seconds=1)) == []
    assert next_look(pat) == nine
    assert len(look(nine)) == 1


def test_what_has_ended_is_nobodys_news(world: World, owner: Person) -> None:
    gone = [
        ending(world, owner, "expired", days=-1),
        ending(world, owner, "revoked", revoked_at=NINE - HOUR),
        ending(world, owner, "vanished", vanished_at=NINE - HOUR),
        ending(world, owner, "ended by the portal", ends_at=NINE - HOUR),
    ]
    for pat in gone:
        looked_at(pat, NINE)
    assert look() == []
    assert [next_look(pat) for pat in gone] == [None] * 4


def test_nothing_is_announced_above_half_of_a_life(world: World, owner: Person) -> None:
    pat = ending(world, owner, "ci", days=7, valid_from=NINE - DAY)
    assert look() == []
    assert next_look(pat) == NINE + 4 * DAY
    assert len(look(NINE + 4 * DAY)) == 1
    assert rows() == [("ci", 3, "waiting")]


def rotated(world: World, owner: Person, **successor: Any) -> tuple[Pat, Pat]:
    """Return a PAT that a successor took over from, a day before it would have ended."""
    old = ending(world, owner, "old", days=7, ends_at=NINE + 7 * DAY)
    new = make_pat(
        world,
        owner,
        "new",
        replaces=old,
        issued_at=NINE - HOUR,
        valid_to=NINE + 90 * DAY,
        valid_from=NINE - HOUR,
        **{"received_at": NINE - HOUR, **successor},
    )
    looked_at(new, None)
    return looked_at(old, NINE), new


def test_nothing_is_announced_after_a_successor_took_over(world: World, owner: Person) -> None:
    old, new = rotated(world, owner)
    assert look() == []
    assert rows() == []
    # Its successor is revoked before it ends: then it counts again.
    Pat.objects.filter(pk=new.pk).update(revoked_at=NINE + HOUR)
    assert next_look(old) == NINE + 4 * DAY
    assert len(look(NINE + 4 * DAY)) == 1
    assert rows() == [("old", 3, "waiting")]


def test_a_successor_whose_secret_nobody_stored_took_over_nothing(world: World, owner: Person) -> None:
    old, _ = rotated(world, owner, received_at=None)
    Pat.objects.filter(pk=old.pk).update(ends_at=None)
    looked_at(old, NINE)
    assert len(look()) == 1


def test_an_extension_arms_the_steps_anew(world: World, owner: Person) -> None:
    pat = ending(world, owner, "ci", days=1)
    look()
    send()
    assert rows() == [("ci", 1, "sent")]
    extended = pat.valid_to + 7 * DAY
    Pat.objects.filter(pk=pat.pk).update(valid_to=extended, written_at=NINE + HOUR)
    assert look(NINE + 2 * HOUR) == []
    assert next_look(pat) == NINE + DAY
    for days in (1, 5, 7, 8):
        look(NINE + days * DAY)
        send(NINE + days * DAY)
    steps = Reminder.objects.filter(valid_to=extended).order_by("made_at")
    assert list(steps.values_list("step_days", "state")) == [
        (7, "sent"),
        (3, "sent"),
        (1, "sent"),
        (0, "sent"),
    ]


def test_after_downtime_the_nearest_step_alone_is_announced(world: World, owner: Person) -> None:
    pat = ending(world, owner, "ci", days=30)
    back = NINE + 28 * DAY + 6 * HOUR
    assert len(look(back)) == 1
    assert rows() == [("ci", 3, "waiting")]
    assert next_look(pat) == NINE + 29 * DAY
    assert len(send(back)) == 1


def test_what_is_late_waits_for_the_morning_if_it_lives_so_long(world: World, owner: Person) -> None:
    lasting = ending(world, owner, "lasting", days=3)
    night = NINE + 16 * HOUR
    assert look(night) == []
    assert next_look(lasting) == NINE + DAY
    ending(world, owner, "dying", days=0, valid_to=NINE + 20 * HOUR)
    assert len(look(night)) == 1
    assert rows() == [("dying", 0, "waiting")]


def test_what_became_due_by_a_change_waits_for_nine_o_clock(world: World, owner: Person) -> None:
    pat = make_pat(
        world, owner, "found", valid_to=NINE + 10 * DAY, valid_from=NINE - 90 * DAY, first_seen_at=NINE
    )
    assert look(NINE + 3 * HOUR) == []
    assert next_look(pat) == NINE + DAY
    assert len(look(NINE + DAY)) == 1
    assert rows() == [("found", 14, "waiting")]


def test_a_second_digest_of_a_day_waits_for_the_next_day(world: World, owner: Person) -> None:
    ending(world, owner, "first", days=7)
    look()
    send()
    second = ending(world, owner, "second", days=3)
    assert look(NINE + HOUR) == []
    assert next_look(second) == NINE + DAY
    assert len(look(NINE + DAY)) == 1
    assert rows() == [("first", 7, "sent"), ("second", 3, "waiting")]


@pytest.mark.parametrize("outcome", ["not_needed_at", "given_up_at"])
def test_a_digest_that_told_nothing_does_not_use_up_the_day(
    world: World, owner: Person, outcome: str
) -> None:
    ending(world, owner, "first", days=7)
    (first,) = look()
    state = {"not_needed_at": Reminder.State.NOT_NEEDED, "given_up_at": Reminder.State.FAILED}[outcome]
    OutgoingMail.objects.update(**{outcome: NINE})
    Reminder.objects.update(state=state)
    ending(world, owner, "second", days=3)
    operations.remind(now=NINE + HOUR)
    mail = OutgoingMail.objects.exclude(pk=first.pk).get()
    assert mail.key == f"{first.key}:1"
    (message,) = send(NINE + HOUR)
    assert "second" in message.body
    # This one told something: the day has had its digest.
    ending(world, owner, "third", days=3)
    assert look(NINE + 2 * HOUR) == ([first] if outcome == "given_up_at" else [])


def test_what_ends_before_the_next_digest_is_told_in_one_more(world: World, owner: Person) -> None:
    ending(world, owner, "first", days=7)
    (first,) = look()
    send()
    ending(world, owner, "tonight", days=0, valid_to=NINE + 12 * HOUR)
    ending(world, owner, "later", days=3)
    (mail,) = look(NINE + HOUR)
    assert mail.key == f"{first.key}:1"
    message = send(NINE + HOUR)[-1]
    assert ("tonight" in message.body, "later" in message.body) == (True, False)
    assert rows() == [("first", 7, "sent"), ("tonight", 0, "sent")]
    assert look(NINE + 2 * HOUR) == []


def test_the_last_day_is_told_to_whoever_goes_west_and_has_the_same_day_again(
    world: World, owner: Person
) -> None:
    ReminderSettings.objects.update(time_zone="Etc/GMT-12")
    nine = NINE - 12 * HOUR
    looked_at(ending(world, owner, "east", valid_to=nine + 3 * DAY + HOUR), nine)
    assert len(look(nine)) == 1
    send(nine)
    ReminderSettings.objects.update(time_zone="Etc/GMT+8")
    later = NINE + 8 * HOUR
    ReminderSettings.objects.update(remind_at=None)
    looked_at(ending(world, owner, "west", valid_to=later + 3 * HOUR), later)
    assert len(look(later)) == 1
    assert "west" in send(later)[-1].body


def dropped(world: World, owner: Person, **named: Any) -> Pat:
    """Return a PAT whose reminder was dropped when its mail was to be sent, because it seemed to be gone."""
    pat = ending(world, owner, "ci", days=7, **named)
    look()
    Pat.objects.filter(pk=pat.pk).update(vanished_at=NINE + HOUR)
    assert send(NINE + HOUR) == []
    assert rows() == [("ci", 7, "not_needed")]
    Pat.objects.filter(pk=pat.pk).update(vanished_at=None)
    return pat


def test_what_was_dropped_is_told_once_it_is_true_again(world: World, owner: Person) -> None:
    pat = dropped(world, owner)
    assert len(look(NINE + 2 * HOUR)) == 1
    assert rows() == [("ci", 7, "waiting")]
    (message,) = send(NINE + 2 * HOUR)
    assert "ci" in message.body
    assert rows() == [("ci", 7, "sent")]
    looked_at(pat, NINE + 3 * HOUR)
    assert look(NINE + 3 * HOUR) == []


@pytest.mark.parametrize("was_told", [False, True])
def test_a_backup_owner_hears_of_what_was_dropped_unless_they_have(
    world: World, owner: Person, *, was_told: bool
) -> None:
    User.objects.filter(pk=owner.user.pk).update(signed_in_at=NINE - 20 * DAY)
    contact = BackupContact.objects.create(
        tenant_id=world.bob.user.tenant_id, user=world.bob.user, confirmed_at=NINE
    )
    dropped(world, owner, backup_contact=contact)
    backups = OutgoingMail.objects.filter(kind=Kind.BACKUP_REMINDER)
    before = backups.get()
    if was_told:
        backups.update(sent_at=NINE, not_needed_at=None)
    assert operations.remind(now=NINE + 2 * HOUR) == (1 if was_told else 2)
    send(NINE + 2 * HOUR)
    after = backups.get()
    assert after.pk == before.pk
    assert after.sent_at is not None
    assert (after.sent_at == NINE) is was_told


@pytest.mark.parametrize("mute", ["all", "one"])
def test_what_is_muted_is_announced_once_the_mute_is_over(world: World, owner: Person, mute: str) -> None:
    until = NINE + 2 * DAY + HOUR
    pat = ending(world, owner, "ci", days=7)
    other = ending(world, owner, "other", days=7) if mute == "one" else None
    if mute == "one":
        Pat.objects.filter(pk=pat.pk).update(reminders_muted_until=until)
    else:
        ReminderSettings.objects.update(muted_until=until)
    assert [mail.kind for mail in look()] == ([Kind.REMINDER_DIGEST] if other else [])
    send()
    assert next_look(pat) == NINE + 3 * DAY
    assert len(look(NINE + 3 * DAY)) == 1
    assert ("ci", 7, "waiting") in rows()


def test_a_mute_that_outlasts_a_pat_leaves_nothing_to_look_at(world: World, owner: Person) -> None:
    pat = ending(world, owner, "ci", days=7, reminders_muted_until=NINE + 20 * DAY)
    assert look() == []
    assert next_look(pat) is None


def test_the_last_day_cannot_be_muted_by_the_link_of_a_mail(world: World, owner: Person) -> None:
    ReminderSettings.objects.update(unsubscribed_until=NINE + 30 * DAY)
    last, soon = ending(world, owner, "last", days=0), ending(world, owner, "soon", days=3)
    assert len(look()) == 1
    assert rows() == [("last", 0, "waiting")]
    assert next_look(last) is None
    assert next_look(soon) == NINE + 2 * DAY
    assert len(send()) == 1
    assert look(NINE + 2 * DAY) == []
    assert len(look(NINE + 3 * DAY)) == 1


def test_who_chose_no_step_hears_nothing(world: World, owner: Person) -> None:
    pat = ending(world, owner, "ci", days=7)
    ReminderSettings.objects.update(steps=[])
    assert look() == []
    assert next_look(pat) is None
    ReminderSettings.objects.update(steps=[7, 1])
    assert len(look()) == 1


def test_settings_that_name_an_unknown_zone_count_as_the_portals(world: World, owner: Person) -> None:
    ReminderSettings.objects.update(time_zone="Mars/Olympus")
    ending(world, owner, "ci", days=7)
    assert len(look()) == 1


# --- The first day ---------------------------------------------------------------------------------


def newcomer(world: World, *, since: datetime) -> list[Pat]:
    """Return PATs of Alice, unknown before `since`: three that end within a month, one that does not."""
    set_access(world.alice, world, at=since)
    ReminderSettings.objects.create(user=world.alice.user, time_zone="UTC")
    made = [
        ending(world, world.alice, name, days=days, first_seen_at=since)
        for name, days in {"ci-a": 2, "ci-b": 5, "ci-c": 29, "ci-d": 40}.items()
    ]
    Pat.objects.update(remind_at=since)
    return made


def test_a_new_persons_first_day_is_one_digest_at_the_next_nine_o_clock(world: World) -> None:
    since = NINE - 20 * HOUR
    pats = newcomer(world, since=since)
    assert look(since) == []
    assert {next_look(pat) for pat in pats} == {NINE}
    (mail,) = look()
    assert mail.kind == Kind.WELCOME_DIGEST
    assert rows() == [("ci-a", 3, "waiting"), ("ci-b", 7, "waiting"), ("ci-c", 30, "waiting")]
    (message,) = send()
    assert all(f"ci-{name}" in message.body for name in "abc")
    assert "ci-d" not in message.body
    assert ReminderSettings.objects.get().welcomed_at == NINE
    # Nothing else that day, and ordinary ones from then on.
    ending(world, world.alice, "found", days=1)
    assert look(NINE + HOUR) == []
    (mail,) = look(NINE + DAY)
    assert mail.kind == Kind.REMINDER_DIGEST


def test_without_anything_that_ends_soon_there_is_no_first_digest(world: World) -> None:
    set_access(world.alice, world, at=NINE)
    pat = ending(world, world.alice, "ci", days=100, first_seen_at=NINE - 2 * DAY)
    assert look() == []
    assert ReminderSettings.objects.get().welcomed_at == NINE
    assert next_look(pat) == NINE + 70 * DAY


def test_who_is_muted_gets_their_first_digest_afterwards(world: World) -> None:
    newcomer(world, since=NINE - 2 * DAY)
    ReminderSettings.objects.update(muted_until=NINE + HOUR)
    assert look() == []
    assert len(look(NINE + DAY)) == 1


def test_who_has_only_what_was_made_here_needs_no_introduction(world: World) -> None:
    ending(world, world.alice, "ci", days=7, issued_at=NINE - 80 * DAY)
    (mail,) = look()
    assert mail.kind == Kind.REMINDER_DIGEST
    assert ReminderSettings.objects.get().welcomed_at == NINE


# --- What Microsoft stops --------------------------------------------------------------------------


def test_global_pats_have_a_warning_of_their_own_with_the_day_on_which_they_stop(
    world: World, owner: Person, settings: Any
) -> None:
    settings.GLOBAL_PATS_STOP_ON = (NINE + 7 * DAY).date()
    ending(world, owner, "everywhere", days=60, is_global=True)
    ending(world, owner, "sooner", days=3, is_global=True)
    ending(world, owner, "single", days=7)
    digest, stop = look()
    assert (digest.kind, stop.kind) == (Kind.GLOBAL_STOP, Kind.REMINDER_DIGEST)
    messages = {"everywhere" in message.subject: message for message in send()}
    assert f"{settings.GLOBAL_PATS_STOP_ON:%Y}" in messages[True].subject
    assert "single" not in messages[True].body
    assert "single" in messages[False].body
    assert "sooner" in messages[False].body
    reminder = Reminder.objects.get(pat__name="everywhere")
    assert reminder.valid_to.date() == settings.GLOBAL_PATS_STOP_ON
    # Another expiry does not move what Microsoft does.
    Pat.objects.filter(name="everywhere").update(valid_to=NINE + 90 * DAY)
    assert look(NINE + HOUR) == []


# --- Who else is told ------------------------------------------------------------------------------


@pytest.fixture
def absent(world: World, owner: Person) -> Person:
    """Alice, who was not seen for three weeks."""
    User.objects.filter(pk=owner.user.pk).update(signed_in_at=NINE - 21 * DAY)
    return owner


@pytest.fixture
def contact(world: World, owner: Person) -> BackupContact:
    """An address that agreed to be asked."""
    return BackupContact.objects.create(
        tenant_id=owner.user.tenant_id, email="ops@example.com", confirmed_at=NINE - 50 * DAY
    )


def test_the_backup_owner_of_somebody_absent_is_told_of_what_names_them(
    world: World, absent: Person, contact: BackupContact
) -> None:
    ending(world, absent, "ci-named", days=7, backup_contact=contact)
    ending(world, absent, "too-far", days=14, backup_contact=contact)
    ending(world, absent, "ci-other", days=3)
    record = Record()
    backup, digest = look()
    assert (backup.kind, backup.address, digest.kind) == (
        Kind.BACKUP_REMINDER,
        "ops@example.com",
        Kind.REMINDER_DIGEST,
    )
    told = {message.to[0]: message.body for message in send()}
    assert "ci-named" in told["ops@example.com"]
    assert "too-far" not in told["ops@example.com"]
    assert "ci-other" not in told["ops@example.com"]
    events = [event for event in record.events if event.recorded["kind"] == Kind.BACKUP_REMINDER]
    assert [(event.type, event.pat_name) for event in events] == [("reminder.sent", "ci-named")]
    assert events[0].recorded["backup_email"] == "ops@example.com"
    assert look(NINE + HOUR) == []


@pytest.mark.parametrize(
    "change",
    [{"confirmed_at": None}, {"left_at": NINE}],
    ids=["not agreed", "left"],
)
def test_who_did_not_agree_is_not_told(
    world: World, absent: Person, contact: BackupContact, change: dict[str, Any]
) -> None:
    BackupContact.objects.update(**change)
    ending(world, absent, "named", days=7, backup_contact=contact)
    assert [mail.kind for mail in look()] == [Kind.REMINDER_DIGEST]


def test_of_somebody_who_is_there_nobody_else_is_told(
    world: World, owner: Person, contact: BackupContact
) -> None:
    ending(world, owner, "named", days=7, backup_contact=contact)
    assert [mail.kind for mail in look()] == [Kind.REMINDER_DIGEST]


@pytest.mark.parametrize("what", ["came back", "left", "revoked"])
def test_what_changed_meanwhile_is_not_told(
    world: World, absent: Person, contact: BackupContact, what: str
) -> None:
    pat = ending(world, absent, "named", days=7, backup_contact=contact)
    look()
    if what == "came back":
        User.objects.filter(pk=absent.user.pk).update(signed_in_at=NINE)
    elif what == "left":
        BackupContact.objects.update(left_at=NINE)
    else:
        Pat.objects.filter(pk=pat.pk).update(revoked_at=NINE)
    assert "ops@example.com" not in [message.to[0] for message in send()]
    assert OutgoingMail.objects.get(kind=Kind.BACKUP_REMINDER).not_needed_at is not None


def test_somebody_absent_who_muted_everything_has_a_backup_owner_all_the_same(
    world: World, absent: Person, contact: BackupContact
) -> None:
    ReminderSettings.objects.update(muted_until=NINE + 60 * DAY)
    ending(world, absent, "named", days=7, backup_contact=contact)
    assert [mail.kind for mail in look()] == [Kind.BACKUP_REMINDER]
    assert [message.to for message in send()] == [["ops@example.com"]]
    assert rows() == [("named", 7, "not_needed")]


def test_whoever_mutes_no_more_hears_what_the_backup_owner_heard(
    world: World, absent: Person, contact: BackupContact
) -> None:
    ReminderSettings.objects.update(muted_until=NINE + 60 * DAY)
    ending(world, absent, "named", days=7, backup_contact=contact)
    assert [mail.kind for mail in look()] == [Kind.BACKUP_REMINDER]
    send()
    # Nothing new while they are muted, whatever has them looked at.
    ReminderSettings.objects.update(steps=[7, 3, 1, 0])
    assert look(NINE + DAY) == []
    ReminderSettings.objects.update(muted_until=None)
    # It became due by a change, and waits for nine o'clock.
    assert look(NINE + DAY) == []
    (mail,) = look(NINE + 2 * DAY)
    assert (mail.kind, mail.user) == (Kind.REMINDER_DIGEST, absent.user)
    assert "named" in send(NINE + 2 * DAY)[-1].body
    assert rows() == [("named", 7, "sent")]
    assert len(outbox_of_django.outbox) == 2


@pytest.fixture(params=["disabled here", "account_disabled", "account_gone"])
def leaver(request: Any, world: World, owner: Person) -> Person:
    """Alice, who was here just now, and whose account is disabled or gone since."""
    if request.param == "disabled here":
        User.objects.filter(pk=owner.user.pk).update(is_active=False)
    else:
        state = {"state": Grant.State.SIGN_IN_NEEDED, "lost_code": request.param}
        assert Grant.objects.filter(user=owner.user).update(**state) == 1
    return owner


def test_nothing_goes_to_the_mailbox_of_whoever_left_and_the_backup_owner_is_told_at_once(
    world: World, leaver: Person, contact: BackupContact
) -> None:
    ending(world, leaver, "named", days=7, backup_contact=contact)
    unnamed = ending(world, leaver, "nobodys", days=7)
    assert [mail.kind for mail in look()] == [Kind.BACKUP_REMINDER]
    assert [message.to for message in send()] == [["ops@example.com"]]
    assert rows() == [("named", 7, "not_needed")]
    # Whoever comes back hears of it all the same, if nothing nearer is due by then.
    assert next_look(unnamed) == NINE + DAY


def test_whoever_left_before_their_mail_went_out_gets_none(
    world: World, owner: Person, contact: BackupContact
) -> None:
    ending(world, owner, "ci", days=7, backup_contact=contact)
    look()
    User.objects.filter(pk=owner.user.pk).update(is_active=False)
    assert send() == []
    assert rows() == [("ci", 7, "not_needed")]
    # And then it is the backup owner's.
    looked_at(Pat.objects.get(), NINE)
    look(NINE + HOUR)
    assert [message.to for message in send(NINE + HOUR)] == [["ops@example.com"]]


def test_a_backup_owner_who_left_gets_none(world: World, absent: Person) -> None:
    bob = BackupContact.objects.create(tenant_id=world.bob.user.tenant_id, user=world.bob.user)
    ending(world, absent, "named", days=7, backup_contact=bob)
    look()
    User.objects.filter(pk=world.bob.user.pk).update(is_active=False)
    assert [message.to for message in send()] == [[absent.user.mail_address]]
    assert OutgoingMail.objects.get(kind=Kind.BACKUP_REMINDER).not_needed_at is not None


# --- What is true when it is sent ------------------------------------------------------------------

CHANGES: dict[str, dict[str, Any]] = {
    "extended": {"valid_to": NINE + 60 * DAY},
    "shortened": {"valid_to": NINE + DAY},
    "revoked": {"revoked_at": NINE},
    "gone": {"vanished_at": NINE},
    "muted": {"reminders_muted_until": NINE + DAY},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_not_true_any_more_is_left_out(world: World, owner: Person, change: dict[str, Any]) -> None:
    changed = ending(world, owner, "changed", days=7)
    ending(world, owner, "same", days=7)
    look()
    Pat.objects.filter(pk=changed.pk).update(**change)
    (message,) = send()
    assert "changed" not in message.body
    assert rows() == [("changed", 7, "not_needed"), ("same", 7, "sent")]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_mail_with_nothing_left_to_say_is_not_sent(
    world: World, owner: Person, change: dict[str, Any]
) -> None:
    ending(world, owner, "changed", days=7)
    (mail,) = look()
    Pat.objects.update(**change)
    record = Record()
    assert send() == []
    mail.refresh_from_db()
    assert mail.not_needed_at is not None
    assert rows() == [("changed", 7, "not_needed")]
    assert record.types == []


def test_a_rotation_between_takes_it_out(world: World, owner: Person) -> None:
    old = ending(world, owner, "old", days=7)
    look()
    make_pat(world, owner, "new", replaces=old, issued_at=NINE, received_at=NINE)
    Pat.objects.filter(pk=old.pk).update(ends_at=NINE + DAY)
    assert send() == []


def test_who_muted_meanwhile_gets_none(world: World, owner: Person) -> None:
    ending(world, owner, "ci", days=7)
    look()
    ReminderSettings.objects.update(muted_until=NINE + DAY)
    assert send() == []


def test_a_digest_that_came_too_late_leaves_out_what_a_nearer_one_announces(
    world: World, owner: Person
) -> None:
    ending(world, owner, "ci", days=3)
    look()
    later = NINE + 2 * DAY
    assert len(look(later)) == 2
    assert len(send(later)) == 1
    assert rows() == [("ci", 1, "sent"), ("ci", 3, "not_needed")]


def test_an_expiry_that_only_moved_by_rounding_is_announced_once(world: World, owner: Person) -> None:
    pat = ending(world, owner, "ci", days=7)
    look()
    Pat.objects.filter(pk=pat.pk).update(valid_to=pat.valid_to + timedelta(milliseconds=3))
    assert len(send()) == 1
    assert look(NINE + DAY) == []
    assert rows() == [("ci", 7, "sent")]


def test_stale_data_is_never_told_as_fact(world: World, owner: Person) -> None:
    set_access(owner, world, at=NINE - 13 * HOUR)
    ending(world, owner, "ci", days=7)
    look()
    (message,) = send()
    assert "as of" in message.subject
    set_access(owner, world, at=NINE + DAY)
    ending(world, owner, "fresh", days=8)
    look(NINE + DAY)
    assert "as of" not in send(NINE + DAY)[-1].subject


# --- What is recorded, and what goes wrong ---------------------------------------------------------


def test_the_log_tells_of_each_pat_that_its_owner_was_told_of(world: World, owner: Person) -> None:
    pats = [ending(world, owner, name, days=7) for name in ("a", "b")]
    (mail,) = look()
    record = Record()
    send()
    assert record.types == ["reminder.sent"] * 2
    assert {event.authorization_id for event in record.events} == {pat.authorization_id for pat in pats}
    first = record.events[0]
    assert (first.owner_object_id, first.actor_kind) == (owner.user.object_id, "system")
    assert first.recorded == {
        "kind": Kind.REMINDER_DIGEST,
        "mail_id": str(mail.id),
        "attempts": 1,
        "step_days": 7,
        "valid_to": pats[0].valid_to.isoformat(),
    }


def test_a_death_before_the_tick_sends_it_again_under_the_same_id(world: World, owner: Person) -> None:
    ending(world, owner, "ci", days=7)
    look()
    with failing_event("reminder.sent"), pytest.raises(DatabaseError):
        send()
    assert rows() == [("ci", 7, "waiting")]
    first, second = send(NINE + timedelta(minutes=7))
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert rows() == [("ci", 7, "sent")]


def test_an_address_that_takes_no_mail_holds_up_nobody(world: World, owner: Person) -> None:
    ending(world, owner, "alices", days=7)
    ending(world, known(world.bob, world), "bobs", days=7)
    User.objects.filter(pk=owner.user.pk).update(email="", user_principal_name="alice")
    record = Record()
    look()
    (message,) = send()
    assert message.to == [world.bob.user.mail_address]
    assert rows() == [("alices", 7, "waiting"), ("bobs", 7, "sent")]
    for again in range(1, 12):
        send(NINE + 2 * again * HOUR)
    assert rows() == [("alices", 7, "failed"), ("bobs", 7, "sent")]
    failed = record.of("reminder.failed")
    assert (failed.pat_name, failed.error_code) == ("alices", "recipient_not_allowed")


def test_a_slip_in_the_allowed_domains_gives_up_no_reminder(
    world: World, owner: Person, settings: Any
) -> None:
    ending(world, owner, "ci", days=7)
    look()
    settings.MAIL_DOMAINS = ["exmaple.test"]
    assert send() == []
    assert rows() == [("ci", 7, "waiting")]
    settings.MAIL_DOMAINS = []
    assert len(send(NINE + 2 * HOUR)) == 1
    assert rows() == [("ci", 7, "sent")]


def test_somebody_whose_row_is_gone_holds_up_nobody(world: World, owner: Person) -> None:
    ending(world, owner, "ci", days=7)
    assert operations.remind(now=NINE, people=[owner.user.pk, 2**31 - 1]) == 1


def test_a_person_with_hundreds_of_ends_gets_one_mail(world: World, owner: Person) -> None:
    pats = [ending(world, owner, f"agent-{uuid4()}", days=7) for _ in range(60)]
    assert len(look()) == 1
    (message,) = send()
    assert "and 35 more" in message.body
    assert Reminder.objects.filter(state="sent").count() == len(pats)
