"""Operations in words: the notice about one that ended out of sight, and the page of a single one."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from tokens.models import NOT_CONFIRMED, Operation
from tokens.presenters._pats import PatRow, pat_row

State = Operation.State


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
    _, sentence, tone = _words(operation)
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
    title, sentence, tone = _words(operation)
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


def _words(operation: Operation) -> tuple[str, str, str]:
    if operation.verb == Operation.Verb.REVOKE:
        if operation.state == State.FAILED and operation.error_code != NOT_CONFIRMED:
            return _NOTHING_REVOKED
        return _REVOKE_WORDS[State(operation.state)]
    if operation.pat and operation.state in {State.ORPHANED, State.NOTHING_MADE}:
        # Even where nothing was found at first: an answer that came after that brought the PAT.
        return _ORPHAN_REVOKED if operation.pat.is_revoked else _CREATE_WORDS[State.ORPHANED]
    if operation.state == State.DONE and operation.pat and operation.pat.received_at is None:
        return _CREATED_NOT_RECEIVED
    if operation.state == State.REQUESTED and operation.answer_lost_at is not None:
        return _CREATE_LOST
    return _CREATE_WORDS[State(operation.state)]


_SHOWN_ONCE = "Its secret was shown once, in the answer to the form, and cannot be shown again."
_LOST = "the answer of Azure DevOps was lost."
_NOBODY_HAS_IT = "because nobody has its secret"
_ORPHAN_REVOKED = (
    "The token was revoked",
    f"{_LOST} The token was found and revoked, {_NOBODY_HAS_IT}. Create another one.",
    "warn",
)
_CREATED_NOT_RECEIVED = (
    "The token was created",
    f"the token was created. {_SHOWN_ONCE} If you do not have it, revoke this token and create another one.",
    "warn",
)
_CREATE_LOST = (
    "The answer was lost",
    f"{_LOST} The portal is finding out whether the token exists; if so, it is revoked, {_NOBODY_HAS_IT}.",
    "info",
)
_BEING_CREATED = ("The token is being created", "the request is on its way to Azure DevOps.", "info")
_MAYBE_LEFT_OVER = (
    f"{_LOST} More than one token could be the one, or a policy changed its expiry. "
    "They are marked in the list: keep those that you know, revoke the others."
)
_CREATE_WORDS = {
    State.REQUESTED: _BEING_CREATED,
    State.DONE: ("The token was created", f"the token was created. {_SHOWN_ONCE}", "good"),
    State.REFUSED: (
        "The token was not created",
        "Azure DevOps refused to create it. Nothing was made.",
        "bad",
    ),
    State.FAILED: ("The token was not created", "nothing was made.", "bad"),
    State.NOTHING_MADE: (
        "No token was made",
        f"{_LOST} Two looks at the list show that no token was made. You can create it again.",
        "warn",
    ),
    State.ORPHANED: (
        "The token is being revoked",
        f"{_LOST} The token was found and is being revoked, {_NOBODY_HAS_IT}. Create another one.",
        "warn",
    ),
    State.AMBIGUOUS: ("A token may be left over", _MAYBE_LEFT_OVER, "warn"),
}
_NOTHING_REVOKED = ("Nothing was revoked", "nothing was changed.", "bad")
_NOT_CONFIRMED = (
    "Azure DevOps does not list it as revoked. Try again; if that does not help, revoke it on the page "
    "of Azure DevOps."
)
_REVOKE_WORDS = {
    State.REQUESTED: (
        "The token is being revoked",
        "the revocation is on its way; the portal finds out what became of it.",
        "info",
    ),
    State.SENT: (
        "The revocation was sent",
        "Azure DevOps took the revocation; the portal is waiting for the list to show it.",
        "info",
    ),
    State.DONE: ("The token was revoked", "Azure DevOps lists it as revoked.", "good"),
    State.REFUSED: ("The token was not revoked", "Azure DevOps refused to revoke it.", "bad"),
    State.FAILED: ("The revocation is not confirmed", _NOT_CONFIRMED, "bad"),
}
