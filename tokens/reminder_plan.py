"""What is to be announced to whom, and why not: decided for one person from rows that are at hand.

Neither reads nor writes; `reminder_queries` collects the rows, `operations/_remind` writes what comes of it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from accounts.models import User
from tokens import rules
from tokens.models import OutgoingMail, Pat
from tokens.reminder_digests import Digests, kind_of, mail_key

WELCOME_WITHIN = timedelta(days=30)
# Whoever has only PATs that were made here for so long needs no introduction to them.
FIRST_DAYS = timedelta(days=2)
# From this step on, the backup owner of somebody who was not seen for long is told as well.
BACKUP_STEP_DAYS = 7
LAST_DAY = rules.LAST_DAY


class Why(StrEnum):
    """What became of one PAT when it was looked at."""

    DUE = "due"
    BACKUP_ONLY = "due for the backup owner alone"
    FIRST_DAY = "waits for the first digest"
    NOT_YET = "not yet"
    NO_STEP_LEFT = "no step left; those above half of its life do not count"
    ENDED = "it has ended"
    TAKEN_OVER = "its successor took over"
    PAT_MUTED = "muted by its owner"
    MUTED = "the person muted everything"
    LEFT = "the person's account is disabled or gone"
    UNSUBSCRIBED = "muted by the link of a mail, but for the last day"
    ANNOUNCED = "announced already"
    NOT_NINE = "waits for nine o'clock"
    HAD_DIGEST = "the person had the digest of this day"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one person wants, with what holds where they said nothing; whoever `has_left` is muted, too."""

    zone: ZoneInfo
    steps: Collection[int] = rules.REMINDER_STEPS_DAYS
    muted_until: datetime | None = None
    unsubscribed_until: datetime | None = None
    welcomed_at: datetime | None = None
    has_left: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """One PAT with what decides about it: what was announced already, by the end and the step.

    `is_changed`: it is looked at because something about it or its owner's wishes changed, not for its time.
    """

    pat: Pat
    announced: Collection[tuple[datetime, int]] = ()
    is_taken_over: bool = False
    is_changed: bool = False

    @property
    def life(self) -> rules.Life:
        return rules.Life(self.pat.valid_from, self.pat.stops_at, self.pat.remind_from)

    @property
    def steps_announced(self) -> list[int]:
        """The steps of the present end that were announced; an end that moved by a rounding is the same."""
        return [step for end, step in self.announced if rules.is_same_date(end, self.pat.stops_at)]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What comes of one PAT: the step where one is due, and when it is to be looked at again."""

    pat: Pat
    why: Why
    look_at: datetime | None
    step_days: int | None = None

    @property
    def is_due(self) -> bool:
        """Whether a reminder is to be made, be it for the backup owner alone."""
        return self.step_days is not None


@dataclass(frozen=True, slots=True)
class Plan:
    """What comes of one look at one person."""

    user: User
    day: date
    verdicts: list[Verdict]
    is_welcome: bool = False
    is_welcomed: bool = False
    digests: Digests = field(default_factory=Digests)
    is_dormant: bool = False

    def key_of(self, verdict: Verdict) -> str:
        """Return the key of the mail in which the owner hears of a PAT that is due: one that is free."""
        kind = self.kind_of(verdict)
        made = self.digests.made.get(kind, 0)
        return mail_key(kind, self.user.pk, self.day, *([made] if made else []))

    def kind_of(self, verdict: Verdict) -> OutgoingMail.Kind:
        """Return with which kind of mail the owner hears of a PAT that is due."""
        if self.is_welcome:
            return OutgoingMail.Kind.WELCOME_DIGEST
        return kind_of(verdict.pat)


def plan_of(
    user: User,
    wishes: Wishes,
    seen: Iterable[Seen],
    *,
    digests: Digests,
    first_seen_at: datetime | None,
    is_dormant: bool,
    now: datetime,
    is_at_once: bool = False,
) -> Plan:
    """Return what comes of looking at these PATs of a person; `is_at_once` waits for no nine o'clock.

    `digests` are those of the day; `first_seen_at` is since when any PAT of theirs that was not made here is
    known, None without one.
    """
    look = _Look(wishes, digests.had, is_dormant=is_dormant, now=now, is_at_once=is_at_once)
    pats = list(seen)
    day = rules.digest_day(now, wishes.zone)
    if wishes.welcomed_at is None and first_seen_at is not None and wishes.steps:
        # What is looked at in the night waits for the morning.
        since = now if rules.is_night(now, wishes.zone) else first_seen_at
        begins_at = now if is_at_once else rules.nine_after(since, wishes.zone)
        first = _first(user, day, pats, look, begins_at=begins_at)
        return replace(first, digests=digests, is_dormant=is_dormant)
    needs_none = wishes.welcomed_at is None and now - user.created_at > FIRST_DAYS
    verdicts = [look.at(one) for one in pats]
    return Plan(user, day, verdicts, is_welcomed=needs_none, digests=digests, is_dormant=is_dormant)


def _first(user: User, day: date, seen: list[Seen], look: "_Look", *, begins_at: datetime) -> Plan:
    if look.now < begins_at or look.is_quiet:
        is_begun = look.now >= begins_at
        return Plan(user, day, [look.before_first(one, is_begun=is_begun, until=begins_at) for one in seen])
    verdicts = [look.at_first(one) for one in seen]
    is_welcome = any(one.why == Why.DUE for one in verdicts)
    return Plan(user, day, verdicts, is_welcome=is_welcome, is_welcomed=True)


class _Look:
    """One look at one person: what holds for all of their PATs."""

    def __init__(
        self,
        wishes: Wishes,
        had: Collection[OutgoingMail.Kind],
        *,
        is_dormant: bool,
        now: datetime,
        is_at_once: bool,
    ) -> None:
        self._wishes = wishes
        self._had = had
        self._is_dormant = is_dormant
        self._is_at_once = is_at_once
        self.now = now

    @property
    def is_quiet(self) -> bool:
        """Whether the person wants no digest now."""
        return any(self._is_until(at) for at in (self._wishes.muted_until, self._wishes.unsubscribed_until))

    def at(self, seen: Seen) -> Verdict:
        """Return what comes of one PAT on any day but the first."""
        gone = self._gone(seen)
        if gone is not None:
            return gone
        step, next_at = self._due_and_next(seen)
        if step is None:
            return Verdict(seen.pat, Why.NO_STEP_LEFT if next_at is None else Why.NOT_YET, next_at)
        if any(one <= step for one in seen.steps_announced):
            return Verdict(seen.pat, Why.ANNOUNCED, next_at)
        return self._unannounced(seen, step, next_at)

    def at_first(self, seen: Seen) -> Verdict:
        """Return what comes of one PAT on the first day: all that ends within a month is listed."""
        gone = self._gone(seen)
        if gone is not None:
            return gone
        step, next_at = self._due_and_next(seen)
        if seen.pat.stops_at - self.now > WELCOME_WITHIN:
            return Verdict(seen.pat, Why.NOT_YET if next_at else Why.NO_STEP_LEFT, next_at)
        step = WELCOME_WITHIN.days if step is None else step
        if step in seen.steps_announced:
            return Verdict(seen.pat, Why.ANNOUNCED, next_at)
        return Verdict(seen.pat, Why.DUE, next_at, step)

    def before_first(self, seen: Seen, *, is_begun: bool, until: datetime) -> Verdict:
        """Return what comes of one PAT before the first digest; its last day is told once that may be."""
        if is_begun and self._due_and_next(seen)[0] == LAST_DAY:
            return self.at(seen)
        return self.first_day(seen, until=until)

    def first_day(self, seen: Seen, *, until: datetime) -> Verdict:
        """Return what comes of one PAT before the first digest."""
        last_at = None
        if self.is_quiet and LAST_DAY in self._wishes.steps:
            last_at = rules.step_at(seen.life, LAST_DAY, self._wishes.zone)
            last_at = max(last_at, until) if last_at is not None else None
        until = max(at for at in (until, self._quiet_until) if at is not None)
        before = last_at if last_at is not None and last_at > self.now else None
        return self._gone(seen) or self._again(seen, Why.FIRST_DAY, until, before=before)

    def _gone(self, seen: Seen) -> Verdict | None:
        pat = seen.pat
        if not pat.is_active(now=self.now) or pat.stops_at <= self.now:
            return Verdict(pat, Why.ENDED, None)
        if seen.is_taken_over:
            # Looked at again, should its successor be gone by then.
            return Verdict(pat, Why.TAKEN_OVER, self._due_and_next(seen)[1])
        if self._is_until(pat.reminders_muted_until):
            return self._again(seen, Why.PAT_MUTED, pat.reminders_muted_until)
        return None

    def _unannounced(self, seen: Seen, step: int, next_at: datetime | None) -> Verdict:
        silence = silence_of(self._wishes, step, now=self.now)
        if silence is not None:
            why, until = silence
            if self._is_for_backup(seen.pat, step):
                return Verdict(seen.pat, Why.BACKUP_ONLY, next_at, step)
            return self._again(seen, why, until, before=next_at)
        morning = rules.nine_after(self.now, self._wishes.zone)
        if morning < seen.pat.stops_at and self._can_wait(seen, step):
            return Verdict(seen.pat, Why.NOT_NINE, morning)
        # What ends before the next digest is told in one more of the same day, rather than never.
        if kind_of(seen.pat) in self._had and morning < seen.pat.stops_at:
            return self._again(seen, Why.HAD_DIGEST, morning)
        return Verdict(seen.pat, Why.DUE, next_at, step)

    def _can_wait(self, seen: Seen, step: int) -> bool:
        """Whether the next nine o'clock is early enough: in the night, and where what changed made it due.

        What is late because nothing ran goes out at once.
        """
        zone = self._wishes.zone
        if self._is_at_once:
            return False
        if rules.is_night(self.now, zone):
            return True
        at = rules.step_at(seen.life, step, zone) or self.now
        return seen.is_changed and rules.digest_day(at, zone) != rules.digest_day(self.now, zone)

    def _is_for_backup(self, pat: Pat, step: int) -> bool:
        return self._is_dormant and has_backup(pat, step)

    @property
    def _quiet_until(self) -> datetime | None:
        untils = (self._wishes.muted_until, self._wishes.unsubscribed_until)
        return max((at for at in untils if at is not None and self._is_until(at)), default=None)

    def _is_until(self, moment: datetime | None) -> bool:
        return moment is not None and self.now < moment

    def _due_and_next(self, seen: Seen) -> tuple[int | None, datetime | None]:
        return rules.due_and_next(seen.life, self._wishes.steps, self._wishes.zone, now=self.now)

    def _again(
        self, seen: Seen, why: Why, until: datetime | None, *, before: datetime | None = None
    ) -> Verdict:
        """Look again at the first nine o'clock from `until` on, or `before`; never if it is over by then."""
        just_before = (until or self.now) - timedelta(microseconds=1)
        at = rules.nine_after(just_before, self._wishes.zone)
        earliest = min(one for one in (at, before) if one is not None)
        return Verdict(seen.pat, why, earliest if earliest < seen.pat.stops_at else None)


def silence_of(wishes: Wishes, step: int, *, now: datetime) -> tuple[Why, datetime] | None:
    """Return why the person is not to hear of a step, and until when; None where they are."""
    if wishes.muted_until is not None and now < wishes.muted_until:
        return Why.LEFT if wishes.has_left else Why.MUTED, wishes.muted_until
    if wishes.unsubscribed_until is not None and now < wishes.unsubscribed_until and step != LAST_DAY:
        return Why.UNSUBSCRIBED, wishes.unsubscribed_until
    return None


def has_backup(pat: Pat, step: int | None) -> bool:
    """Tell whether somebody who agreed is to be told of a PAT whose owner was not seen for long."""
    contact = pat.backup_contact
    return step is not None and step <= BACKUP_STEP_DAYS and contact is not None and contact.is_agreed
