"""`send_reminders` says who would get what and why, and sends; a dry run changes nothing."""

from io import StringIO
from typing import Any

import pytest
from django.core import mail as outbox_of_django
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from tests.people import Person, World
from tests.reminder_crowd import noon_zone
from tests.tokens.operations.reminder_scene import DAY, HOUR, known, looked_at
from tests.tokens.views.rows import make_pat, set_access
from tokens.models import AuditEvent, BackupContact, OutgoingMail, Pat, Reminder, ReminderSettings
from tokens.reminder_queries import EPOCH

NOW = timezone.now()


def run(*words: str) -> list[str]:
    written = StringIO()
    call_command("send_reminders", *words, stdout=written)
    return written.getvalue().splitlines()


def here(person: Person, world: World, **wishes: Any) -> Person:
    """Let somebody be known for long, and have it be noon where they are."""
    known(person, world, time_zone=noon_zone(NOW), **wishes)
    set_access(person, world, at=NOW)
    return person


def due(world: World, person: Person, name: str, **changes: Any) -> Pat:
    """Write a PAT whose seventh day before is today."""
    fields = {"valid_from": NOW - 90 * DAY, "valid_to": NOW + 7 * DAY, **changes}
    return looked_at(make_pat(world, person, name, **fields), NOW - HOUR)


def snapshot() -> list[Any]:
    """Return everything that a run could change."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Pat, Reminder, ReminderSettings, OutgoingMail, AuditEvent)
    ]


def test_a_dry_run_says_who_would_get_what_and_why_not(world: World) -> None:
    alice = here(world.alice, world)
    here(world.bob, world, muted_until=NOW + 30 * DAY)
    due(world, alice, "plain")
    due(world, alice, "muted", reminders_muted_until=NOW + 20 * DAY)
    due(world, alice, "young", valid_from=NOW - DAY)
    due(world, alice, "gone", revoked_at=NOW)
    due(world, world.bob, "bobs")
    before = snapshot()
    lines = run("--dry-run")
    assert snapshot() == before
    text = "\n".join(lines)
    assert f"{alice.user} <" in text
    assert f"mail to {alice.user.mail_address}" in text
    assert "  reminder:" in lines
    assert any(line.startswith("    “plain” in ") and line.endswith("7 days before") for line in lines)
    for name, why in {
        "muted": "muted by its owner",
        "young": "not yet (next look",
        "gone": "it has ended",
        "bobs": "the person muted everything",
    }.items():
        (line,) = [one for one in lines if one.startswith(f"  not “{name}”")]
        assert why in line
    assert lines[-1] == "Looked at 2 people; 1 mail to owners would be made."
    assert outbox_of_django.outbox == []


def test_of_one_person_it_tells_of_everything_that_lives(world: World) -> None:
    alice = here(world.alice, world)
    later = due(world, alice, "later", valid_to=NOW + 100 * DAY, valid_from=NOW - 300 * DAY)
    looked_at(later, NOW + 70 * DAY)
    due(world, here(world.bob, world), "bobs")
    assert "later" not in "\n".join(run("--dry-run"))
    lines = run("--dry-run", "--person", alice.user.user_principal_name.upper())
    assert any("“later”" in line and "not yet (next look" in line for line in lines)
    assert "bobs" not in "\n".join(lines)
    both = run("--dry-run", "--person", alice.user.username, "--person", world.bob.user.username)
    assert both[-1] == "Looked at 2 people; 1 mail to owners would be made."


def test_it_says_what_is_stale_whom_else_it_goes_to_and_who_has_no_address(world: World) -> None:
    alice = here(world.alice, world)
    contact = BackupContact.objects.create(
        tenant_id=alice.user.tenant_id, email="ops@example.com", confirmed_at=NOW
    )
    set_access(alice, world, at=NOW - 3 * DAY)
    User.objects.filter(pk=alice.user.pk).update(
        signed_in_at=NOW - 20 * DAY, email="", user_principal_name="alice"
    )
    due(world, alice, "ci\nx\x1b[2J", backup_contact=contact)
    lines = run("--dry-run")
    text = "\n".join(lines)
    assert "not read since" in text
    assert "to the backup owner ops@\u2060example.\u2060com" in text
    assert "there is no address that mail may go to" in text
    assert "\x1b" not in text
    assert any("“ci x [2J”" in line for line in lines)


def test_it_goes_by_the_databases_clock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    due(world, here(world.alice, world), "plain")
    monkeypatch.setattr(timezone, "now", lambda: NOW - 3 * DAY)
    assert run("--dry-run")[-1] == "Looked at 1 person; 1 mail to owners would be made."
    assert run()[0].startswith("Made 1 mail about ends; 1 mail had their turn")


def test_a_dry_run_at_once_says_what_would_happen_at_once(world: World) -> None:
    alice = here(world.alice, world)
    fields = {"valid_from": NOW - 90 * DAY, "valid_to": NOW + 5 * DAY}
    looked_at(make_pat(world, alice, "waits", **fields), NOW + 2 * DAY)
    looked_at(make_pat(world, alice, "changed", **fields), EPOCH)
    assert run("--dry-run")[-1] == "Looked at 1 person; 0 mails to owners would be made."
    lines = run("--dry-run", "--at-once")
    for name in ("waits", "changed"):
        assert any(f"“{name}”" in line and line.endswith("7 days before") for line in lines)
    assert lines[-1] == "Looked at 1 person; 1 mail to owners would be made."
    assert run("--at-once")[0].startswith("Made 1 mail about ends;")


def test_without_anything_due_it_says_so(world: World) -> None:
    assert run("--dry-run") == ["Looked at 0 people; 0 mails to owners would be made."]


def test_it_makes_and_sends_what_is_due_and_is_recorded(world: World) -> None:
    alice = here(world.alice, world)
    due(world, alice, "plain")
    due(world, here(world.bob, world), "bobs")
    assert run("--person", alice.user.username) == [
        "Made 1 mail about ends; 1 mail had their turn, and the worker sends the rest."
    ]
    assert [message.to for message in outbox_of_django.outbox] == [[alice.user.mail_address]]
    assert run() == ["Made 1 mail about ends; 1 mail had their turn, and the worker sends the rest."]
    assert run() == ["Made 0 mails about ends; 0 mails had their turn, and the worker sends the rest."]
    told = AuditEvent.objects.filter(type="command.ran").order_by("id")
    assert [event.outcome for event in told] == ["requested", "success"] * 3
    assert {event.data["command"] for event in told} == {"send_reminders"}
    sent = AuditEvent.objects.filter(type="reminder.sent")
    assert {event.actor_kind for event in sent} == {"operator"}


def test_a_last_day_and_the_day_before_have_their_words(world: World) -> None:
    alice = here(world.alice, world)
    due(world, alice, "tomorrow", valid_to=NOW + DAY)
    due(world, alice, "today", valid_to=NOW + 3 * HOUR)
    lines = run("--dry-run")
    assert any("“tomorrow”" in line and line.endswith("1 day before") for line in lines)
    assert any("“today”" in line and line.endswith("its last day") for line in lines)


@pytest.mark.parametrize("who", ["nobody@example.com", "", "x/y"])
def test_somebody_unknown_is_refused(world: World, who: str) -> None:
    with pytest.raises(CommandError, match="Nobody who is known here"):
        run("--person", who)


def test_a_name_that_two_people_have_is_refused(world: World) -> None:
    User.objects.filter(pk__in=[world.alice.user.pk, world.bob.user.pk]).update(user_principal_name="same")
    with pytest.raises(CommandError, match="Several people have"):
        run("--person", "same")


def test_at_once_nobody_waits_for_nine_and_nobody_gets_it_again(world: World) -> None:
    # A newcomer, whose first digest would come at the next nine o'clock.
    make_pat(world, world.alice, "soon", valid_from=NOW - 30 * DAY, ends_in=5 * DAY, first_seen_at=NOW)
    set_access(world.alice, world, at=NOW)
    run()
    assert outbox_of_django.outbox == []
    run("--at-once")
    (message,) = outbox_of_django.outbox
    assert message.to == [world.alice.user.mail_address]
    assert message.subject.startswith("“soon” in ")
    run("--at-once")
    run()
    assert len(outbox_of_django.outbox) == 1


def test_at_once_is_only_for_whom_it_names(world: World) -> None:
    for person in (world.alice, world.bob):
        make_pat(world, person, "soon", valid_from=NOW - 30 * DAY, ends_in=5 * DAY, first_seen_at=NOW)
        set_access(person, world, at=NOW)
    run("--at-once", "--person", world.bob.user.user_principal_name)
    assert [message.to for message in outbox_of_django.outbox] == [[world.bob.user.mail_address]]
