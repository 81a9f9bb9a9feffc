"""A person's own events as they read them: days, and on each day sentences in the second person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.user_agents import browser_in_words
from patportal.lib.notation import written
from patportal.lib.texts import called
from tokens.models import AuditEvent, Outcome
from tokens.presenters._addresses import address
from tokens.presenters._audit_sentences import (
    Reader,
    Sentence,
    event_icon,
    outcome_badge,
    pat_name_of,
    sentence,
)
from tokens.presenters._events import Detail, event_details
from tokens.presenters._pats import Badge


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One event; `outcome` is None where all went well, `pat_url` empty where there is no page to go to."""

    at: datetime
    icon: str
    sentence: Sentence
    outcome: Badge | None
    details: list[Detail]
    pat_name: str
    pat_url: str


@dataclass(frozen=True, slots=True)
class ActivityDay:
    """The events of one day, the newest first."""

    heading: str
    lines: list[ActivityLine]


def activity_days(
    events: list[AuditEvent], *, reader: Reader, pat_ids: Mapping[UUID, UUID], now: datetime
) -> list[ActivityDay]:
    """Return the days of `events`, in their order; `pat_ids` are the person's PATs by authorization id."""
    days = groupby(events, key=lambda event: localdate(event.at))
    return [
        ActivityDay(_heading(day, localdate(now)), [_line(event, reader, pat_ids) for event in found])
        for day, found in days
    ]


def _heading(day: date, today: date) -> str:
    words = written(day, "long weekday")
    near = {today: _("Today"), today - timedelta(days=1): _("Yesterday")}.get(day)
    return _("%(near)s, %(day)s") % {"near": near, "day": words} if near else words


def _line(event: AuditEvent, reader: Reader, pat_ids: Mapping[UUID, UUID]) -> ActivityLine:
    pat_id = pat_ids.get(event.authorization_id) if event.authorization_id else None
    is_plain = event.outcome in {Outcome.SUCCESS, Outcome.REQUESTED}
    return ActivityLine(
        at=event.at,
        icon=event_icon(event),
        sentence=sentence(event, reader=reader),
        outcome=None if is_plain else outcome_badge(event),
        details=[*event_details(event, but=_IDS, is_own=True), *_origin(event, reader)],
        pat_name=called(pat_name_of(event)) if pat_id else "",
        pat_url=address("pat_detail", pat_id) if pat_id else "",
    )


def _origin(event: AuditEvent, reader: Reader) -> list[Detail]:
    """Return from where the person acted; where others were is not theirs to know."""
    if (event.actor_tenant_id, event.actor_object_id) != (reader.tenant_id, reader.object_id):
        return []
    browser = browser_in_words(event.user_agent) if event.user_agent else ""
    said = {_("Network address"): event.address, _("Browser"): browser}
    return [Detail(label, value) for label, value in said.items() if value]


_IDS = {"authorization_id", "bulk_id", "mail_id", "replaces", "successor"}
