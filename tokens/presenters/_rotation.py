"""Rotations in words: how long the old PAT goes on to work, what becomes of it, and what is unfinished."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from patportal.lib.notation import written
from patportal.templatetags.portal import relative
from tokens import rules
from tokens.models import Organization, Pat

_OVERLAPS = {
    "none": ("None", "The old one ends at once: whatever still uses it stops."),
    "hour": ("1 hour", "Enough to change one place yourself."),
    "day": ("24 hours", "Enough to change several places and to notice one that was forgotten."),
    "week": ("7 days", "Enough for what runs only once a week."),
}


@dataclass(frozen=True, slots=True)
class OverlapOption:
    """One overlap to choose; `ends_at` is when the old PAT would end if the secret were stored now."""

    value: str
    label: str
    sentence: str
    ends_at: datetime
    is_at_once: bool
    is_bounded: bool
    is_selected: bool


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What becomes of the old PAT: `before`, its name and `sentence` read as one.

    `ends_at` is when it would end if the secret were stored now; None where the portal does not end it.
    """

    before: str
    name: str
    sentence: str
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A successor that is there already; `waits` tells that nobody confirmed that its secret is stored."""

    name: str
    organization: str
    issued_at: datetime | None
    valid_to: datetime
    waits: bool
    received_url: str
    revoke_url: str
    detail_url: str
    rotate_url: str


def life_days(pat: Pat) -> int:
    """Return for how many days `pat` was made to live, within what may be asked for."""
    full_valid_to = max(pat.full_valid_to or pat.valid_to, pat.valid_to)
    days = round((full_valid_to - pat.valid_from) / timedelta(days=1))
    return max(1, min(days, rules.MAX_LIFE.days))


def can_overlap(pat: Pat, *, now: datetime) -> bool:
    """Tell whether the portal ends `pat` after a rotation: one that works, in one organization."""
    return pat.is_active(now=now) and not pat.is_global


def overlap_options(pat: Pat, *, selected: str, now: datetime) -> list[OverlapOption]:
    """Return the overlaps to choose from; none goes on beyond the expiry of `pat`."""
    return [
        OverlapOption(
            value=value,
            label=_OVERLAPS[value][0],
            sentence=_OVERLAPS[value][1],
            ends_at=min(now + overlap, pat.valid_to),
            is_at_once=not overlap,
            is_bounded=now + overlap > pat.valid_to,
            is_selected=value == selected,
        )
        for value, overlap in rules.OVERLAPS.items()
    ]


def aftermath(old: Pat, *, overlap: timedelta | None, now: datetime) -> Aftermath:
    """Return what becomes of `old` once the secret of its successor is stored."""
    if not old.is_active(now=now):
        return Aftermath("It takes the place of the old", old.name, "which has ended.", None)
    if overlap is None or old.is_global:
        where = " in all organizations" if old.is_global else ""
        sentence = f"by itself: it goes on to work{where} until you revoke it."
        return Aftermath("Nothing happens to the old", old.name, sentence, None)
    lasts = next((label for value, (label, _) in _OVERLAPS.items() if rules.OVERLAPS[value] == overlap), "")
    sentence = f"works on for {lasts}, then it ends by itself." if overlap else "ends at once."
    return Aftermath(
        "Until you say that you have stored the new secret, nothing happens to the old token. "
        "After that the old",
        old.name,
        sentence,
        min(now + overlap, old.valid_to),
    )


def open_successor(pat: Pat, organization: Organization, *, now: datetime) -> Pat | None:
    """Return the successor of `pat` in `organization` that works, one that nobody received first."""
    working = [
        one
        for one in pat.successors.all()
        if one.organization_id == organization.pk
        and one.is_active(now=now)
        and one.revocation_sent_at is None
    ]
    return min(working, key=lambda one: one.received_at is not None, default=None)


def unfinished(successor: Pat) -> Unfinished:
    """Return what the page shows of a successor that stands in the way of another one."""
    ids = [successor.pk]
    return Unfinished(
        name=successor.name,
        organization=successor.organization.name,
        issued_at=successor.issued_at,
        valid_to=successor.valid_to,
        waits=successor.received_at is None,
        received_url=reverse("pat_received", args=ids),
        revoke_url=reverse("pat_revoke", args=ids),
        detail_url=reverse("pat_detail", args=ids),
        rotate_url=reverse("pat_rotate", args=ids),
    )


def end_sentence(old: Pat, *, now: datetime) -> str:
    """Return when the portal ends `old`, "" where it does not; for a message that is plain text."""
    if old.ends_at is None or not old.is_active(now=now):
        return ""
    if old.ends_at <= now:
        return f"The old “{old.name}” is being ended now."
    return f"The old “{old.name}” works until {moment_words(old.ends_at, now=now)}, then it ends by itself."


def moment_words(at: datetime, *, now: datetime) -> str:
    """Return a moment exact and relative, for a message that is plain text."""
    return f"{written(timezone.localtime(at), 'zoned')} ({relative(at, now)})"
