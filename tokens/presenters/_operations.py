"""Operations in words: the notice about one that ended out of sight, and the page of a single one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from patportal.lib.texts import Text, called
from tokens.models import Operation
from tokens.presenters._addresses import address
from tokens.presenters._differences import Difference, difference
from tokens.presenters._operation_words import words
from tokens.presenters._pats import PatRow, pat_row
from tokens.presenters._rotation import Aftermath, aftermath


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
    """What became of one operation; `received_url` is set while a rotation waits for word of its secret.

    `asked` is what a change was to make of the PAT, `again_url` the form for it, filled in, where it came to
    nothing.
    """

    verb: str
    title: Text
    sentence: Text
    tone: str
    pat_name: str
    organization: str
    requested_at: datetime
    row: PatRow | None
    is_pending: bool
    poll_url: str
    activity_id: str
    received_url: str
    aftermath: Aftermath | None
    asked: list[Difference]
    again_url: str
    again_label: str
    revoke_url: str


def notice(operation: Operation) -> Notice:
    """Return the banner that tells how `operation` ended, or that its end is still being found out."""
    _title, sentence, tone = words(operation)
    return Notice(
        tone=tone,
        text=_("“%(name)s” in %(organization)s: %(sentence)s")
        % {"name": called(operation.name), "organization": operation.organization.name, "sentence": sentence},
        at=operation.finished_at or operation.requested_at,
        action_url=reverse("operation", args=[operation.id]),
        action_label=_("Details"),
        dismiss_url=reverse("notice_dismiss", args=[operation.id]) if not operation.is_open else "",
    )


def operation_view(operation: Operation, *, now: datetime) -> OperationView:
    """Return what the page of one operation shows."""
    title, sentence, tone = words(operation)
    is_waiting = _waits_for_receipt(operation, now=now)
    row = pat_row(operation.pat, now=now) if operation.pat else None
    again_url, again_label = _again(operation, row)
    return OperationView(
        verb=operation.get_verb_display(),
        title=title,
        sentence=sentence,
        tone=tone,
        pat_name=called(operation.name),
        organization=operation.organization.name,
        requested_at=operation.requested_at,
        row=row,
        is_pending=operation.is_open,
        poll_url=reverse("operation", args=[operation.id]),
        activity_id=operation.activity_id,
        received_url=address("pat_received", operation.pat_id) if is_waiting and operation.pat_id else "",
        aftermath=_aftermath(operation, now=now) if is_waiting else None,
        asked=_asked(operation),
        again_url=again_url,
        again_label=again_label,
        # To revoke it is no answer to a change that failed.
        revoke_url=row.revoke_url if row and row.can_revoke and not operation.changes_a_pat else "",
    )


def _asked(operation: Operation) -> list[Difference]:
    """Return what the PAT was when a change was begun, and what it was to become."""
    if not operation.changes_a_pat:
        return []
    wish = {"name": operation.asked_name, "scopes": operation.scopes, "valid_to": operation.asked_valid_to}
    before = operation.before
    if before.get("valid_to"):
        before = {**before, "valid_to": datetime.fromisoformat(before["valid_to"])}
    return [
        difference(column, before.get(column, pgettext("what a token was before", "unknown")), value)
        for column, value in wish.items()
        if value
    ]


def _again(operation: Operation, row: PatRow | None) -> tuple[str, str]:
    if row is None or not operation.has_come_to_nothing:
        return "", ""
    query = f"?{urlencode({'again': operation.id})}"
    if operation.verb == Operation.Verb.UPDATE and row.can_change:
        return f"{row.edit_url}{query}", _("Edit again")
    if operation.verb == Operation.Verb.EXTEND and row.can_extend:
        return f"{row.extend_url}{query}", _("Extend again")
    return "", ""


def _waits_for_receipt(operation: Operation, *, now: datetime) -> bool:
    """Whether it is a rotation whose new PAT works, and nobody has said that its secret is stored."""
    new = operation.pat
    if operation.verb != Operation.Verb.ROTATE or operation.state != Operation.State.DONE or new is None:
        return False
    return new.received_at is None and new.is_active(now=now) and new.revocation_sent_at is None


def _aftermath(operation: Operation, *, now: datetime) -> Aftermath | None:
    if operation.replaces is None:
        return None
    seconds = operation.overlap_seconds
    overlap = None if seconds is None else timedelta(seconds=seconds)
    return aftermath(operation.replaces, overlap=overlap, now=now)
