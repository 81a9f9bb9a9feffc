"""What calendar feeds read."""

from datetime import timedelta

from django.utils import timezone

from tests.people import World
from tests.tokens.views.rows import make_feed, make_pat, set_access
from tokens.calendar_queries import calendar_pats, feed_of_address, read_at_by_organization
from tokens.models import hash_of_address, new_calendar_address

DAY = timedelta(days=1)


def test_an_address_opens_its_own_feed_while_its_owner_comes_by(world: World) -> None:
    address, now = new_calendar_address(), timezone.now()
    feed = make_feed(world.alice, address=address)
    make_feed(world.bob)
    assert feed_of_address(address, now=now) == feed
    assert feed_of_address(address, now=now + 29 * DAY) == feed
    assert feed_of_address(address, now=now + 31 * DAY) is None
    assert feed_of_address(new_calendar_address(), now=now) is None
    assert feed_of_address(hash_of_address(address), now=now) is None
    assert feed_of_address("", now=now) is None


def test_it_holds_what_works_and_what_expired_lately(world: World) -> None:
    alice, now = world.alice, timezone.now()
    works = make_pat(world, alice, "works")
    expired = make_pat(world, alice, "expired", ends_in=-89 * DAY)
    make_pat(world, alice, "expired long ago", ends_in=-91 * DAY)
    make_pat(world, alice, "revoked", revoked_at=now)
    make_pat(world, alice, "vanished", vanished_at=now)
    make_pat(world, world.bob, "bob's")
    assert calendar_pats(alice.user, now=now) == [works, expired]


def test_global_ones_stay_for_a_while_after_microsoft_ended_them(world: World) -> None:
    alice, now = world.alice, timezone.now()
    pat = make_pat(world, alice, "global", is_global=True, ends_in=300 * DAY)
    assert calendar_pats(alice.user, now=now + 96 * DAY) == [pat]
    assert calendar_pats(alice.user, now=now + 99 * DAY) == []


def test_each_organization_says_when_it_was_read(world: World) -> None:
    alice, at = world.alice, timezone.now()
    pat = make_pat(world, alice)
    set_access(alice, world, at=at)
    assert read_at_by_organization(alice.user, [pat]) == {world.alpha.pk: at}
