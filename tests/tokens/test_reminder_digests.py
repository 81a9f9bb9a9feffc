"""Which digest tells of a PAT, under which key, and what a day has had."""

from datetime import timedelta
from typing import Any

import pytest

from tests.people import Person, World
from tests.tokens.operations.reminder_scene import DAY, NINE
from tests.tokens.test_reminder_plan import NINE as PLAN_NINE
from tests.tokens.test_reminder_plan import pat
from tokens.models import OutgoingMail
from tokens.reminder_digests import DIGESTS, Digests, digests_of, kind_of, mail_key, untried

Kind = OutgoingMail.Kind


def test_what_microsoft_stops_first_has_its_own_kind(settings: Any) -> None:
    settings.GLOBAL_PATS_STOP_ON = (PLAN_NINE + 7 * DAY).date()
    assert kind_of(pat(60, is_global=True)) == Kind.GLOBAL_STOP
    assert kind_of(pat(3, is_global=True)) == Kind.REMINDER_DIGEST
    assert kind_of(pat(60)) == Kind.REMINDER_DIGEST


def test_a_key_names_kind_person_and_day() -> None:
    assert mail_key(Kind.GLOBAL_STOP, 7, PLAN_NINE.date()) == "global_stop:7:2026-09-15"
    assert mail_key(Kind.BACKUP_REMINDER, 7, PLAN_NINE.date(), 3, 4) == "backup_reminder:7:2026-09-15:3:4"


def made(person: Person, kind: OutgoingMail.Kind, *further: int, **columns: Any) -> None:
    key = mail_key(kind, person.user.pk, NINE.date(), *further)
    OutgoingMail.objects.create(kind=kind, key=key, user=person.user, **{"due_at": NINE, **columns})


@pytest.mark.parametrize(
    ("columns", "counts"),
    [({}, True), ({"sent_at": NINE}, True), ({"given_up_at": NINE}, False), ({"not_needed_at": NINE}, False)],
)
def test_a_day_has_had_what_was_sent_or_waits(world: World, columns: dict[str, Any], *, counts: bool) -> None:
    alice, bob = world.alice, world.bob
    made(alice, Kind.REMINDER_DIGEST, **columns)
    made(alice, Kind.REMINDER_DIGEST, 1, not_needed_at=NINE)
    made(bob, Kind.WELCOME_DIGEST, **columns, due_at=NINE + DAY)
    days = {one.user.pk: NINE.date() for one in (alice, bob, world.carol)}
    found = digests_of(days, now=NINE + DAY - timedelta(minutes=1))
    ids = dict(OutgoingMail.objects.filter(not_needed_at=None).values_list("kind", "pk"))
    assert found[alice.user.pk] == Digests(
        {Kind.REMINDER_DIGEST: 2},
        {Kind.REMINDER_DIGEST} if counts else set(),
        {} if columns else {Kind.REMINDER_DIGEST: ids[Kind.REMINDER_DIGEST]},
    )
    assert found[bob.user.pk] == Digests(
        {Kind.WELCOME_DIGEST: 1},
        set(DIGESTS) if counts else set(),
        {} if columns else dict.fromkeys(DIGESTS, ids[Kind.WELCOME_DIGEST]),
    )
    assert found[world.carol.user.pk] == Digests({}, set())
    another_day = digests_of({alice.user.pk: (NINE + DAY).date()}, now=NINE + DAY)
    assert another_day[alice.user.pk] == Digests({}, set())


@pytest.mark.parametrize(
    ("columns", "is_found"),
    [
        ({}, True),
        ({"due_at": NINE + DAY}, False),
        ({"claimed_until": NINE + DAY, "attempts": 1}, False),
        ({"claimed_until": NINE - DAY, "attempts": 1}, False),
        ({"attempts": 1}, False),
        ({"sent_at": NINE}, False),
        ({"given_up_at": NINE}, False),
        ({"not_needed_at": NINE}, False),
    ],
)
def test_untried_is_what_nobody_has_begun_to_send(
    world: World, columns: dict[str, Any], *, is_found: bool
) -> None:
    made(world.alice, Kind.REMINDER_DIGEST, **columns)
    mail = OutgoingMail.objects.get()
    assert list(untried([mail.pk], now=NINE)) == ([mail] if is_found else [])
    assert not untried([], now=NINE).exists()
