"""The queue in words: what each job does, how it stands, and when the clock last had it done."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from patportal.lib.notation import counted
from patportal.lib.texts import Text, in_number
from tokens.presenters._pats import Badge

# What a job does, by the name under which the queue knows it.
WHAT_JOBS_DO = {
    "tokens.sync_person": _("Begin to read what a person asked for"),
    "tokens.sync_pats": _("Read a person's tokens"),
    "tokens.sync_unasked": _("Read a person's tokens by the clock"),
    "tokens.sync_due": _("Find whose tokens are to be read"),
    "tokens.settle_operation": _("Settle an operation"),
    "tokens.revoke_orphan": _("Revoke what a lost answer left behind"),
    "tokens.end_pat": _("Bring the expiry of a replaced token forward"),
    "tokens.finish_end": _("Revoke a replaced token"),
    "tokens.run_bulk": _("Carry out a part of many at once"),
    "tokens.wake_bulk": _("Go on with many at once after a pause"),
    "tokens.remind": _("Find whose reminders are due"),
    "tokens.send_mail": _("Send a mail"),
    "tokens.send_mails": _("Send several mails"),
    "tokens.sweep": _("Find operations whose own job got lost"),
    "tokens.sweep_clocks": _("Record what expired and ran out"),
    "tokens.sweep_mails": _("Find mails whose own job got lost"),
    "tokens.retry_stalled_jobs": _("Run the jobs of killed workers again"),
    "tokens.clear_sessions": _("Delete ended sessions"),
    "tokens.clear_old_rows": _("Delete what is past its time"),
    "tokens.clear_jobs": _("Delete old failed jobs"),
    "tokens.end_grants": _("Delete access that is too old"),
    "tokens.watch_credentials": _("Watch the ends of credentials"),
}
_STATES = {
    "todo": Badge("todo", _("Waiting"), "clock", "quiet"),
    "doing": Badge("doing", _("Running"), "arrow-path", "info"),
    "failed": Badge("failed", _("Failed"), "x-circle", "bad"),
    "succeeded": Badge("succeeded", _("Done"), "check-circle", "good"),
    "cancelled": Badge("cancelled", _("Cancelled"), "no-symbol", "quiet"),
    "aborted": Badge("aborted", _("Stopped"), "no-symbol", "quiet"),
}
# What a job is about, by the names of its arguments.
WHAT_JOBS_NAME = {
    "user_id": _("person %(value)s"),
    "organization_id": _("organization %(value)s"),
    "operation_id": _("operation %(value)s"),
    "pat_id": _("token %(value)s"),
    "bulk_id": _("many at once %(value)s"),
    "mail_id": _("mail %(value)s"),
    "lane": _("lane %(value)s"),
    "busy_times": _("times put off: %(value)s"),
}
_LATER = Badge("later", _("For later"), "clock", "quiet")


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One line about the whole queue; `at` is the moment that the words speak of, if any."""

    title: Text
    state: Badge
    text: Text = ""
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


def what_it_does(task_name: str) -> Text:
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
    said = [_argument(name, value) for name, value in arguments.items() if name != "timestamp"]
    return ", ".join(said) or "-"


def _argument(name: str, value: object) -> str:
    told = WHAT_JOBS_NAME.get(name)
    return str(told) % {"value": value} if told else f"{name} {value}"


def queue_lines(facts: QueueFacts) -> list[QueueLine]:
    """Return the lines about workers, what waits, what runs, and what has failed."""
    return [_workers(facts), _waiting(facts), _running(facts), _failed(facts)]


def _workers(facts: QueueFacts) -> QueueLine:
    if facts.workers:
        state = Badge("alive", in_number(_RUN, facts.workers), "check-circle", "good")
        return QueueLine(gettext("Workers"), state, gettext("The last sign of life:"), facts.heard_at)
    text = gettext(
        "Nothing is read, settled or sent. Start one, supervised so that it is always started again."
    )
    return QueueLine(gettext("Workers"), Badge("none", gettext("None runs"), "x-circle", "bad"), text)


def _waiting(facts: QueueFacts) -> QueueLine:
    later = in_number(_FOR_LATER, facts.later) if facts.later else ""
    if not facts.due:
        return QueueLine(
            gettext("Waiting"), Badge("nothing", gettext("Nothing"), "check-circle", "good"), later
        )
    state = Badge("waiting", in_number(_WAIT, facts.due), "clock", "quiet")
    return QueueLine(
        gettext("Waiting"),
        state,
        f"{later} {gettext('The oldest is due since:')}".strip(),
        facts.oldest_due_at,
    )


def _running(facts: QueueFacts) -> QueueLine:
    if facts.abandoned:
        state = Badge("abandoned", in_number(_LEFT_BEHIND, facts.abandoned), "exclamation-triangle", "warn")
        text = gettext(
            "A worker that is gone left them unfinished; one that lives takes them over within two minutes."
        )
        return QueueLine(gettext("Running"), state, text)
    if not facts.doing:
        return QueueLine(gettext("Running"), Badge("nothing", gettext("Nothing"), "check-circle", "good"))
    return QueueLine(gettext("Running"), Badge("running", counted(facts.doing), "arrow-path", "info"))


def _failed(facts: QueueFacts) -> QueueLine:
    if not facts.failed:
        return QueueLine(gettext("Failed"), Badge("nothing", gettext("None"), "check-circle", "good"))
    state = Badge("failed", counted(facts.failed), "x-circle", "bad")
    text = gettext(
        "The worker's log has the reasons. Every job may run twice, so another try does no harm. The last:"
    )
    return QueueLine(gettext("Failed"), state, text, facts.failed_at)


def periodic_line(run: PeriodicRun, *, now: datetime) -> QueueLine:
    """Return when the clock last had a job done, and how that went."""
    state = job_state(run.state or "succeeded", scheduled_at=None, now=now)
    return QueueLine(what_it_does(run.task_name), state, "", run.began_at)


_RUN = ngettext_lazy("%(amount)s runs", "%(amount)s run", "count")
_WAIT = ngettext_lazy("%(amount)s waits", "%(amount)s wait", "count")
_FOR_LATER = ngettext_lazy("%(amount)s is for later.", "%(amount)s are for later.", "count")
_LEFT_BEHIND = ngettext_lazy("%(amount)s left behind", "%(amount)s left behind", "count")
