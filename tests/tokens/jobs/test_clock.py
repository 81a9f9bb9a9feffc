"""What the clock brings is recorded once, and what is over is cleared away."""

from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.alarms import open_alarms
from accounts.models import Grant, SignIn
from tests.people import Person, World
from tests.tokens.jobs.runs import run
from tests.tokens.operations.scene import Record
from tests.tokens.views.rows import make_feed
from tokens import operations
from tokens.models import CalendarFeed, Operation, Pat


def test_expired_sessions_are_deleted_and_no_others(db: None) -> None:
    now = timezone.now()
    Session.objects.create(session_key="a" * 32, session_data="", expire_date=now - timedelta(seconds=1))
    Session.objects.create(session_key="b" * 32, session_data="", expire_date=now + timedelta(hours=1))
    run("tokens.clear_sessions", timestamp=0)
    assert [one.session_key for one in Session.objects.all()] == ["b" * 32]


def test_a_credential_that_ends_soon_raises_an_alarm(settings: Any, db: None) -> None:
    settings.ENTRA_CLIENT_SECRET_EXPIRES_ON = (timezone.now() + timedelta(days=10)).date()
    run("tokens.watch_credentials", timestamp=0)
    assert [alarm.code for alarm in open_alarms()] == ["credential_expires"]


def test_old_rows_of_sessions_are_deleted_and_no_others(world: World) -> None:
    old, lasting = world.sign_in("alice"), world.sign_in("alice")
    SignIn.objects.filter(pk=old.browser.session["sign_in_id"]).update(
        ended_at=timezone.now() - timedelta(days=2)
    )
    run("tokens.clear_sessions", timestamp=0)
    assert [one.pk for one in SignIn.objects.all()] == [lasting.browser.session["sign_in_id"]]


def test_what_nobody_did_is_recorded_by_the_clock(world: World, alice: Person) -> None:
    pat = operations.create_pat(**world.create_arguments(alice)).pat
    record, long_ago = Record(), timezone.now() - timedelta(days=2)
    Pat.objects.filter(pk=pat.pk).update(valid_to=long_ago)
    SignIn.objects.update(last_seen_at=long_ago)
    operations.count_refused_sign_in(network="203.0.113.7", now=long_ago)
    for _ in range(2):
        run("tokens.sweep_clocks", timestamp=0)
    assert record.types == ["pat.expired", "auth.session_ended", "auth.sign_ins_refused"]
    assert len({event.request_id for event in record.events} - {""}) == 1
    assert record.events[1].data == {"reason": "session_idle", "sessions": 1}


def test_no_session_is_cleared_away_untold(world: World, alice: Person) -> None:
    record = Record()
    SignIn.objects.update(started_at=timezone.now() - timedelta(days=9))
    run("tokens.clear_sessions", timestamp=0)
    assert record.of("auth.session_ended").data == {"reason": "session_too_old", "sessions": 1}
    assert SignIn.objects.count() == 1


def test_access_that_is_too_old_ends_by_the_clock(world: World, alice: Person) -> None:
    record = Record()
    Grant.objects.update(interactive_at=timezone.now() - timedelta(days=31))
    for _ in range(2):
        run("tokens.end_grants", timestamp=0)
    assert not Grant.objects.exists()
    assert record.of("auth.grant_deleted").data == {"reason": "too_old"}
    assert record.of("auth.grant_deleted").request_id


def test_what_may_not_be_kept_any_more_is_taken_out_by_the_clock(
    world: World, alice: Person, settings: Any
) -> None:
    settings.BACKGROUND_ACCESS = "off"
    run("tokens.end_grants", timestamp=0)
    assert not Grant.objects.get().is_renewable


def test_what_is_past_its_time_goes_by_the_clock(world: World, alice: Person) -> None:
    operations.create_pat(**world.create_arguments(alice))
    long_ago = timezone.now() - timedelta(days=401)
    Operation.objects.update(requested_at=long_ago, finished_at=long_ago)
    record = Record()
    for _ in range(2):
        run("tokens.clear_old_rows", timestamp=0)
    assert record.types == ["upkeep.cleared"]
    assert not Operation.objects.exists()


def test_calendar_addresses_of_people_who_stay_away_end(world: World, settings: Any) -> None:
    settings.GRANT_MAX_DAYS = 90
    make_feed(world.alice)
    kept = make_feed(world.bob)
    Grant.objects.filter(user=world.alice.user).update(interactive_at=timezone.now() - timedelta(days=31))
    run("tokens.end_grants", timestamp=0)
    assert list(CalendarFeed.objects.all()) == [kept]
    assert Grant.objects.filter(user=world.alice.user).exists()
