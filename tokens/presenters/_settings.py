"""A person's settings in words: what holds now, when the next reminders come, what became of a test mail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patportal.lib.texts import Text
from tokens import rules
from tokens.models import OutgoingMail, Pat, ReminderSettings
from tokens.presenters._addresses import address as address_of

_MOMENTS_SHOWN = 3
_NOT_ACCEPTED = "not_accepted"
# Of each, what is said while it is tried again, and once it was given up.
_FAILURES = {
    "recipient_not_allowed": (
        _("The portal may not send mail to this address. It is tried again."),
        _(
            "The portal may not send mail to this address. It was given up. Tell the people who run this "
            "portal."
        ),
    ),
    "recipient_refused": (
        _("The mail server refused the address. It is tried again."),
        _("The mail server refused the address. It was given up. Tell the people who run this portal."),
    ),
    "unreachable": (
        _("The mail server cannot be reached. It is tried again."),
        _("The mail server cannot be reached. It was given up. Tell the people who run this portal."),
    ),
    "not_sendable": (
        _("The address cannot be written into a mail. It is tried again."),
        _("The address cannot be written into a mail. It was given up. Tell the people who run this portal."),
    ),
    _NOT_ACCEPTED: (
        _("The mail server did not accept it. It is tried again."),
        _("The mail server did not accept it. It was given up. Tell the people who run this portal."),
    ),
}


@dataclass(frozen=True, slots=True)
class ReminderWishes:
    """What holds now; `muted_until` and `unsubscribed_until` are None once they are over."""

    days: list[int]
    zone_name: str
    is_zone_chosen: bool
    muted_until: datetime | None
    unsubscribed_until: datetime | None
    address: str

    @property
    def is_quiet(self) -> bool:
        """Whether there is something to take back."""
        return self.muted_until is not None or self.unsubscribed_until is not None


@dataclass(frozen=True, slots=True)
class NextReminder:
    """One moment at which a mail comes, and about what; `others` are how many PATs more."""

    at: datetime
    pat_name: str
    pat_url: str
    others: int


@dataclass(frozen=True, slots=True)
class MailState:
    """What became of a test mail; `at` is when it was accepted, or given up, or is tried next."""

    sentence: Text
    tone: str
    at: datetime
    is_waiting: bool


def reminder_wishes(row: ReminderSettings, *, address: str, now: datetime) -> ReminderWishes:
    """Return what holds now for the person with this row and mail address."""
    return ReminderWishes(
        days=list(row.steps),
        zone_name=row.time_zone or timezone.get_current_timezone_name(),
        is_zone_chosen=bool(row.time_zone),
        muted_until=row.muted_until if row.is_muted(now=now) else None,
        unsubscribed_until=row.unsubscribed_until if row.is_unsubscribed(now=now) else None,
        address=address,
    )


def next_reminders(pats: Iterable[Pat], row: ReminderSettings, *, now: datetime) -> list[NextReminder]:
    """Return the next moments at which mails about `pats` come, by the rules that send them."""
    zone = ZoneInfo(timezone.get_current_timezone_name())
    begins_at = max(at for at in (now, row.muted_until, row.unsubscribed_until) if at is not None)
    moments: dict[datetime, list[Pat]] = {}
    for pat in pats:
        life = rules.Life(pat.valid_from, pat.stops_at, pat.remind_from)
        at = rules.next_step_at(life, row.steps, zone, now=begins_at)
        if at is not None:
            moments.setdefault(at, []).append(pat)
    return [_next(at, moments[at]) for at in sorted(moments)[:_MOMENTS_SHOWN]]


def _next(at: datetime, pats: list[Pat]) -> NextReminder:
    first = pats[0]
    return NextReminder(at, str(first), address_of("pat_detail", first.pk), len(pats) - 1)


def mail_state(mail: OutgoingMail | None) -> MailState | None:
    """Return what became of a test mail, None without one."""
    if mail is None:
        return None
    if mail.sent_at is not None:
        return MailState(_("The mail server accepted it."), "good", mail.sent_at, is_waiting=False)
    again, given_up = _FAILURES.get(mail.error_code, _FAILURES[_NOT_ACCEPTED])
    if mail.given_up_at is not None:
        return MailState(given_up, "bad", mail.given_up_at, is_waiting=False)
    if mail.error_code:
        return MailState(again, "warn", mail.due_at, is_waiting=True)
    return MailState(_("It is on its way to the mail server."), "info", mail.due_at, is_waiting=True)
