"""The queue in the admin: what waits, runs and has failed, and when the clock last had what done.

A list of our own: the library's page breaks the Content-Security-Policy.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.models import (
    ProcrastinateEvent,
    ProcrastinatePeriodicDefer,
    ProcrastinateWorker,
)

from accounts.actors import actor_for
from accounts.read_only_admin import ReadOnlyAdmin
from patportal.lib.notation import counted
from patportal.lib.texts import Text
from tokens import operations
from tokens.models import QueuedJob
from tokens.presenters import (
    PeriodicRun,
    QueueFacts,
    job_state,
    periodic_line,
    queue_lines,
    what_it_does,
    what_it_is_about,
)

# A worker writes every ten seconds that it lives.
_SILENT_AFTER = timedelta(minutes=1)


def queue_facts(*, now: datetime) -> QueueFacts:
    """Return how the queue stands."""
    alive = Q(last_heartbeat__gte=now - _SILENT_AFTER)
    workers = ProcrastinateWorker.objects.aggregate(
        count=Count("id", filter=alive), heard=Max("last_heartbeat")
    )
    is_due = Q(scheduled_at=None) | Q(scheduled_at__lte=now)
    is_abandoned = Q(worker=None) | Q(worker__last_heartbeat__lt=now - _SILENT_AFTER)
    jobs = QueuedJob.objects.aggregate(
        due=Count("id", filter=Q(status="todo") & is_due),
        later=Count("id", filter=Q(status="todo", scheduled_at__gt=now)),
        doing=Count("id", filter=Q(status="doing")),
        abandoned=Count("id", filter=Q(status="doing") & is_abandoned),
        failed=Count("id", filter=Q(status="failed")),
    )
    return QueueFacts(
        workers=workers["count"],
        heard_at=workers["heard"],
        oldest_due_at=_oldest_due_at(is_due) if jobs["due"] else None,
        failed_at=_last_failure_at() if jobs["failed"] else None,
        **jobs,
    )


def _oldest_due_at(is_due: Q) -> datetime | None:
    waiting = QueuedJob.objects.filter(is_due, status="todo", procrastinateevent__type="deferred")
    since = Coalesce("scheduled_at", "procrastinateevent__at")
    found: datetime | None = waiting.aggregate(at=Min(since))["at"]
    return found


def _last_failure_at() -> datetime | None:
    failures = ProcrastinateEvent.objects.filter(type="failed", job__status="failed")
    found: datetime | None = failures.aggregate(at=Max("at"))["at"]
    return found


def periodic_runs() -> list[PeriodicRun]:
    """Return when each job of the clock was last put into the queue: a row is kept for the last one alone."""
    rows = ProcrastinatePeriodicDefer.objects.filter(defer_timestamp__isnull=False).select_related("job")
    return [
        PeriodicRun(
            task_name=row.task_name,
            began_at=datetime.fromtimestamp(row.defer_timestamp or 0, UTC),
            state=row.job.status if row.job else "",
        )
        for row in rows.order_by("task_name")
    ]


class StateFilter(admin.SimpleListFilter):
    """Tells jobs by how they stand."""

    title = _("state")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Text]]:  # noqa: ARG002
        now = timezone.now()
        labels = {one: job_state(one, scheduled_at=None, now=now).label for one in QueuedJob.STATUSES}
        # To the queue what is for later waits as well.
        return list({**labels, "todo": _("Waiting or for later")}.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        return queryset.filter(status=self.value()) if self.value() in QueuedJob.STATUSES else queryset


class TaskFilter(admin.SimpleListFilter):
    """Tells jobs by what they do; only what is in the queue can be chosen."""

    title = _("job")
    parameter_name = "task_name"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Text]]:  # noqa: ARG002
        names = QueuedJob.objects.order_by("task_name").values_list("task_name", flat=True).distinct()
        return [(name, what_it_does(name)) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        return queryset.filter(task_name=self.value()) if self.value() else queryset


@admin.register(QueuedJob)
class QueuedJobAdmin(ReadOnlyAdmin):
    """The jobs that are in the queue; what is done is deleted at once, and the audit log knows it."""

    list_display = ["what", "state", "about", "last_event_at", "due_at", "tries"]
    list_display_links = ["what"]
    list_filter = [StateFilter, TaskFilter]
    ordering = ["-priority", "id"]
    fields = ["what", "name", "state", "about", "last_event_at", "due_at", "tries", "rank"]
    actions = ["run_again"]
    change_list_template = "admin/tokens/queuedjob/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[QueuedJob]:
        found: QuerySet[QueuedJob] = super().get_queryset(request)
        events = ProcrastinateEvent.objects.filter(job=OuterRef("pk")).order_by("-id").values("at")
        return found.annotate(event_at=Subquery(events[:1]))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Head the list with how the queue stands."""
        now = timezone.now()
        above = {
            "queue_lines": queue_lines(queue_facts(now=now)),
            "periodic_lines": [periodic_line(run, now=now) for run in periodic_runs()],
        }
        return super().changelist_view(request, {**(extra_context or {}), **above})

    @admin.display(description=_("job"), ordering="task_name")
    def what(self, job: QueuedJob) -> str:
        """Return what it does."""
        return str(what_it_does(job.task_name))

    @admin.display(description=_("state"), ordering="status")
    def state(self, job: QueuedJob) -> str:
        """Return how it stands."""
        badge = job_state(job.status, scheduled_at=job.scheduled_at, now=timezone.now())
        return render_to_string("_components/badge.html", {"badge": badge})

    @admin.display(description=_("about"))
    def about(self, job: QueuedJob) -> str:
        """Return the numbers of the rows that it is about."""
        return what_it_is_about(job.args)

    @admin.display(description=_("last change"), ordering="event_at")
    def last_event_at(self, job: QueuedJob) -> datetime | None:
        """Return when it was put into the queue, begun, or failed."""
        at: datetime | None = getattr(job, "event_at", None)
        return at

    # The columns of the library, whose own names are marked by nobody.
    @admin.display(description=_("name in the queue"))
    def name(self, job: QueuedJob) -> SafeString:
        return format_html("<code>{}</code>", job.task_name)

    @admin.display(description=_("scheduled at"), ordering="scheduled_at")
    def due_at(self, job: QueuedJob) -> datetime | None:
        return job.scheduled_at

    @admin.display(description=_("attempts"), ordering="attempts")
    def tries(self, job: QueuedJob) -> int:
        return job.attempts

    @admin.display(description=_("priority"), ordering="priority")
    def rank(self, job: QueuedJob) -> int:
        return job.priority

    @admin.action(description=_("Run again those that failed"), permissions=["view"])
    def run_again(self, request: HttpRequest, queryset: QuerySet[QueuedJob]) -> None:
        """Put the failed ones among the chosen jobs back into the queue."""
        job_ids = list(queryset.values_list("pk", flat=True))
        count = operations.retry_jobs(job_ids=job_ids, actor=actor_for(request), now=timezone.now())
        if count:
            told = ngettext("%(amount)s waits to run again.", "%(amount)s wait to run again.", count)
            said = told % {"amount": counted(count)}
            self.message_user(request, said, messages.SUCCESS)
        else:
            said = gettext(
                "Nothing was put back: none of the chosen jobs has failed, or the same work waits already."
            )
            self.message_user(request, said, messages.WARNING)
