"""A person's PATs as a calendar: one entry for each, on the moment at which it stops working.

What is read outside the portal is as plain as its owner chose: names and notes only where the feed is full.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patportal.lib.ics import Calendar, Entry
from patportal.lib.notation import written
from tokens.models import CalendarFeed, Pat
from tokens.presenters._pats import scope_labels

# The portal reads Azure DevOps every few hours; what is older than this is told with its age.
_STALE_AFTER = timedelta(days=2)
_REFRESH_HOURS = 6
_UNREAD = _("The portal has not read this from Azure DevOps yet; it may have changed.")


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One calendar address as its owner's page shows it; the address itself is not known any more."""

    number: int
    tells: str
    created_at: datetime
    last_used_at: datetime | None
    end_url: str


def feed_row(feed: CalendarFeed) -> FeedRow:
    """Return what the page shows of a calendar address."""
    return FeedRow(
        number=feed.position,
        tells=f"{feed.get_detail_display()[:1].upper()}{feed.get_detail_display()[1:]}",
        created_at=feed.created_at,
        last_used_at=feed.last_used_at,
        end_url=reverse("calendar_end", args=[feed.pk]),
    )


def calendar_of(
    feed: CalendarFeed, pats: list[Pat], *, read_at: Mapping[int, datetime | None], now: datetime
) -> Calendar:
    """Return the calendar of `feed`.

    `read_at` is when the organization of each PAT was last read, by the organization's id.
    """
    return Calendar(
        name=gettext("Tokens that expire (PAT Portal)"),
        product="PAT Portal//Expiry of tokens",
        refresh_hours=_REFRESH_HOURS,
        entries=[
            _entry(pat, is_full=feed.is_full, stale=_stale_sentence(read_at.get(pat.organization_id), now))
            for pat in sorted(pats, key=lambda pat: (pat.stops_at, pat.pk))
        ],
    )


def _entry(pat: Pat, *, is_full: bool, stale: str) -> Entry:
    url = f"{settings.PORTAL_BASE_URL}{reverse('pat_detail', args=[pat.pk])}"
    told = [
        *(_facts(pat) if is_full else []),
        stale,
        gettext("Open it in the portal: %(url)s") % {"url": url},
    ]
    return Entry(
        uid=f"pat-{pat.pk}@{urlsplit(settings.PORTAL_BASE_URL).hostname}",
        at=pat.stops_at,
        created_at=pat.first_seen_at,
        changed_at=pat.written_at,
        # Whatever moves or changes it is written then, and later than anything before.
        sequence=int((pat.written_at - pat.first_seen_at).total_seconds()),
        summary=_summary(pat, is_full=is_full),
        description="\n".join(filter(None, told)),
        url=url,
    )


def _summary(pat: Pat, *, is_full: bool) -> str:
    # The portal ends it, because another has taken its place: nobody has to do anything.
    is_planned = pat.ends_at is not None
    if not is_full:
        return gettext("A token ends as planned") if is_planned else gettext("A token expires")
    if is_planned:
        told = gettext("Token “%(name)s” ends as planned (%(organization)s)")
    else:
        told = gettext("Token “%(name)s” expires (%(organization)s)")
    return told % {"name": pat, "organization": pat.organization.name}


def _facts(pat: Pat) -> Iterator[str]:
    if pat.is_global:
        yield gettext("Organization: all of yours")
    else:
        yield gettext("Organization: %(name)s") % {"name": pat.organization.name}
    yield gettext("Scopes: %(labels)s") % {
        "labels": ", ".join(str(scope.label) for scope in scope_labels(pat.scopes))
    }
    if pat.purpose:
        yield gettext("Purpose: %(purpose)s") % {"purpose": pat.purpose}
    if places := [place.text for place in pat.places.all()]:
        yield gettext("Used in: %(places)s") % {"places": ", ".join(places)}


def _stale_sentence(read_at: datetime | None, now: datetime) -> str:
    """Return what to say of facts that were read long ago, "" where they are fresh."""
    if read_at is None:
        return str(_UNREAD)
    if now - read_at <= _STALE_AFTER:
        return ""
    day = written(localtime(read_at), "long day")
    told = gettext("The portal last read this from Azure DevOps on %(day)s; it may have changed since.")
    return told % {"day": day}
