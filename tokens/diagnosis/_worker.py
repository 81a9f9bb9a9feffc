"""The worker and its queue, as their tables in Postgres show them."""

from datetime import datetime, timedelta

from django.db import Error
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from procrastinate.contrib.django.models import (
    ProcrastinateEvent,
    ProcrastinateJob,
    ProcrastinatePeriodicDefer,
    ProcrastinateWorker,
)

from accounts.diagnosis import unreadable
from patportal.lib.findings import Finding, Level, age_in_words, in_words

# A worker writes every ten seconds that it lives; every minute it puts the periodic jobs into the queue.
_SILENT_AFTER = timedelta(minutes=1)
_PERIODIC_AFTER = timedelta(minutes=5)
_WAITING_TOO_LONG = timedelta(minutes=10)
_START = "Start `python manage.py procrastinate worker`, supervised so that it is always started again."


def worker() -> list[Finding]:
    """Judge when a worker last gave a sign of life, and when the periodic jobs last ran."""
    title, now = "Worker", timezone.now()
    try:
        heard = ProcrastinateWorker.objects.aggregate(last=Max("last_heartbeat"))["last"]
        ticked = ProcrastinatePeriodicDefer.objects.aggregate(last=Max("defer_timestamp"))["last"]
    except Error as exc:
        return [unreadable(title, exc)]
    if heard is None:
        found = "None runs: nothing is synchronised, settled or watched."
        return [Finding(Level.PROBLEM, title, found, _START)]
    age = age_in_words((now - heard).total_seconds())
    if now - heard > _SILENT_AFTER:
        found = f"None runs; the last one gave its last sign of life {age} ago."
        return [Finding(Level.PROBLEM, title, found, _START)]
    return [Finding(Level.OK, title, f"One runs; it gave a sign of life {age} ago."), _periodic(ticked, now)]


def _periodic(ticked: int | None, now: datetime) -> Finding:
    """Judge when the periodic jobs were last put into the queue; `ticked` is in seconds since 1970."""
    title = "Periodic jobs"
    if ticked is None:
        step = "Look again in two minutes; if it stays like this, read the worker's log."
        return Finding(Level.WARNING, title, "None has run yet.", step)
    seconds = now.timestamp() - ticked
    found = f"They last began {age_in_words(seconds)} ago."
    if seconds > _PERIODIC_AFTER.total_seconds():
        step = "Restart the worker and read its log: one that lives begins them every minute."
        return Finding(Level.WARNING, title, found, step)
    return Finding(Level.OK, title, found)


def jobs() -> list[Finding]:
    """Judge the jobs that failed, that a killed worker left behind, and that wait for too long."""
    title, now = "Jobs", timezone.now()
    try:
        found = [*_failed(now), *_stalled(now), *_waiting(now)]
    except Error as exc:
        return [unreadable(title, exc)]
    return found or [Finding(Level.OK, title, "None has failed, and none waits for long.")]


def _failed(now: datetime) -> list[Finding]:
    failed = ProcrastinateJob.objects.filter(status="failed")
    rows = failed.values("task_name").annotate(number=Count("id")).order_by("-number", "task_name")
    counted = [f"{row['number']} of {row['task_name']}" for row in rows]
    if not counted:
        return []
    events = ProcrastinateEvent.objects.filter(type="failed", job__status="failed")
    last = events.aggregate(last=Max("at"))["last"] or now
    found = f"{in_words(counted)}. The last failed {age_in_words((now - last).total_seconds())} ago."
    step = (
        "Look for these names in the worker's log, which has the reasons. Pages and periodic jobs ask again "
        "for what they did not do."
    )
    return [Finding(Level.WARNING, "Failed jobs", found, step)]


def _stalled(now: datetime) -> list[Finding]:
    is_abandoned = Q(worker=None) | Q(worker__last_heartbeat__lt=now - _SILENT_AFTER)
    number = ProcrastinateJob.objects.filter(is_abandoned, status="doing").count()
    if not number:
        return []
    found = f"A worker that is gone left {number} unfinished."
    step = "One that lives runs them again within two minutes. If this stays, restart it and read its log."
    return [Finding(Level.WARNING, "Stalled jobs", found, step)]


def _waiting(now: datetime) -> list[Finding]:
    due = ProcrastinateJob.objects.filter(Q(scheduled_at=None) | Q(scheduled_at__lte=now), status="todo")
    since = due.filter(procrastinateevent__type="deferred").aggregate(
        first=Min(Coalesce("scheduled_at", "procrastinateevent__at"))
    )["first"]
    if since is None or now - since < _WAITING_TOO_LONG:
        return []
    found = f"{due.count()} wait, the oldest for {age_in_words((now - since).total_seconds())}."
    step = "See that a worker runs. If one does and this grows, start another, or raise its --concurrency."
    return [Finding(Level.WARNING, "Waiting jobs", found, step)]
