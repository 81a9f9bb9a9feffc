"""Find what is to be announced and make the rows: reminders, and one mail for each person and kind.

Everybody is claimed by the lock on their row, which readings of the mirror take as well: whoever is held just
now is looked at by the next run. What is made is made in one transaction with the note of when to look again,
so that a process that dies leaves everything or nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from accounts.models import User
from tokens import enqueue
from tokens.models import OutgoingMail, Pat, Reminder, ReminderSettings
from tokens.reminder_digests import mail_key
from tokens.reminder_plan import Plan, Verdict, Why, has_backup
from tokens.reminder_queries import is_dormant, people_to_look_at, plans_of

# How many people are looked at in one transaction; whoever of them signs in waits for as long.
CHUNK = 200
# One statement for all of them: each PAT has a moment of its own.
_LOOK_AGAIN = """
    UPDATE tokens_pat SET remind_at = look.at
    FROM unnest(%s::uuid[], %s::timestamptz[]) AS look (id, at)
    WHERE tokens_pat.id = look.id AND tokens_pat.remind_at IS DISTINCT FROM look.at
"""


def remind(*, now: datetime, people: Sequence[int] | None = None, is_at_once: bool = False) -> int:
    """Look at everybody of whom something is due, or at `people`; returns how many mails were made.

    `is_at_once` waits for no nine o'clock: what `people` would get in the morning they get now.

    Safe to run twice and beside others: a step of an end has one row, a person one digest of a kind a day.
    """
    ids = people_to_look_at(now=now) if people is None else sorted(people)
    chunks = (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
    return sum(_remind_some(chunk, now=now, is_at_once=is_at_once) for chunk in chunks)


def _remind_some(ids: Sequence[int], *, now: datetime, is_at_once: bool) -> int:
    with transaction.atomic(durable=True):
        locked = User.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
        people = list(locked.filter(pk__in=ids).order_by("pk"))
        pats = Pat.objects.select_for_update(no_key=True, of=("self",))
        plans = plans_of(people, pats=pats, now=now, is_all=is_at_once, is_at_once=is_at_once)
        count = _make_mails(plans, now=now)
        _note_looks(plans, now=now)
        if count:
            enqueue.send_mails(count=count)
    return count


def _make_mails(plans: Sequence[Plan], *, now: datetime) -> int:
    """Write the reminders that are due and the mails that they go out with; returns how many mails."""
    mails: dict[str, OutgoingMail] = {}
    due = [(plan, one) for plan in plans for one in plan.verdicts if one.is_due]
    reminders = [_reminder(plan, verdict, mails, now=now) for plan, verdict in due]
    OutgoingMail.objects.bulk_create(mails.values())
    # One that was dropped when it was to be sent, and is due again, is the same row.
    Reminder.objects.bulk_create(
        reminders,
        update_conflicts=True,
        unique_fields=["pat", "valid_to", "step_days"],
        update_fields=["mail", "state", "made_at"],
    )
    return len(mails) + _write_backup_mails(_backup_mails(due, reminders, now=now))


def _reminder(plan: Plan, verdict: Verdict, mails: dict[str, OutgoingMail], *, now: datetime) -> Reminder:
    """Return a reminder, and put the mail of its kind with `mails` where it is the first."""
    is_heard = verdict.why == Why.DUE
    mail = mails.setdefault(*_mail_of(plan, verdict, now=now)) if is_heard else None
    return Reminder(
        pat=verdict.pat,
        valid_to=verdict.pat.stops_at,
        step_days=verdict.step_days or 0,
        made_at=now,
        mail=mail,
        state=Reminder.State.WAITING if is_heard else Reminder.State.NOT_NEEDED,
    )


def _mail_of(plan: Plan, verdict: Verdict, *, now: datetime) -> tuple[str, OutgoingMail]:
    key = plan.key_of(verdict)
    facts = {"day": plan.day.isoformat()}
    return key, OutgoingMail(kind=plan.kind_of(verdict), key=key, user=plan.user, facts=facts, due_at=now)


def _backup_mails(
    due: Iterable[tuple[Plan, Verdict]], reminders: Iterable[Reminder], *, now: datetime
) -> list[OutgoingMail]:
    """Return one mail for each backup owner of somebody who was not seen for long, about all of theirs."""
    told: dict[tuple[int, int], list[tuple[Plan, Reminder]]] = defaultdict(list)
    for (plan, verdict), reminder in zip(due, reminders, strict=True):
        contact_id = verdict.pat.backup_contact_id
        if contact_id and has_backup(verdict.pat, verdict.step_days) and is_dormant(plan.user, now=now):
            told[plan.user.pk, contact_id].append((plan, reminder))
    return [_backup_mail(about, now=now) for about in told.values()]


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


def _backup_mail(about: Sequence[tuple[Plan, Reminder]], *, now: datetime) -> OutgoingMail:
    plan, first = about[0]
    contact = first.pat.backup_contact
    assert contact is not None  # noqa: S101 - whom they were collected by
    kind = OutgoingMail.Kind.BACKUP_REMINDER
    return OutgoingMail(
        kind=kind,
        # With the first reminder: it may be told of several looks of one day.
        key=mail_key(kind, plan.user.pk, plan.day, contact.pk, first.pk),
        user=contact.user,
        address=contact.email,
        facts={
            "owner_id": plan.user.pk,
            "contact_id": contact.pk,
            "reminder_ids": [reminder.pk for _, reminder in about],
        },
        due_at=now,
    )


def _note_looks(plans: Sequence[Plan], *, now: datetime) -> None:
    """Write when to look again, and who had their first digest; triggers set what changes from now on."""
    looks = {verdict.pat.pk: verdict.look_at for plan in plans for verdict in plan.verdicts}
    with connection.cursor() as cursor:
        cursor.execute(_LOOK_AGAIN, [list(looks.keys()), list(looks.values())])
    welcomed = [plan.user for plan in plans if plan.is_welcomed]
    ReminderSettings.objects.bulk_create(
        [ReminderSettings(user=user, welcomed_at=now) for user in welcomed],
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=["welcomed_at"],
    )
    looked_at = ReminderSettings.objects.filter(user__in=[plan.user for plan in plans])
    looked_at.filter(remind_at__isnull=False).update(remind_at=None)
