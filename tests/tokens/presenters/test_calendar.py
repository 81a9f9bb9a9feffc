"""PATs as entries of a calendar: what moves them, and what a minimal one leaves out."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from patportal.lib.ics import Entry
from tests.tokens.presenters.rows import ALPHA, DAY, NOW, pat
from tokens.models import CalendarFeed, Pat, Place
from tokens.presenters import calendar_of, feed_row

MINIMAL, FULL = CalendarFeed(detail="minimal", position=1), CalendarFeed(detail="full", position=2)
FRESH: dict[int, datetime | None] = {1: NOW - timedelta(hours=1)}


def entries(*pats: Pat, feed: CalendarFeed = MINIMAL, read_at: Any = FRESH) -> list[Entry]:
    return list(calendar_of(feed, list(pats), read_at=read_at, now=NOW).entries)


def secretive(**changes: Any) -> Pat:
    """Return a PAT about which there is much to tell."""
    places = [Place(position=0, text="pipeline 7"), Place(position=1, text="build-3")]
    return pat(name="ci-deploy", purpose="deploys the shop", places=places, **changes)


def test_an_entry_stands_where_the_pat_stops_with_the_way_to_it() -> None:
    one = pat()
    (entry,) = entries(one)
    assert entry.at == one.valid_to
    assert entry.url == f"{settings.PORTAL_BASE_URL}/tokens/{one.pk}"
    assert entry.uid == f"pat-{one.pk}@127.0.0.1"
    assert (entry.summary, entry.description) == (
        "A token expires",
        f"Open it in the portal: {entry.url}",
    )


def test_a_minimal_calendar_tells_nothing_else() -> None:
    text = str(entries(secretive()) + entries(secretive(ends_at=NOW + DAY)))
    for hidden in ("ci-deploy", "alpha", "Code", "shop", "pipeline", "build"):
        assert hidden not in text


def test_a_full_one_tells_what_it_is_and_where_it_is_used() -> None:
    (entry,) = entries(secretive(), feed=FULL)
    assert entry.summary == "Token “ci-deploy” expires (alpha)"
    assert entry.description.splitlines()[:-1] == [
        "Organization: alpha",
        "Scopes: Code (read)",
        "Purpose: deploys the shop",
        "Used in: pipeline 7, build-3",
    ]


def test_one_for_all_organizations_says_so() -> None:
    (entry,) = entries(pat(is_global=True), feed=FULL)
    assert "Organization: all of yours" in entry.description


def test_the_old_one_of_a_rotation_stands_at_its_earlier_end() -> None:
    old = pat(ends_at=NOW + DAY)
    (minimal,), (full,) = entries(old), entries(old, feed=FULL)
    assert minimal.at == full.at == NOW + DAY
    assert (minimal.summary, full.summary) == (
        "A token ends as planned",
        "Token “ci-deploy” ends as planned (alpha)",
    )


def test_an_extension_moves_the_same_entry() -> None:
    one = pat()
    (before,) = entries(one)
    one.valid_to, one.written_at = one.valid_to + 30 * DAY, NOW
    (after,) = entries(one)
    assert after.uid == before.uid
    assert after.at - before.at == 30 * DAY
    assert after.sequence > before.sequence
    assert (before.changed_at, after.changed_at) == (NOW - 20 * DAY, NOW)


def test_as_long_as_nothing_changes_the_calendar_is_the_same() -> None:
    one = secretive()
    later = calendar_of(FULL, [one], read_at={1: NOW + 30 * DAY}, now=NOW + 30 * DAY)
    assert list(later.entries) == entries(one, feed=FULL)


def test_the_soonest_comes_first_whatever_the_order_of_rows() -> None:
    sooner, later = pat(valid_to=NOW + DAY), pat(valid_to=NOW + 2 * DAY)
    assert entries(later, sooner) == entries(sooner, later)
    assert [one.at for one in entries(later, sooner)] == [NOW + DAY, NOW + 2 * DAY]


@pytest.mark.parametrize("feed", [MINIMAL, FULL], ids=["minimal", "full"])
def test_what_was_read_long_ago_says_so(feed: CalendarFeed) -> None:
    fresh = entries(pat(), feed=feed, read_at={ALPHA.pk: NOW - 2 * DAY})[0].description
    old = entries(pat(), feed=feed, read_at={ALPHA.pk: NOW - 2 * DAY - timedelta(seconds=1)})[0].description
    never = entries(pat(), feed=feed, read_at={})[0].description
    assert "read this" not in fresh
    assert "The portal last read this from Azure DevOps on 13 June 2026; it may have changed since." in old
    assert "has not read this from Azure DevOps yet" in never


def test_its_owner_sees_what_it_tells_and_when_it_was_read() -> None:
    made_at = timezone.now()
    row = feed_row(CalendarFeed(detail="full", position=2, created_at=made_at))
    assert (row.number, row.tells) == (2, "Names, scopes and notes")
    assert (row.created_at, row.last_used_at) == (made_at, None)
    assert row.end_url.startswith("/settings/calendars/")
