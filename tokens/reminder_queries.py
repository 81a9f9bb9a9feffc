"""Reminders as they are read: at whom to look, what a mail announces, whether that holds, how old it is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, prefetch_related_objects

from accounts.models import User
from accounts.standing import has_left, who_left
from tokens import rules
from tokens.models import OrganizationAccess, OutgoingMail, Pat, Reminder, ReminderSettings
from tokens.reminder_digests import digests_of
from tokens.reminder_plan import Plan, Seen, Wishes, has_backup, plan_of, silence_of

# What a trigger writes where something changed: look at it now.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# For how long what was looked up for many mails at once is as good as looked up just now.
AT_HAND_FOR = timedelta(seconds=5)
_WITH_MAIL = "_announced"


@dataclass(frozen=True, slots=True)
class Announced:
    """One PAT as a mail announces it: when it stops, how many days before, and from when that is known.

    `as_of` is None where the mirror is fresh enough to say nothing about that.
    """

    reminder_id: int
    pat: Pat
    stops_at: datetime
    step_days: int
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class _AtHand:
    """What was looked up for one mail: what it announces, and the reminders that do not hold any more."""

    at: datetime
    announced: list[Announced]
    untrue: list[int]


def is_dormant(user: User, *, now: datetime) -> bool:
    """Tell whether a person has not signed in for so long that their backup owners are told as well."""
    return user.signed_in_at is None or now - user.signed_in_at > rules.DORMANT_AFTER


def is_taken_over(pat: str = "") -> Q:
    """Return the condition of a PAT whose end is set because a successor, stored and working, took over.

    `pat` leads to it from the rows that are asked for, as in "pat__".
    """
    successors = Pat.objects.filter(
        replaces=OuterRef(f"{pat}pk"), received_at__isnull=False, revoked_at=None, vanished_at=None
    )
    return Q(Exists(successors), **{f"{pat}ends_at__isnull": False})


def people_to_look_at(*, now: datetime) -> list[int]:
    """Return the ids of everybody of whom something is due, in the order in which they are locked."""
    pats = Pat.objects.filter(remind_at__lte=now).values_list("user_id", flat=True)
    wishes = ReminderSettings.objects.filter(remind_at__lte=now).values_list("user_id", flat=True)
    return sorted(pats.distinct().union(wishes))


def plans_of(
    people: Sequence[User], *, pats: QuerySet[Pat], now: datetime, is_all: bool, is_at_once: bool = False
) -> list[Plan]:
    """Return what comes of looking at these people; only a caller that locks them may write it.

    `pats` is from where their PATs are taken, locked or not, with what a caller wants to know of them: those
    whose time has come, and every one of people who are new or whose wishes changed, as of everybody where
    `is_all`.
    """
    ids = [user.pk for user in people]
    known = {row.user_id: row for row in ReminderSettings.objects.filter(user__in=ids)}
    whole = {user.pk for user in people if is_all or _is_looked_at_whole(known.get(user.pk), now=now)}
    rows = _rows_to_look_at(pats, ids, whole, now=now)
    left = who_left(ids)
    wishes = {pk: wishes_of(known.get(pk), is_gone=pk in left, now=now) for pk in ids}
    announced = _announced(rows, wishes, now=now)
    seen: dict[int, list[Seen]] = defaultdict(list)
    for row in rows:
        row_settings = known.get(row.user_id)
        is_changed = EPOCH in {row.remind_at, row_settings and row_settings.remind_at}
        took_over: bool = row.is_taken_over  # type: ignore[attr-defined]  # annotated
        seen[row.user_id].append(Seen(row, announced[row.pk], took_over, is_changed))
    days = {pk: rules.digest_day(now, one.zone) for pk, one in wishes.items()}
    digests = digests_of(days, now=now)
    return [
        plan_of(
            user,
            wishes[user.pk],
            seen[user.pk],
            digests=digests[user.pk],
            first_seen_at=_first_seen_at(seen[user.pk], now=now),
            is_dormant=user.pk in left or is_dormant(user, now=now),
            now=now,
            is_at_once=is_at_once,
        )
        for user in people
    ]


def wishes_of(row: ReminderSettings | None, *, is_gone: bool = False, now: datetime) -> Wishes:
    """Return what somebody wants by their row, with the defaults where they have none.

    Nothing goes to the mailbox of whoever `is_gone`; it is looked again each day whether they have.
    """
    row = row or ReminderSettings()
    wishes = Wishes(
        zone=zone_of(row.time_zone),
        steps=row.steps,
        muted_until=row.muted_until,
        unsubscribed_until=row.unsubscribed_until,
        welcomed_at=row.welcomed_at,
    )
    return replace(wishes, muted_until=now + timedelta(days=1), has_left=True) if is_gone else wishes


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone of that name; the portal's own for none, and for one that nobody knows."""
    try:
        return ZoneInfo(name or settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.TIME_ZONE)


def _is_looked_at_whole(row: ReminderSettings | None, *, now: datetime) -> bool:
    if row is None or row.welcomed_at is None:
        return True
    return row.remind_at is not None and row.remind_at <= now


def _rows_to_look_at(
    pats: QuerySet[Pat], people: Iterable[int], whole: set[int], *, now: datetime
) -> list[Pat]:
    living = Q(user__in=whole, revoked_at=None, vanished_at=None, valid_to__gt=now)
    rows = pats.filter(Q(remind_at__lte=now) | living, user__in=people).annotate(
        is_taken_over=is_taken_over()
    )
    # By their keys: whoever locks several locks them in that order.
    return sorted(rows.order_by("pk"), key=lambda pat: (pat.stops_at, pat.pk))


def _announced(
    pats: Iterable[Pat], wishes: Mapping[int, Wishes], *, now: datetime
) -> dict[UUID, list[tuple[datetime, int]]]:
    """Return what was told of each PAT, or waits to be; what was dropped when its turn came is neither.

    What the backup owner alone was told counts for as long as the owner wants to hear nothing.
    """
    found: dict[UUID, list[tuple[datetime, int]]] = defaultdict(list)
    owners = {pat.pk: wishes[pat.user_id] for pat in pats}
    dropped = Q(state=Reminder.State.NOT_NEEDED, mail__isnull=False)
    rows = Reminder.objects.filter(pat__in=list(owners)).exclude(dropped)
    for pat_id, valid_to, step, state in rows.values_list("pat_id", "valid_to", "step_days", "state"):
        is_heard = state != Reminder.State.NOT_NEEDED
        if is_heard or silence_of(owners[pat_id], step, now=now) is not None:
            found[pat_id].append((valid_to, step))
    return found


def _first_seen_at(seen: Iterable[Seen], *, now: datetime) -> datetime | None:
    outside = (one.pat for one in seen if one.pat.issued_at is None and one.pat.is_active(now=now))
    return min((pat.first_seen_at for pat in outside), default=None)


def announced_by(mail: OutgoingMail, *, now: datetime) -> list[Announced]:
    """Return what a mail has to announce, soonest first, as things stand now: what holds still.

    That the PAT lives and ends then, and that somebody wants to know. Whoever asks again with the same `now`
    gets the same answer, however long it took meanwhile: what a mail said is what is recorded of it.
    """
    return _at_hand(mail, now=now).announced


def untrue_of(mail: OutgoingMail, *, now: datetime) -> list[int]:
    """Return the ids of the reminders that a mail was made for and that do not hold any more."""
    return _at_hand(mail, now=now).untrue


def look_up(mails: Iterable[OutgoingMail], *, now: datetime) -> None:
    """Look up for many mails at once what they announce, and leave it with each for some seconds."""
    for mail, found in _looked_up(list(mails), now=now):
        mail.__dict__[_WITH_MAIL] = found


def _at_hand(mail: OutgoingMail, *, now: datetime) -> _AtHand:
    found: _AtHand | None = mail.__dict__.get(_WITH_MAIL)
    if found is None or now - found.at > AT_HAND_FOR:
        ((_, found),) = _looked_up([mail], now=now)
        mail.__dict__[_WITH_MAIL] = found
    return found


def _looked_up(mails: list[OutgoingMail], *, now: datetime) -> list[tuple[OutgoingMail, _AtHand]]:
    waiting = _waiting(mails)
    wishes = ReminderSettings.objects.in_bulk([mail.user_id for mail in mails if mail.user_id])
    true = {
        mail.pk: [
            one for one in waiting[mail.pk] if _holds(one, mail, wishes.get(mail.user_id or 0), now=now)
        ]
        for mail in mails
    }
    pats = [one.pat for found in true.values() for one in found]
    prefetch_related_objects(pats, "places")
    stale = stale_since(pats, now=now)
    return [(mail, _as_at_hand(waiting[mail.pk], true[mail.pk], stale, now=now)) for mail in mails]


def _as_at_hand(
    waiting: list[Reminder], true: list[Reminder], stale: dict[UUID, datetime], *, now: datetime
) -> _AtHand:
    kept = {one.pk for one in true}
    announced = [
        Announced(one.pk, one.pat, one.valid_to, one.step_days, as_of=stale.get(one.pat_id)) for one in true
    ]
    return _AtHand(now, announced, [one.pk for one in waiting if one.pk not in kept])


def _waiting(mails: Iterable[OutgoingMail]) -> dict[UUID, list[Reminder]]:
    """Return the reminders that each mail was made for; that of a backup owner names those of the owner."""
    backups = {
        mail.pk: set(mail.facts.get("reminder_ids", ()))
        for mail in mails
        if mail.kind == OutgoingMail.Kind.BACKUP_REMINDER
    }
    nearer = Reminder.objects.filter(
        pat=OuterRef("pat"), valid_to=OuterRef("valid_to"), step_days__lt=OuterRef("step_days")
    )
    own = Q(mail__in=[mail.pk for mail in mails if mail.pk not in backups], state=Reminder.State.WAITING)
    named = Q(pk__in={one for ids in backups.values() for one in ids})
    rows = (
        Reminder.objects.filter(own | named if backups else own)
        .select_related("pat__organization", "pat__user", "pat__backup_contact__user")
        .annotate(is_overtaken=Exists(nearer), is_taken_over=is_taken_over("pat__"))
        .annotate(owner_left=has_left("pat__user__"), backup_left=has_left("pat__backup_contact__user__"))
        .order_by("valid_to", "pk")
    )
    found: dict[UUID, list[Reminder]] = {mail.pk: [] for mail in mails}
    for row in rows:
        for mail_id, ids in backups.items():
            if row.pk in ids:
                found[mail_id].append(row)
        if row.mail_id in found and row.state == Reminder.State.WAITING:
            found[row.mail_id].append(row)
    return found


def _holds(reminder: Reminder, mail: OutgoingMail, row: ReminderSettings | None, *, now: datetime) -> bool:
    is_past: bool = reminder.is_overtaken or reminder.is_taken_over  # type: ignore[attr-defined]  # annotated
    if is_past or not _is_true(reminder, now=now):
        return False
    if mail.kind == OutgoingMail.Kind.BACKUP_REMINDER:
        return _is_for(mail.facts.get("contact_id"), reminder, now=now)
    wishes = wishes_of(row, is_gone=bool(reminder.owner_left), now=now)  # type: ignore[attr-defined]
    return silence_of(wishes, reminder.step_days, now=now) is None


def _is_true(reminder: Reminder, *, now: datetime) -> bool:
    pat = reminder.pat
    is_muted = pat.reminders_muted_until is not None and now < pat.reminders_muted_until
    ends_then = rules.is_same_date(pat.stops_at, reminder.valid_to)
    return pat.is_active(now=now) and now < pat.stops_at and ends_then and not is_muted


def _is_for(contact_id: int | None, reminder: Reminder, *, now: datetime) -> bool:
    if reminder.backup_left:  # type: ignore[attr-defined]  # annotated, as the next one
        return False
    is_absent = reminder.owner_left or is_dormant(reminder.pat.user, now=now)  # type: ignore[attr-defined]
    is_named = reminder.pat.backup_contact_id == contact_id and has_backup(reminder.pat, reminder.step_days)
    return is_absent and is_named


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
