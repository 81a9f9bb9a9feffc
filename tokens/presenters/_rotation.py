"""Rotations in words: how long the old PAT goes on to work, what becomes of it, and what is unfinished."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from patportal.lib.texts import Text
from tokens import rules
from tokens.models import Organization, Pat
from tokens.presenters._differences import moment_text

_OVERLAPS = {
    "none": (
        pgettext_lazy("no overlap", "None"),
        _("The old one ends at once: whatever still uses it stops."),
    ),
    "hour": (_("1 hour"), _("Enough to change one place yourself.")),
    "day": (_("24 hours"), _("Enough to change several places and to notice one that was forgotten.")),
    "week": (_("7 days"), _("Enough for what runs only once a week.")),
}


_OLD_HAS_ENDED = _("It takes the place of the old <bdi>{name}</bdi> which has ended.")
_OLD_GOES_ON = _(
    "Nothing happens to the old <bdi>{name}</bdi> by itself: it goes on to work until you revoke it."
)
_GLOBAL_GOES_ON = _(
    "Nothing happens to the old <bdi>{name}</bdi> by itself: it goes on to work in all organizations until "
    "you revoke it."
)
_OLD_LASTS = {
    "none": _(
        "Until you say that you have stored the new secret, nothing happens to the old token. After that the "
        "old <bdi>{name}</bdi> ends at once."
    ),
    "hour": _(
        "Until you say that you have stored the new secret, nothing happens to the old token. After that the "
        "old <bdi>{name}</bdi> works on for 1 hour, then it ends by itself."
    ),
    "day": _(
        "Until you say that you have stored the new secret, nothing happens to the old token. After that the "
        "old <bdi>{name}</bdi> works on for 24 hours, then it ends by itself."
    ),
    "week": _(
        "Until you say that you have stored the new secret, nothing happens to the old token. After that the "
        "old <bdi>{name}</bdi> works on for 7 days, then it ends by itself."
    ),
}
_OLD_LASTS_A_WHILE = _(
    "Until you say that you have stored the new secret, nothing happens to the old token. After that the old "
    "<bdi>{name}</bdi> works on for a while, then it ends by itself."
)


@dataclass(frozen=True, slots=True)
class OverlapOption:
    """One overlap to choose; `ends_at` is when the old PAT would end if the secret were stored now."""

    value: str
    label: Text
    sentence: Text
    ends_at: datetime
    is_at_once: bool
    is_bounded: bool
    is_selected: bool


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What becomes of the old PAT: a sentence into which its name is to be filled.

    `ends_at` is when it would end if the secret were stored now; None where the portal does not end it.
    """

    sentence: Text
    name: str
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
        told, ends_at = _OLD_HAS_ENDED, None
    elif overlap is None or old.is_global:
        told, ends_at = _GLOBAL_GOES_ON if old.is_global else _OLD_GOES_ON, None
    else:
        known = {rules.OVERLAPS[value]: told for value, told in _OLD_LASTS.items()}
        told, ends_at = known.get(overlap, _OLD_LASTS_A_WHILE), min(now + overlap, old.valid_to)
    return Aftermath(told, str(old), ends_at)


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
        name=str(successor),
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
        return gettext("The old “%(name)s” is being ended now.") % {"name": old}
    until = moment_words(old.ends_at, now=now)
    told = gettext("The old “%(name)s” works until %(until)s, then it ends by itself.")
    return told % {"name": old, "until": until}


def moment_words(at: datetime, *, now: datetime) -> str:
    """Return a moment exact and relative, for a message that is plain text."""
    return moment_text(at, now)
