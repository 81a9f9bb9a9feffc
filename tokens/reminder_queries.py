"""Reminders as they are read: what a mail announces, whether that still holds, and from when it is known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from tokens import rules
from tokens.models import OrganizationAccess, OutgoingMail, Pat, Reminder


@dataclass(frozen=True, slots=True)
class Announced:
    """One PAT as a mail announces it: when it stops, how many days before, and from when that is known.

    `as_of` is None where the mirror is fresh enough to say nothing about that.
    """

    pat: Pat
    stops_at: datetime
    step_days: int
    as_of: datetime | None


def is_dormant(user: User, *, now: datetime) -> bool:
    """Tell whether a person has not signed in for so long that their backup owners are told as well."""
    return user.signed_in_at is None or now - user.signed_in_at > rules.DORMANT_AFTER


def is_taken_over() -> Q:
    """Return the condition of a PAT whose end is set because a successor, stored and working, took over."""
    successors = Pat.objects.filter(
        replaces=OuterRef("pk"), received_at__isnull=False, revoked_at=None, vanished_at=None
    )
    return Q(Exists(successors), ends_at__isnull=False)


def announced_by(mail: OutgoingMail, *, now: datetime) -> list[Announced]:
    """Return what a mail still has to announce, soonest first; the mail of a backup owner as its owner's."""
    rows = waiting_of(mail).select_related("pat__organization", "pat__user").order_by("valid_to", "pk")
    reminders = list(rows)
    known = stale_since([one.pat for one in reminders], now=now)
    return [
        Announced(pat=one.pat, stops_at=one.valid_to, step_days=one.step_days, as_of=known.get(one.pat_id))
        for one in reminders
    ]


def waiting_of(mail: OutgoingMail) -> QuerySet[Reminder]:
    """Return the reminders that a mail is to announce; a backup owner's names those of its owner's."""
    if mail.kind == OutgoingMail.Kind.BACKUP_REMINDER:
        return Reminder.objects.filter(pk__in=mail.facts["reminder_ids"])
    return Reminder.objects.filter(mail=mail, state=Reminder.State.WAITING)


def stale_since(pats: Iterable[Pat], *, now: datetime) -> dict[UUID, datetime]:
    """Return for each PAT whose mirror was not read as often as it should when it was last known as it is.

    The PATs come with their `user`.
    """
    found = list(pats)
    access = OrganizationAccess.objects.filter(
        user__in={pat.user_id for pat in found}, organization__in={pat.organization_id for pat in found}
    )
    read = {(row.user_id, row.organization_id): row.read_at for row in access}
    stale = {}
    for pat in found:
        told = (read.get((pat.user_id, pat.organization_id)), pat.changed_at, pat.issued_at)
        known_at = max((at for at in told if at is not None), default=pat.written_at)
        if rules.is_stale(known_at, is_dormant=is_dormant(pat.user, now=now), now=now):
            stale[pat.pk] = known_at
    return stale
