"""Reminders that are due, mails that are due, and finding those whose own job got lost."""

from procrastinate.contrib.django import app

from patportal.lib.actors import system_actor
from patportal.lib.database_clock import database_now
from tokens import enqueue, operations
from tokens.jobs._job import job, request_id


@app.periodic(cron="* * * * *")
@job("tokens.remind", queueing_lock="remind", lock="remind")
def remind(*, timestamp: int) -> None:  # noqa: ARG001 - the queue passes the tick
    """Make the reminders whose time has come, and their mails."""
    operations.remind(now=database_now())


@job(enqueue.SEND_MAIL)
def send_mail(*, mail_id: str) -> None:
    """Send one mail, if it is still needed."""
    actor = system_actor("mail", request_id=request_id())
    operations.send_mail(mail_id=mail_id, actor=actor, now=database_now())


@job(enqueue.SEND_MAILS)
def send_mails(*, lane: int) -> None:  # noqa: ARG001 - it tells the jobs apart that run beside each other
    """Send mails that are due, whichever nobody has."""
    actor = system_actor("mail", request_id=request_id())
    operations.send_mails(actor=actor, now=database_now())


@app.periodic(cron="* * * * *")
@job("tokens.sweep_mails", queueing_lock="sweep_mails", lock="sweep_mails")
def sweep_mails(*, timestamp: int) -> None:  # noqa: ARG001
    """Find mails whose own job got lost, and have them sent."""
    enqueue.send_mails(count=operations.mails_due(now=database_now()))
