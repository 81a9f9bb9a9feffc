"""Everything that is known about one PAT, for its own page."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.timezone import localdate
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.grant_store import may_renew
from patportal.lib.texts import Text
from tokens.models import AuditEvent, Operation, Pat
from tokens.presenters._addresses import address
from tokens.presenters._backup import BackupLabel, backup_label
from tokens.presenters._history import HistoryLine, history
from tokens.presenters._lineage import active_successors
from tokens.presenters._operations import Notice, notice
from tokens.presenters._pats import PatRow, pat_row
from tokens.presenters._rotation import Aftermath, aftermath


@dataclass(frozen=True, slots=True)
class PatDetail:
    """What the page of one PAT shows beside its row.

    `ending_sentence` says which end applies while the portal is to end it; `can_tick` that places of use are
    to move to a successor, `aftermath` what confirming that its secret is stored starts.
    """

    row: PatRow
    authorization_id: UUID
    first_seen_at: datetime
    issued_at: datetime | None
    received_at: datetime | None
    changed_at: datetime | None
    full_valid_to: datetime | None
    ending_sentence: Text
    can_keep_old: bool
    keep_old_url: str
    can_confirm: bool
    received_url: str
    aftermath: Aftermath | None
    can_tick: bool
    review_date: date | None
    review_in: str
    is_review_due: bool
    muted_until: datetime | None
    backup: BackupLabel | None
    history: list[HistoryLine]
    under_way: list[Notice]


def pat_detail(
    pat: Pat,
    *,
    events: list[AuditEvent],
    open_operations: list[Operation],
    now: datetime,
    overlap: timedelta | None = None,
) -> PatDetail:
    """Return what the page of one PAT shows; `events` are the newest about it, the newest first.

    `overlap` is how long the one that it takes over from works on once its secret is stored.
    """
    row = pat_row(pat, now=now)
    is_waiting = not row.is_ended and pat.revocation_sent_at is None
    can_confirm = pat.issued_at is not None and pat.received_at is None and is_waiting
    old = pat.replaces if pat.replaces and pat.replaces.user_id == pat.user_id else None
    return PatDetail(
        row=row,
        authorization_id=pat.authorization_id,
        first_seen_at=pat.first_seen_at,
        issued_at=pat.issued_at,
        received_at=pat.received_at,
        changed_at=pat.changed_at,
        full_valid_to=pat.full_valid_to if row.ends_at and pat.full_valid_to != pat.valid_to else None,
        ending_sentence=_ending_sentence(row) if row.ending else "",
        can_keep_old=row.ends_at is not None and is_waiting,
        keep_old_url=address("pat_keep_old", pat.id),
        can_confirm=can_confirm,
        received_url=address("pat_received", pat.id),
        aftermath=aftermath(old, overlap=overlap, now=now) if can_confirm and old else None,
        can_tick=not row.is_ended and bool(active_successors(pat, now=now)),
        review_date=pat.review_date,
        review_in=_days_until(pat.review_date, localdate(now)) if pat.review_date else "",
        is_review_due=row.is_review_due,
        muted_until=_future(pat.reminders_muted_until, now),
        backup=backup_label(pat.backup_contact),
        history=history(events, of=pat),
        under_way=[notice(one) for one in open_operations],
    )


def _future(at: datetime | None, now: datetime) -> datetime | None:
    return at if at is not None and at > now else None


def _days_until(day: date, today: date) -> str:
    days = (day - today).days
    if days == 0:
        return gettext("today")
    if days > 0:
        return ngettext("in %(count)s day", "in %(count)s days", days) % {"count": days}
    return ngettext("%(count)s day ago", "%(count)s days ago", -days) % {"count": -days}


def _ending_sentence(row: PatRow) -> Text:
    by_itself, by_the_portal = _ENDINGS if may_renew() else _ENDINGS_WITHOUT_WORKER
    return by_itself if row.ends_by_itself else by_the_portal


# What is said where the expiry ends it, and where the portal has to.
_ENDINGS = (
    _(
        "Its expiry is at that moment or before. The portal makes sure of it then: should it still work, it "
        "is revoked."
    ),
    _(
        "Azure DevOps keeps its later expiry, so the portal revokes it at that moment; it has to be able to "
        "act for you then."
    ),
)
# Where the portal does nothing for people who are away.
_ENDINGS_WITHOUT_WORKER = (
    _(
        "Its expiry is at that moment or before. That alone ends it: the portal does nothing for you while "
        "you are away."
    ),
    _(
        "Azure DevOps keeps its later expiry, and the portal does nothing for you while you are away. It "
        "revokes it when you next sign in after that moment; you can also revoke it yourself."
    ),
)
