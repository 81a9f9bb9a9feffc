"""Operations in words: the notice about one that ended out of sight, and the page of a single one."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from tokens.models import Operation
from tokens.presenters._operation_words import words
from tokens.presenters._pats import PatRow, pat_row


@dataclass(frozen=True, slots=True)
class Notice:
    """A banner on the list; addresses are empty where there is nothing to do, `dismiss_url` takes a POST."""

    tone: str
    text: str
    at: datetime
    action_url: str
    action_label: str
    dismiss_url: str


@dataclass(frozen=True, slots=True)
class OperationView:
    """What became of one operation."""

    verb: str
    title: str
    sentence: str
    tone: str
    pat_name: str
    organization: str
    requested_at: datetime
    row: PatRow | None
    is_pending: bool
    poll_url: str
    activity_id: str


def notice(operation: Operation) -> Notice:
    """Return the banner that tells how `operation` ended, or that its end is still being found out."""
    _, sentence, tone = words(operation)
    return Notice(
        tone=tone,
        text=f"“{operation.name}” in {operation.organization.name}: {sentence}",
        at=operation.finished_at or operation.requested_at,
        action_url=reverse("operation", args=[operation.id]),
        action_label="Details",
        dismiss_url=reverse("notice_dismiss", args=[operation.id]) if not operation.is_open else "",
    )


def operation_view(operation: Operation, *, now: datetime) -> OperationView:
    """Return what the page of one operation shows."""
    title, sentence, tone = words(operation)
    return OperationView(
        verb=operation.get_verb_display(),
        title=title,
        sentence=sentence,
        tone=tone,
        pat_name=operation.name,
        organization=operation.organization.name,
        requested_at=operation.requested_at,
        row=pat_row(operation.pat, now=now) if operation.pat else None,
        is_pending=operation.is_open,
        poll_url=reverse("operation", args=[operation.id]),
        activity_id=operation.activity_id,
    )
