"""Exports of the audit log from the admin: the chain of some days, or a table of what the list shows."""

from collections.abc import Iterator

from django.db.models import Max, Min, QuerySet
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

from accounts.actors import actor_for
from accounts.models import User
from tokens import operations
from tokens.models import AuditEvent, AuditLink
from tokens.models.audit import along_time

JSON_LINES, TABLE = "jsonl", "csv"
_TYPES = {JSON_LINES: "application/jsonl", TABLE: "text/csv; charset=utf-8"}
# Events may be linked in another order than their times say: what is committed late is linked late.
_BESIDE = 1_000


def positions_of(events: QuerySet[AuditEvent]) -> tuple[int, int]:
    """Return the first and the last position of a range that holds `events`, (1, 0) for none."""
    ordered = along_time(events)
    ends = [
        list(ordered.order_by(*order).values_list("pk", flat=True)[:_BESIDE])
        for order in (("at", "id"), ("-at", "-id"))
    ]
    found = AuditLink.objects.filter(event_id__in={pk for end in ends for pk in end})
    limits = found.aggregate(first=Min("position"), last=Max("position"))
    return (limits["first"], limits["last"]) if limits["first"] else (1, 0)


def chain_export(request: HttpRequest, days: QuerySet[AuditEvent] | None) -> HttpResponseBase | None:
    """Return the chain of `days`, of everything without; None where there is nothing to export."""
    first, last = (1, None) if days is None else positions_of(days)
    export = operations.export_audit(
        actor=actor_for(request), owner=_person(request), after=first - 1, until=last, now=timezone.now()
    )
    if export is None:
        return None
    return _download(export.lines, JSON_LINES, f"audit-{export.first}-{export.last}")


def table_export(
    request: HttpRequest, events: QuerySet[AuditEvent], chosen: dict[str, str]
) -> HttpResponseBase:
    """Return a table of `events`; `chosen` says what they were filtered by."""
    lines = operations.export_audit_table(
        actor=actor_for(request), owner=_person(request), events=events, chosen=chosen
    )
    return _download(lines, TABLE, f"audit-{timezone.localtime():%Y-%m-%d-%H%M}")


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _download(lines: Iterator[str], kind: str, name: str) -> HttpResponseBase:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return StreamingHttpResponse(lines, content_type=_TYPES[kind], headers=headers)
