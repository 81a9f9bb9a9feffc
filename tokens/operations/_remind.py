"""Find what is to be announced and make the rows: reminders, and one mail for each person and kind.

Everybody is claimed by the lock on their row, which readings of the mirror take as well: whoever is held just
now is looked at by the next run. What is made is made in one transaction with the note of when to look again,
so that a process that dies leaves everything or nothing.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from accounts.models import User
from tokens import enqueue
from tokens.models import BackupContact, OutgoingMail, Pat, Reminder, ReminderSettings
from tokens.reminder_digests import mail_key, untried
from tokens.reminder_plan import Plan, Verdict, Why, has_backup
from tokens.reminder_queries import people_to_look_at, plans_of

# How many people are looked at in one transaction; whoever of them signs in waits for as long.
CHUNK = 400
# What decides about a PAT; the rest of its row, its name for one, is the business of the mail.
_DECIDING = (
    "user_id",
    "is_global",
    "valid_from",
    "valid_to",
    "ends_at",
    "first_seen_at",
    "issued_at",
    "revoked_at",
    "vanished_at",
    "backup_contact",
    "remind_at",
    "remind_from",
    "reminders_muted_until",
)
# Each is one statement for all rows, which come as one document: of tens of thousands, to make objects
# and quote each of their values is the dearest part of a look.
_WRITE_MAILS = """
    INSERT INTO tokens_outgoingmail (id, kind, key, user_id, address, facts, due_at, attempts, error_code)
    SELECT id, kind, key, user_id, '', facts, %s, 0, ''
    FROM jsonb_to_recordset(%s::jsonb) AS made (id uuid, kind text, key text, user_id bigint, facts jsonb)
"""
# One that was dropped when it was to be sent, and is due again, is the same row.
_WRITE_REMINDERS = """
    INSERT INTO tokens_reminder (pat_id, valid_to, step_days, made_at, mail_id, state)
    SELECT pat_id, valid_to, step_days, %s, mail_id, state
    FROM jsonb_to_recordset(%s::jsonb)
        AS made (pat_id uuid, valid_to timestamptz, step_days smallint, mail_id uuid, state text)
    ON CONFLICT (pat_id, valid_to, step_days) DO UPDATE
        SET mail_id = EXCLUDED.mail_id, state = EXCLUDED.state, made_at = EXCLUDED.made_at
    RETURNING pat_id, id
"""
# Each PAT has a moment of its own.
_LOOK_AGAIN = """
    UPDATE tokens_pat SET remind_at = look.at
    FROM jsonb_to_recordset(%s::jsonb) AS look (id uuid, at timestamptz)
    WHERE tokens_pat.id = look.id AND tokens_pat.remind_at IS DISTINCT FROM look.at
"""


# A session keeps the plan by which it checks a foreign key. That of a morning with few mails reads all of
# them, and would read all again for each reminder of a morning with many.
_FORGET_PLANS = "DISCARD PLANS"


def remind(*, now: datetime, people: Sequence[int] | None = None, is_at_once: bool = False) -> int:
    """Look at everybody of whom something is due, or at `people`; returns how many mails were made.

    What is due while the digest of the day waits, and nobody has begun to send it, goes out with that one.

    `is_at_once` waits for no nine o'clock: what `people` would get in the morning they get now.

    Safe to run twice and beside others: a step of an end has one row, a person one digest of a kind a day.
    """
    ids = people_to_look_at(now=now) if people is None else sorted(people)
    chunks = (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
    return sum(_remind_some(chunk, now=now, is_at_once=is_at_once) for chunk in chunks)


def _remind_some(ids: Sequence[int], *, now: datetime, is_at_once: bool) -> int:
    with transaction.atomic(durable=True):
        locked = User.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
        people = list(locked.filter(pk__in=ids).only("created_at", "signed_in_at").order_by("pk"))
        pats = Pat.objects.select_for_update(no_key=True, of=("self",))
        pats = pats.select_related("backup_contact").only(*_DECIDING)
        plans = plans_of(people, pats=pats, now=now, is_all=is_at_once, is_at_once=is_at_once)
        due = [(plan, one) for plan in plans for one in plan.verdicts if one.is_due]
        joined = _lock_untried(due, now=now)
        count = _make_mails(due, joined, now=now)
        _note_looks(plans, now=now)
        if count or joined:
            # Those that are joined as well: who came for them meanwhile found them locked, and went on.
            enqueue.send_mails(count=count + len(joined))
    return count


def _lock_untried(due: Iterable[tuple[Plan, Verdict]], *, now: datetime) -> Collection[UUID]:
    """Lock the mails that wait to be sent and may take up what is due, but for those that somebody claims."""
    waiting = (_untried_of(plan, one) for plan, one in due if one.why == Why.DUE)
    wanted = {mail_id for mail_id in waiting if mail_id is not None}
    if not wanted:
        return ()
    rows = untried(wanted, now=now).select_for_update(no_key=True, skip_locked=True, of=("self",))
    return set(rows.values_list("pk", flat=True))


def _untried_of(plan: Plan, verdict: Verdict) -> UUID | None:
    return plan.digests.untried.get(plan.kind_of(verdict))


def _make_mails(due: Sequence[tuple[Plan, Verdict]], joined: Collection[UUID], *, now: datetime) -> int:
    """Write the reminders that are due and the mails that they go out with; returns how many mails.

    Those that go out with one of `joined` need none.
    """
    mails: dict[str, dict[str, Any]] = {}
    rows = [_reminder(plan, verdict, mails, joined) for plan, verdict in due]
    if not rows:
        return 0
    told = _told_backups(due)
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_MAILS, [now, json.dumps(list(mails.values()))])
        cursor.execute(_WRITE_REMINDERS, [now, json.dumps(rows)])
        reminder_ids: dict[UUID, int] = dict(cursor.fetchall())
        cursor.execute(_FORGET_PLANS)
    return len(mails) + _write_backup_mails(
        _backup_mails([one for one in due if one[1].pat.pk not in told], reminder_ids, now=now)
    )


def _reminder(
    plan: Plan, verdict: Verdict, mails: dict[str, dict[str, Any]], joined: Collection[UUID]
) -> dict[str, Any]:
    """Return the row of a reminder, and put that of its mail with `mails` where it is the first."""
    is_heard = verdict.why == Why.DUE
    waiting = _untried_of(plan, verdict) if is_heard else None
    mail_id = str(waiting) if waiting in joined else None
    if is_heard and mail_id is None:
        mail_id = mails.setdefault(*_mail_of(plan, verdict))["id"]
    return {
        "pat_id": str(verdict.pat.pk),
        "valid_to": verdict.pat.stops_at.isoformat(),
        "step_days": verdict.step_days,
        "mail_id": mail_id,
        "state": (Reminder.State.WAITING if is_heard else Reminder.State.NOT_NEEDED).value,
    }


def _mail_of(plan: Plan, verdict: Verdict) -> tuple[str, dict[str, Any]]:
    key = plan.key_of(verdict)
    return key, {
        "id": str(uuid4()),
        "kind": plan.kind_of(verdict).value,
        "key": key,
        "user_id": plan.user.pk,
        "facts": {"day": plan.day.isoformat()},
    }


def _told_backups(due: Iterable[tuple[Plan, Verdict]]) -> set[UUID]:
    """Return the PATs of whose step the backup owner heard already, while the owner wanted no word of it."""
    asked = {
        (one.pat.pk, one.pat.stops_at, one.step_days)
        for plan, one in due
        if plan.is_dormant and one.why == Why.DUE and has_backup(one.pat, one.step_days)
    }
    if not asked:
        return set()
    rows = Reminder.objects.filter(pat__in={pat_id for pat_id, _, _ in asked}, mail=None)
    rows = rows.filter(state=Reminder.State.NOT_NEEDED)
    return {row[0] for row in rows.values_list("pat_id", "valid_to", "step_days") if row in asked}


def _backup_mails(
    due: Iterable[tuple[Plan, Verdict]], reminder_ids: Mapping[UUID, int], *, now: datetime
) -> list[OutgoingMail]:
    """Return one mail for each backup owner of somebody who was not seen for long, about all of theirs."""
    told: dict[tuple[int, BackupContact], list[tuple[Plan, int]]] = defaultdict(list)
    for plan, verdict in due:
        contact = verdict.pat.backup_contact
        if contact and has_backup(verdict.pat, verdict.step_days) and plan.is_dormant:
            told[plan.user.pk, contact].append((plan, reminder_ids[verdict.pat.pk]))
    return [_backup_mail(contact, about, now=now) for (_, contact), about in told.items()]


def _write_backup_mails(mails: Iterable[OutgoingMail]) -> int:
    """Write the mails to backup owners who were not told of the same reminder that day; returns how many."""
    by_key = {mail.key: mail for mail in mails}
    for known in OutgoingMail.objects.filter(key__in=by_key):
        if known.is_open_or_sent:
            del by_key[known.key]
    # Of one that told nothing, the row serves again.
    OutgoingMail.objects.bulk_create(
        by_key.values(),
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["facts", "due_at", "attempts", "given_up_at", "not_needed_at", "error_code"],
    )
    return len(by_key)


def _backup_mail(contact: BackupContact, about: Sequence[tuple[Plan, int]], *, now: datetime) -> OutgoingMail:
    plan, first_id = about[0]
    kind = OutgoingMail.Kind.BACKUP_REMINDER
    return OutgoingMail(
        kind=kind,
        # With the first reminder: it may be told of several looks of one day.
        key=mail_key(kind, plan.user.pk, plan.day, contact.pk, first_id),
        user_id=contact.user_id,
        address=contact.email,
        facts={
            "owner_id": plan.user.pk,
            "contact_id": contact.pk,
            "reminder_ids": [reminder_id for _, reminder_id in about],
        },
        due_at=now,
    )


def _note_looks(plans: Sequence[Plan], *, now: datetime) -> None:
    """Write when to look again, and who had their first digest; triggers set what changes from now on."""
    looks = [
        {"id": str(one.pat.pk), "at": one.look_at.isoformat() if one.look_at else None}
        for plan in plans
        for one in plan.verdicts
    ]
    with connection.cursor() as cursor:
        cursor.execute(_LOOK_AGAIN, [json.dumps(looks)])
    welcomed = [plan.user for plan in plans if plan.is_welcomed]
    ReminderSettings.objects.bulk_create(
        [ReminderSettings(user=user, welcomed_at=now) for user in welcomed],
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=["welcomed_at"],
    )
    looked_at = ReminderSettings.objects.filter(user__in=[plan.user.pk for plan in plans])
    looked_at.filter(remind_at__isnull=False).update(remind_at=None)
