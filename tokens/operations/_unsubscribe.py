"""Reminders stopped for a while by the link of a mail, and wanted again.

Whoever has the link need not be signed in; the person is told by mail, with the way back.
"""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from accounts.models import User
from patportal.lib.actors import Actor, ActorKind, Origin
from tokens import audit, enqueue
from tokens.models import EventType, OutgoingMail, ReminderSettings

log = structlog.get_logger(__name__)

QUIET_FOR = timedelta(days=30)
# Mail programs may post more than once, and a link may be in other hands: neither fills mailbox or log.
_AGAIN_AFTER = timedelta(days=1)
MOST_A_DAY = 3


def unsubscribe(*, user: User, now: datetime, origin: Origin) -> bool:
    """Stop the reminders of `user` for 30 days, but for those of a last day; a second time within a day does
    nothing more. Tells whether they are stopped: by link that is possible three times a day, and without
    being stopped they cannot be turned on again either, so that both have an end."""
    until = now + QUIET_FOR
    with transaction.atomic(durable=True):
        wishes = _locked_wishes(user)
        if wishes.unsubscribed_until is not None and until - wishes.unsubscribed_until < _AGAIN_AFTER:
            return True
        if _stopped_lately(user, now=now) >= MOST_A_DAY:
            log.info("reminders stopped too often", user_id=user.pk)
            return False
        wishes.unsubscribed_until = until
        wishes.save(update_fields=["unsubscribed_until"])
        _confirm(user, until=until, now=now)
        audit.record(
            EventType.REMINDERS_STOPPED,
            actor=_actor(user, origin),
            owner=user,
            data={"until": until.isoformat()},
        )
    return True


def resubscribe(*, user: User, now: datetime, origin: Origin) -> None:
    """Send reminders to `user` again that the link of a mail had stopped."""
    with transaction.atomic(durable=True):
        wishes = _locked_wishes(user)
        if not wishes.is_unsubscribed(now=now):
            return
        wishes.unsubscribed_until = None
        wishes.save(update_fields=["unsubscribed_until"])
        audit.record(EventType.REMINDERS_RESUMED, actor=_actor(user, origin), owner=user)


def _locked_wishes(user: User) -> ReminderSettings:
    User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    wishes, _ = ReminderSettings.objects.get_or_create(user=user)
    return wishes


def _stopped_lately(user: User, *, now: datetime) -> int:
    """Return how often reminders were stopped within a day: each has a mail that confirms it."""
    confirmed = OutgoingMail.objects.filter(user=user, kind=OutgoingMail.Kind.UNSUBSCRIBED)
    return confirmed.filter(due_at__gt=now - timedelta(days=1)).count()


def _confirm(user: User, *, until: datetime, now: datetime) -> None:
    kind = OutgoingMail.Kind.UNSUBSCRIBED
    mail = OutgoingMail.objects.create(
        kind=kind,
        key=f"{kind}:{user.pk}:{now.isoformat()}",
        user=user,
        facts={"until": until.isoformat()},
        due_at=now,
    )
    enqueue.send_mail(mail_id=mail.id)


def _actor(user: User, origin: Origin) -> Actor:
    """Whoever reads mail at the person's address; that they are the person is not known."""
    return Actor(kind=ActorKind.PERSON, label=f"whoever reads mail at {user.mail_address}", origin=origin)
