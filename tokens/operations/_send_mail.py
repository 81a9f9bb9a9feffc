"""Send mails that are due: claim them, look whether each still holds, hand it over, tick it off.

A process that dies between the handing over and the tick sends that one twice, with one Message-ID; so each
is ticked off before the next one is begun, however many were claimed together.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from patportal.lib.actors import Actor
from tokens import enqueue
from tokens.mail import MailFailed, Postbox, letter_of, longest_delivery
from tokens.models import OutgoingMail
from tokens.operations._mail_record import (
    ABOUT_ENDS,
    drop_untrue,
    has_nothing_left,
    note_given_up,
    note_not_needed,
    tick_off,
)
from tokens.operations._remote import Clock
from tokens.reminder_queries import look_up

log = structlog.get_logger(__name__)

# What concerns an end is tried for three days, as long as it is true: nobody misses it for a broken server.
MAX_ATTEMPTS, MAX_ATTEMPTS_ABOUT_ENDS = 12, 80
# Why a mail was given up whose attempts ended in an error of our own, or with the process.
BROKEN_OFF = "broken_off"
NOT_ALLOWED = "recipient_not_allowed"
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
# How many are claimed together, and how long a lane keeps its place in the worker.
CLAIMED_AT_ONCE, SLICE = 25, timedelta(seconds=20)
# A server that was not there, or took no sign-in or sender, for so many mails in a row does so for all.
# Whoever goes on asking with a wrong password has their account locked.
MOST_IN_VAIN = 2
# For how long after the claim a turn may begin; the claim lasts for the longest turn beyond that.
_BEGINS_WITHIN = timedelta(minutes=1)
_OPEN = Q(sent_at=None, given_up_at=None, not_needed_at=None)
# Nobody counts more of them than there are lanes for.
_MOST_COUNTED = enqueue.MAIL_LANES * enqueue.MAILS_A_LANE


def mails_due(*, now: datetime) -> int:
    """Return for how many mails a job is to be asked for: due for a minute, in nobody's hands.

    Some hundreds at most; and no more than one lane has where something failed in vain, because a server that
    takes nothing is asked by one of them. It asks for the others once that goes well.
    """
    overdue = _free(now=now).filter(due_at__lt=now - timedelta(minutes=1))
    most = enqueue.MAILS_A_LANE if overdue.exclude(error_code="").exists() else _MOST_COUNTED
    return overdue[:most].count()


def send_mail(*, mail_id: UUID | str, actor: Actor, now: datetime) -> None:
    """Send one mail if it is due, open, and nobody else has it; refusals are tried again, later and later."""
    with Postbox() as postbox, _claimed(_free(now=now).filter(pk=mail_id), now=now) as mails:
        while mails:
            _send(mails.pop(), postbox, actor=actor, now=now)


def send_mails(*, actor: Actor, now: datetime, lasts: timedelta = SLICE) -> int:
    """Send mails that are due over one connection, the oldest first; returns how many had their turn.

    After it `lasts`, or after an error of our own, which ends it, another job is asked for. A server that
    takes nothing from anybody is left alone for the moment: the sweep tries again.
    """
    clock, count, in_vain, goes_on = Clock(now), 0, 0, True
    try:
        with Postbox() as postbox:
            while goes_on and clock.now() < now + lasts:
                free = _free(now=clock.now()).order_by("due_at", "pk")[:CLAIMED_AT_ONCE]
                with _claimed(free, now=clock.now()) as mails:
                    goes_on = bool(mails)
                    while mails and in_vain < MOST_IN_VAIN and _is_ours(mails[0], now=clock.now()):
                        is_taken = _send(mails.pop(0), postbox, actor=actor, now=clock.now())
                        in_vain = 0 if is_taken else in_vain + 1
                        count += 1
                goes_on = goes_on and in_vain < MOST_IN_VAIN
    finally:
        if goes_on:
            enqueue.send_mails(count=_free(now=clock.now())[:_MOST_COUNTED].count())
    if in_vain >= MOST_IN_VAIN:
        log.warning("mail server takes nothing", sent=count - in_vain)
    return count


def _free(*, now: datetime) -> QuerySet[OutgoingMail]:
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lt=now)
    return OutgoingMail.objects.filter(_OPEN, unclaimed, due_at__lte=now)


@contextmanager
def _claimed(free: QuerySet[OutgoingMail], *, now: datetime) -> Iterator[list[OutgoingMail]]:
    """Claim what is free; what is left in the list at the end had no turn and is given back."""
    with transaction.atomic(durable=True):
        rows = free.select_for_update(of=("self",), skip_locked=True)
        mails = _without_suspects(list(rows.select_related("user__reminder_settings")))
        until = now + _BEGINS_WITHIN + longest_delivery()
        for mail in mails:
            mail.claimed_until, mail.attempts = until, mail.attempts + 1
        ours = OutgoingMail.objects.filter(pk__in=[mail.pk for mail in mails])
        ours.update(claimed_until=until, attempts=F("attempts") + 1)
    try:
        look_up([mail for mail in mails if mail.kind in ABOUT_ENDS], now=now)
        yield mails
    finally:
        if mails:
            left = OutgoingMail.objects.filter(pk__in=[mail.pk for mail in mails], claimed_until=until)
            left.update(claimed_until=None, attempts=F("attempts") - 1)


def _without_suspects(mails: list[OutgoingMail]) -> list[OutgoingMail]:
    """Return the mails up to the first whose last claim ran out, or that one alone where it is the first.

    One of those that were claimed together may have ended their process; none of them takes others with it.
    """
    suspects = [number for number, mail in enumerate(mails) if mail.claimed_until is not None]
    return mails[: suspects[0] or 1] if suspects else mails


def _is_ours(mail: OutgoingMail, *, now: datetime) -> bool:
    """Tell whether the claim outlasts a turn that begins now: those before it may have taken its time."""
    return mail.claimed_until is not None and now < mail.claimed_until - longest_delivery()


def _send(mail: OutgoingMail, postbox: Postbox, *, actor: Actor, now: datetime) -> bool:
    """Send one claimed mail and note what came of it; tells whether others are worth trying after it."""
    # All of a turn goes by what is looked up with its one `now`: what is dropped, told and recorded.
    drop_untrue(mail, now=now)
    if has_nothing_left(mail, now=now):
        note_not_needed(mail, now=now)
        return True
    if mail.attempts > most_attempts(mail):
        # The last attempt came to no end that was noted, and one more, which is not made, would not either.
        mail.attempts -= 1
        _give_up(mail, BROKEN_OFF, actor=actor, now=now)
        return True
    letter = letter_of(mail, now=now)
    if letter is None:
        note_not_needed(mail, now=now)
        return True
    try:
        postbox.deliver(letter)
    except MailFailed as exc:
        _note_failure(mail, exc, actor=actor, now=now)
        return not exc.is_everybodys
    _note_sent(mail, actor=actor, now=now)
    return True


def most_attempts(mail: OutgoingMail) -> int:
    """Return how often a mail is tried before it is given up."""
    return MAX_ATTEMPTS_ABOUT_ENDS if mail.kind in ABOUT_ENDS else MAX_ATTEMPTS


def _most_attempts_after(mail: OutgoingMail, error: MailFailed) -> int:
    # A slip in MAIL_DOMAINS is mended, and somebody's address comes with their next sign-in.
    is_mendable = error.code == NOT_ALLOWED and mail.kind in ABOUT_ENDS
    if error.is_final and not is_mendable:
        return 0
    return MAX_ATTEMPTS if error.is_refused or is_mendable else most_attempts(mail)


def _note_sent(mail: OutgoingMail, *, actor: Actor, now: datetime) -> None:
    with transaction.atomic(durable=True):
        tick_off(mail, actor=actor, now=now)


def _note_failure(mail: OutgoingMail, error: MailFailed, *, actor: Actor, now: datetime) -> None:
    if mail.attempts >= _most_attempts_after(mail, error):
        _give_up(mail, error.code, actor=actor, now=now)
        return
    again_at = now + pause_after(mail.attempts)
    with transaction.atomic(durable=True):
        OutgoingMail.objects.filter(pk=mail.pk).update(
            due_at=again_at, claimed_until=None, error_code=error.code
        )
        # What every mail would meet is tried by the sweep, with whatever is due by then: one try for all.
        if not error.is_everybodys:
            enqueue.send_mail(mail_id=mail.id, at=again_at)
    log.info("mail not accepted", mail_id=str(mail.id), kind=mail.kind, code=error.code)


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: a minute, doubled each time, an hour at most."""
    doublings: int = 2 ** min(attempts - 1, 10)
    return min(FIRST_PAUSE * doublings, LONGEST_PAUSE)


def _give_up(mail: OutgoingMail, code: str, *, actor: Actor, now: datetime) -> None:
    with transaction.atomic():
        note_given_up(mail, code, actor=actor, now=now)
    log.error("mail given up", mail_id=str(mail.id), kind=mail.kind, code=code, attempts=mail.attempts)
