"""Reminders in the database: what makes the next look due, and what cannot be written twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from tests.people import World
from tests.tokens.views.rows import make_pat
from tokens import rules
from tokens.models import Organization, Pat, Reminder, ReminderSettings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOW = timezone.now()
LATER = NOW + timedelta(days=3)


@pytest.fixture
def pat(world: World) -> Pat:
    """A PAT at which nobody has to look for three days."""
    made = make_pat(world, world.alice)
    Pat.objects.filter(pk=made.pk).update(remind_at=LATER)
    return Pat.objects.get(pk=made.pk)


def test_what_is_new_is_looked_at(world: World) -> None:
    assert Pat.objects.get(pk=make_pat(world, world.alice).pk).remind_at == EPOCH


@pytest.mark.parametrize(
    "change",
    [
        {"valid_to": NOW + timedelta(days=90)},
        {"valid_to": NOW + timedelta(days=1)},
        {"valid_from": NOW},
        {"ends_at": NOW},
        {"is_global": True},
        {"revoked_at": NOW},
        {"vanished_at": NOW},
        {"reminders_muted_until": NOW},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_changes_an_end_or_who_hears_of_it_has_the_pat_looked_at(
    pat: Pat, change: dict[str, Any]
) -> None:
    Pat.objects.filter(pk=pat.pk).update(**change)
    assert Pat.objects.get(pk=pat.pk).remind_at == EPOCH


@pytest.mark.parametrize(
    "change",
    [{"name": "other"}, {"purpose": "other"}, {"written_at": NOW}, {"expiry_recorded_at": NOW}],
    ids=lambda change: next(iter(change)),
)
def test_anything_else_leaves_the_next_look_where_it_is(pat: Pat, change: dict[str, Any]) -> None:
    Pat.objects.filter(pk=pat.pk).update(**change)
    assert Pat.objects.get(pk=pat.pk).remind_at == LATER


def test_a_write_of_many_cannot_forget_it_either(pat: Pat) -> None:
    pat.valid_to += timedelta(days=5)
    Pat.objects.bulk_create(
        [pat], update_conflicts=True, unique_fields=["id"], update_fields=["valid_to", "written_at"]
    )
    assert Pat.objects.get(pk=pat.pk).remind_at == EPOCH


@pytest.mark.parametrize(
    ("more", "counts"),
    [(timedelta(days=1), True), (timedelta(days=-1), False), (timedelta(milliseconds=3), False)],
    ids=["put off", "brought forward", "rounded"],
)
def test_steps_count_anew_from_where_an_end_was_put_off(pat: Pat, more: timedelta, *, counts: bool) -> None:
    Pat.objects.filter(pk=pat.pk).update(valid_to=pat.valid_to + more, written_at=NOW)
    assert Pat.objects.get(pk=pat.pk).remind_from == (NOW if counts else None)


@pytest.fixture
def wishes(world: World) -> ReminderSettings:
    """Alice's settings, at which nobody has to look."""
    made = ReminderSettings.objects.create(user=world.alice.user)
    ReminderSettings.objects.update(remind_at=None)
    made.refresh_from_db()
    return made


def test_nobody_who_chose_nothing_misses_a_step(wishes: ReminderSettings) -> None:
    assert tuple(wishes.steps) == rules.REMINDER_STEPS_DAYS
    assert not wishes.is_muted(now=NOW)
    assert not wishes.is_unsubscribed(now=NOW)


def test_new_settings_are_looked_at(world: World) -> None:
    made = ReminderSettings.objects.create(user=world.alice.user, remind_at=None)
    made.refresh_from_db()
    assert made.remind_at == EPOCH


@pytest.mark.parametrize(
    ("change", "is_looked_at"),
    [
        ({"steps": [1]}, True),
        ({"time_zone": "Asia/Tokyo"}, True),
        ({"muted_until": NOW}, True),
        ({"unsubscribed_until": NOW}, True),
        ({"welcomed_at": NOW}, False),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else "",
)
def test_other_wishes_have_the_person_looked_at(
    wishes: ReminderSettings, change: dict[str, Any], *, is_looked_at: bool
) -> None:
    ReminderSettings.objects.update(**change)
    wishes.refresh_from_db()
    assert (wishes.remind_at == EPOCH) is is_looked_at


def test_a_mute_has_an_end(wishes: ReminderSettings) -> None:
    wishes.muted_until = wishes.unsubscribed_until = NOW
    before = NOW - timedelta(seconds=1)
    assert (wishes.is_muted(now=before), wishes.is_muted(now=NOW)) == (True, False)
    assert (wishes.is_unsubscribed(now=before), wishes.is_unsubscribed(now=NOW)) == (True, False)


@pytest.mark.parametrize("steps", [[2], [30, 60], [7, 7, 8]])
def test_there_are_no_other_steps(world: World, steps: list[int]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ReminderSettings.objects.create(user=world.alice.user, steps=steps)


def test_a_step_of_an_end_is_announced_once(pat: Pat) -> None:
    facts: dict[str, Any] = {"pat": pat, "valid_to": pat.valid_to, "made_at": NOW}
    Reminder.objects.create(step_days=7, **facts)
    Reminder.objects.create(step_days=3, **facts)
    Reminder.objects.create(step_days=7, **facts | {"valid_to": pat.valid_to + timedelta(days=1)})
    for again in ({"step_days": 7}, {"step_days": 5}, {"step_days": 1, "state": "perhaps"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Reminder.objects.create(**facts | again)


def test_reminders_go_with_the_pat_and_settings_with_the_person(pat: Pat, wishes: ReminderSettings) -> None:
    Reminder.objects.create(pat=pat, valid_to=pat.valid_to, step_days=7, made_at=NOW)
    assert str(wishes) == f"reminders of {wishes.user_id}"
    assert str(Reminder.objects.get()) == f"7 days before the end of {pat.pk}"
    User.objects.get(pk=wishes.user_id).delete()
    assert (Reminder.objects.count(), ReminderSettings.objects.count()) == (0, 0)
    assert Organization.objects.exists()
