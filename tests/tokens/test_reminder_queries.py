"""At whom to look, and what several mails announce when that is looked up together."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests.people import Person, World
from tests.tokens.operations.reminder_scene import DAY, HOUR, NINE, ending, known, look, looked_at
from tests.tokens.views.rows import make_pats, set_access
from tokens.models import OutgoingMail, Pat, Reminder, ReminderSettings
from tokens.reminder_queries import (
    AT_HAND_FOR,
    announced_by,
    look_up,
    people_to_look_at,
    stale_since,
    untrue_of,
    zone_of,
)


@pytest.fixture
def owner(world: World) -> Person:
    """Alice, who is known for long."""
    return known(world.alice, world)


def test_who_has_something_due_or_wants_something_else_is_looked_at_once(world: World, owner: Person) -> None:
    bob, carol = known(world.bob, world), known(world.carol, world)
    for name in ("a", "b"):
        ending(world, owner, name)
    looked_at(ending(world, carol, "later"), NINE + DAY)
    assert people_to_look_at(now=NINE) == [owner.user.pk]
    ReminderSettings.objects.filter(user__in=[owner.user, bob.user]).update(muted_until=NINE + DAY)
    assert people_to_look_at(now=NINE) == sorted([owner.user.pk, bob.user.pk])


def test_they_are_found_by_an_index(world: World, owner: Person) -> None:
    make_pats(world, owner, [f"ci-{number}" for number in range(2_000)])
    Pat.objects.update(remind_at=NINE + DAY)
    ending(world, owner, "due")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tokens_pat")
    plan = Pat.objects.filter(remind_at__lte=NINE).values_list("user_id").distinct().explain()
    assert "tokens_pat_to_remind" in plan
    assert "Seq Scan" not in plan


def mails_of(world: World, *people: Person) -> list[OutgoingMail]:
    """Return the digests of people of whom two PATs each are announced."""
    for person in people:
        for days in (7, 3):
            ending(world, person, f"{person.name}-{days}", days=days)
    return look()


def test_what_several_mails_announce_is_each_ones_own(
    world: World, owner: Person, django_assert_num_queries: Any
) -> None:
    mails = mails_of(world, owner, known(world.bob, world))
    Pat.objects.filter(name="bob-7").update(revoked_at=NINE)
    with django_assert_num_queries(4):
        look_up(mails, now=NINE)
    with django_assert_num_queries(0):
        told = {mail.user_id: [one.pat.name for one in announced_by(mail, now=NINE)] for mail in mails}
        untrue = [one for mail in mails for one in untrue_of(mail, now=NINE)]
    assert told == {owner.user.pk: ["alice-3", "alice-7"], world.bob.user.pk: ["bob-3"]}
    assert untrue == [Reminder.objects.get(pat__name="bob-7").pk]


def test_what_was_looked_up_together_serves_for_some_seconds_alone(world: World, owner: Person) -> None:
    (mail,) = mails_of(world, owner)
    look_up([mail], now=NINE)
    Pat.objects.update(revoked_at=NINE)
    assert len(announced_by(mail, now=NINE + AT_HAND_FOR)) == 2
    assert announced_by(mail, now=NINE + AT_HAND_FOR + timedelta(seconds=1)) == []


def test_how_old_what_is_known_is(world: World, owner: Person) -> None:
    set_access(owner, world, at=NINE - 13 * HOUR)
    stale, touched = ending(world, owner, "stale"), ending(world, owner, "touched", changed_at=NINE - HOUR)
    assert stale_since([stale, touched], now=NINE) == {stale.pk: NINE - 13 * HOUR}
    set_access(owner, world, at=NINE - HOUR)
    assert stale_since([stale, touched], now=NINE) == {}


def test_a_zone_that_nobody_knows_is_the_portals(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    named = ["", "Mars/Olympus", "../etc/passwd", "Asia/Tokyo"]
    assert [zone_of(name).key for name in named] == ["Europe/Berlin"] * 3 + ["Asia/Tokyo"]
