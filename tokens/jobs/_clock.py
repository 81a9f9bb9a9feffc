"""What the clock brings: tokens that expire, sessions that run out, a credential that ends."""

from django.core.management import call_command
from procrastinate.contrib.django import app

from accounts import diagnosis
from accounts.grant_life import end_old_grants, forget_refresh_tokens
from accounts.sessions import clear_old_sign_ins, end_overdue_sessions
from patportal.lib.actors import system_actor
from patportal.lib.database_clock import database_now
from tokens import operations
from tokens.jobs._job import job, request_id


@app.periodic(cron="* * * * *")
@job("tokens.sweep_clocks", queueing_lock="sweep_clocks", lock="sweep_clocks")
def sweep_clocks(*, timestamp: int) -> None:  # noqa: ARG001
    """Record what nobody did or was only counted: expired PATs, sessions that ran out, refused sign-ins."""
    one_id = request_id()
    operations.record_expiries(actor=system_actor("expiry", request_id=one_id), now=database_now())
    end_overdue_sessions(actor=system_actor("sessions", request_id=one_id), now=database_now())
    operations.record_refused_sign_ins(actor=system_actor("sign-in", request_id=one_id), now=database_now())


@app.periodic(cron="17 3 * * *")
@job("tokens.clear_sessions", queueing_lock="clear_sessions")
def clear_sessions(*, timestamp: int) -> None:  # noqa: ARG001
    """Delete what is left of sessions that are over, those of strangers among them."""
    actor = system_actor("sessions", request_id=request_id())
    while end_overdue_sessions(actor=actor, now=database_now()):
        pass
    call_command("clearsessions")
    clear_old_sign_ins(now=database_now())


# A run that finds more than this has it done by the next ones.
_MOST_ROUNDS = 200


@app.periodic(cron="11 4 * * *")
@job("tokens.clear_old_rows", queueing_lock="clear_old_rows", lock="clear_old_rows")
def clear_old_rows(*, timestamp: int) -> None:  # noqa: ARG001
    """Delete what is past its time, little at once."""
    actor = system_actor("upkeep", request_id=request_id())
    for _ in range(_MOST_ROUNDS):
        if not operations.clear_some(actor=actor, now=database_now()):
            break


@app.periodic(cron="29 * * * *")
@job("tokens.end_grants", queueing_lock="end_grants", lock="end_grants")
def end_grants(*, timestamp: int) -> None:  # noqa: ARG001
    """Delete access whose owners have not come for too long, and calendar addresses with it."""
    actor = system_actor("grants", request_id=request_id())
    for _ in range(_MOST_ROUNDS):
        if not end_old_grants(actor=actor, now=database_now()):
            break
    for _ in range(_MOST_ROUNDS):
        if not forget_refresh_tokens():
            break
    for _ in range(_MOST_ROUNDS):
        if not operations.end_overdue_calendars(actor=actor, now=database_now()):
            break


@app.periodic(cron="43 5 * * *")
@job("tokens.watch_credentials", queueing_lock="watch_credentials")
def watch_credentials(*, timestamp: int) -> None:  # noqa: ARG001
    """Raise an alarm in time where what the portal proves itself with to Entra ends soon."""
    diagnosis.watch_credentials(now=database_now())
