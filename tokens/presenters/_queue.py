"""The queue in words: what each job does, how it stands, and when the clock last had it done."""

from dataclasses import dataclass
from datetime import datetime

from tokens.presenters._pats import Badge

# What a job does, by the name under which the queue knows it.
WHAT_JOBS_DO = {
    "tokens.sync_person": "Begin to read what a person asked for",
    "tokens.sync_pats": "Read a person's tokens",
    "tokens.sync_unasked": "Read a person's tokens by the clock",
    "tokens.sync_due": "Find whose tokens are to be read",
    "tokens.settle_operation": "Settle an operation",
    "tokens.revoke_orphan": "Revoke what a lost answer left behind",
    "tokens.end_pat": "Bring the expiry of a replaced token forward",
    "tokens.finish_end": "Revoke a replaced token",
    "tokens.run_bulk": "Carry out a part of many at once",
    "tokens.wake_bulk": "Go on with many at once after a pause",
    "tokens.remind": "Find whose reminders are due",
    "tokens.send_mail": "Send a mail",
    "tokens.send_mails": "Send several mails",
    "tokens.sweep": "Find operations whose own job got lost",
    "tokens.sweep_clocks": "Record what expired and ran out",
    "tokens.sweep_mails": "Find mails whose own job got lost",
    "tokens.retry_stalled_jobs": "Run the jobs of killed workers again",
    "tokens.clear_sessions": "Delete ended sessions",
    "tokens.clear_old_rows": "Delete what is past its time",
    "tokens.clear_jobs": "Delete old failed jobs",
    "tokens.end_grants": "Delete access that is too old",
    "tokens.watch_credentials": "Watch the ends of credentials",
}
_STATES = {
    "todo": Badge("todo", "Waiting", "clock", "quiet"),
    "doing": Badge("doing", "Running", "arrow-path", "info"),
    "failed": Badge("failed", "Failed", "x-circle", "bad"),
    "succeeded": Badge("succeeded", "Done", "check-circle", "good"),
    "cancelled": Badge("cancelled", "Cancelled", "no-symbol", "quiet"),
    "aborted": Badge("aborted", "Stopped", "no-symbol", "quiet"),
}
_LATER = Badge("later", "For later", "clock", "quiet")


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One line about the whole queue; `at` is the moment that the words speak of, if any."""

    title: str
    state: Badge
    text: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """What the queue's tables say at one moment."""

    workers: int
    heard_at: datetime | None
    due: int
    oldest_due_at: datetime | None
    later: int
    doing: int
    abandoned: int
    failed: int
    failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class PeriodicRun:
    """When the clock last put a job into the queue; `state` is that of its row, "" where it is done."""

    task_name: str
    began_at: datetime
    state: str


def what_it_does(task_name: str) -> str:
    """Return what a job does, or its name where nobody here knows it."""
    return WHAT_JOBS_DO.get(task_name, task_name)


def job_state(status: str, *, scheduled_at: datetime | None, now: datetime) -> Badge:
    """Return how one job stands."""
    if status == "todo" and scheduled_at is not None and scheduled_at > now:
        return _LATER
    return _STATES.get(status, Badge(status, status, "question-mark-circle", "quiet"))


def what_it_is_about(arguments: object) -> str:
    """Return the numbers of the rows that a job is about; jobs know nothing else."""
    if not isinstance(arguments, dict):
        return "-"
    said = [f"{name.removesuffix('_id')} {value}" for name, value in arguments.items() if name != "timestamp"]
    return ", ".join(said) or "-"


def queue_lines(facts: QueueFacts) -> list[QueueLine]:
    """Return the lines about workers, what waits, what runs, and what has failed."""
    return [_workers(facts), _waiting(facts), _running(facts), _failed(facts)]


def _workers(facts: QueueFacts) -> QueueLine:
    if facts.workers:
        state = Badge("alive", _counted(facts.workers, "runs", "run"), "check-circle", "good")
        return QueueLine("Workers", state, "The last sign of life:", facts.heard_at)
    text = "Nothing is read, settled or sent. Start one, supervised so that it is always started again."
    return QueueLine("Workers", Badge("none", "None runs", "x-circle", "bad"), text)


def _waiting(facts: QueueFacts) -> QueueLine:
    later = f"{_counted(facts.later, 'is', 'are')} for later." if facts.later else ""
    if not facts.due:
        return QueueLine("Waiting", Badge("nothing", "Nothing", "check-circle", "good"), later)
    state = Badge("waiting", _counted(facts.due, "waits", "wait"), "clock", "quiet")
    return QueueLine("Waiting", state, f"{later} The oldest is due since:".strip(), facts.oldest_due_at)


def _running(facts: QueueFacts) -> QueueLine:
    if facts.abandoned:
        state = Badge("abandoned", f"{facts.abandoned:,} left behind", "exclamation-triangle", "warn")
        text = (
            "A worker that is gone left them unfinished; one that lives takes them over within two minutes."
        )
        return QueueLine("Running", state, text)
    if not facts.doing:
        return QueueLine("Running", Badge("nothing", "Nothing", "check-circle", "good"))
    return QueueLine("Running", Badge("running", f"{facts.doing:,}", "arrow-path", "info"))


def _failed(facts: QueueFacts) -> QueueLine:
    if not facts.failed:
        return QueueLine("Failed", Badge("nothing", "None", "check-circle", "good"))
    state = Badge("failed", f"{facts.failed:,}", "x-circle", "bad")
    text = "The worker's log has the reasons. Every job may run twice, so another try does no harm. The last:"
    return QueueLine("Failed", state, text, facts.failed_at)


def periodic_line(run: PeriodicRun, *, now: datetime) -> QueueLine:
    """Return when the clock last had a job done, and how that went."""
    state = job_state(run.state or "succeeded", scheduled_at=None, now=now)
    return QueueLine(what_it_does(run.task_name), state, "", run.began_at)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
