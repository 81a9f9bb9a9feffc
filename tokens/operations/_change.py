"""What every change of a PAT that goes on to exist has in common: rules, guard, intent, one call, outcome.

It does not know which changes there are; each verb brings its kind.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit, rules
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.azure_devops.types import PatMetadata
from tokens.errors import (
    AboutToEnd,
    ChangeUnderWay,
    NotChangeable,
    OutcomeTaken,
    OwnedElsewhere,
    PatChanged,
)
from tokens.models import EventType, Operation, Outcome, Pat
from tokens.operations._change_kind import ChangeKind
from tokens.operations._guard import Seen, confirm_unchanged, differences, seen_of
from tokens.operations._intent import Intent, about, begin, move_on, refuse_repeated
from tokens.operations._mirror import write_changed
from tokens.operations._refusal import refuse
from tokens.operations._remote import Clock, remote_effect

LATE_ANSWER = "late_answer"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a PAT is to become; what is None stays as it is."""

    name: str | None = None
    scopes: frozenset[str] | None = None
    valid_to: datetime | None = None

    def content(self, pat: Pat) -> dict[str, Any]:
        """Return what makes two submissions of one form the same, as plain values."""
        wish = {
            "name": self.name,
            "scopes": None if self.scopes is None else sorted(self.scopes),
            "valid_to": None if self.valid_to is None else self.valid_to.isoformat(),
        }
        given = {column: value for column, value in wish.items() if value is not None}
        return {"authorization_id": str(pat.authorization_id), **given}


@dataclass(frozen=True, slots=True)
class ChangedPat:
    """A PAT as it is after a change; `asked_valid_to` is None where the expiry was not asked to change."""

    pat: Pat
    operation: Operation
    before_valid_to: datetime
    asked_valid_to: datetime | None

    @property
    def was_shortened(self) -> bool:
        """Whether it ends earlier than asked; of an end that is brought forward see `is_as_asked`."""
        asked = self.asked_valid_to
        return asked is not None and rules.was_shortened(asked=asked, returned=self.pat.valid_to)

    @property
    def is_as_asked(self) -> bool:
        """Whether its expiry is the one that was asked for."""
        asked = self.asked_valid_to
        return asked is None or rules.is_same_date(asked, self.pat.valid_to)


def change(
    kind: ChangeKind,
    *,
    key: str,
    actor: Actor,
    owner: User,
    pat: Pat,
    client: AzureDevOpsClient,
    now: datetime,
    asked: Asked,
    content: dict[str, Any] | None = None,
    seen: Seen | None = None,
    check: Callable[[], None] | None = None,
) -> ChangedPat:
    """Change `pat` in Azure DevOps to what is asked and return it as it is then.

    With `seen`, what the person saw, Azure DevOps is asked first whether it is still that. `content` is what
    makes two submissions the same where that is not all of `asked`; `check` is that of the intent.

    Raises AlreadySubmitted, KeyReused, OwnedElsewhere, NotChangeable, AboutToEnd, PatChanged,
    ChangeUnderWay, OutcomeUnknown (settling will find out), OutcomeTaken, and the errors that mean that
    nothing was changed.
    """
    clock, refused = Clock(now), kind.failures.refused
    intent = _intent(kind, key=key, owner=owner, pat=pat, asked=asked, content=content)
    refuse_repeated(intent)
    check_changeable(pat, refused, actor=actor, owner=owner, now=now)
    try:
        if kind.lengthens:
            _refuse_ending(pat)
        if seen is not None:
            confirm_unchanged(seen, pat=pat, client=client, actor=actor, owner=owner, clock=clock)
        again = partial(_check_again, kind, pat, seen=seen, check=check)
        intent = replace(intent, name=pat.name, before=_before(pat), check=again)
        operation = begin(intent, actor=actor, now=clock.now(), budget_seconds=client.write_budget_seconds)
    except (AboutToEnd, ChangeUnderWay, PatChanged) as exc:
        # What is in the way may be this very form, sent a moment ago.
        refuse_repeated(intent)
        refuse(exc, refused, actor=actor, owner=owner, pat=pat)
    with remote_effect(operation, kind.failures, actor=actor, clock=clock):
        metadata = _send(asked, pat, client=client)
    return _note_changed(kind, operation, metadata, actor=actor, now=clock.now())


def _send(asked: Asked, pat: Pat, *, client: AzureDevOpsClient) -> PatMetadata:
    return client.update_pat(
        pat.organization.name,
        pat.authorization_id,
        display_name=asked.name,
        scopes=asked.scopes,
        valid_to=asked.valid_to,
    )


def _check_again(kind: ChangeKind, pat: Pat, *, seen: Seen | None, check: Callable[[], None] | None) -> None:
    """Raise PatChanged or AboutToEnd where the portal did more between the guard's look and the intent."""
    if kind.lengthens:
        _refuse_ending(pat)
    if seen is not None and (changed := differences(seen, seen_of(Pat.objects.get(pk=pat.pk)))):
        raise PatChanged(changed)
    if check is not None:
        check()


def _refuse_ending(pat: Pat) -> None:
    """Raise AboutToEnd for what somebody revokes or the portal is to end; nobody schedules that meanwhile."""
    with transaction.atomic():
        row = Pat.objects.select_for_update(no_key=True).get(pk=pat.pk)
        revoking = Operation.objects.filter(pat=row, verb=Operation.Verb.REVOKE, finished_at=None)
        if row.ends_at is not None or row.revocation_sent_at is not None or revoking.exists():
            raise AboutToEnd


def _intent(
    kind: ChangeKind, *, key: str, owner: User, pat: Pat, asked: Asked, content: dict[str, Any] | None
) -> Intent:
    return Intent(
        verb=kind.verb,
        event_type=kind.requested,
        key=key,
        owner=owner,
        organization=pat.organization,
        name=pat.name,
        pat=pat,
        scopes=frozenset() if asked.scopes is None else asked.scopes,
        asked_name=asked.name or "",
        asked_valid_to=asked.valid_to,
        content=asked.content(pat) if content is None else content,
    )


def _before(pat: Pat) -> dict[str, Any]:
    return {"name": pat.name, "scopes": sorted(pat.scopes), "valid_to": pat.valid_to.isoformat()}


def check_changeable(pat: Pat, refused: EventType, *, actor: Actor, owner: User, now: datetime) -> None:
    """Raise OwnedElsewhere or NotChangeable, after recording it, where nothing of `pat` can be changed."""
    if pat.is_owned_elsewhere:
        refuse(OwnedElsewhere(), refused, actor=actor, owner=owner, pat=pat)
    if not pat.is_active(now=now):
        refuse(NotChangeable(), refused, actor=actor, owner=owner, pat=pat)


def _note_changed(
    kind: ChangeKind, operation: Operation, metadata: PatMetadata, *, actor: Actor, now: datetime
) -> ChangedPat:
    """Write the outcome; the loser of the race against settling only brings the mirror up to date."""
    with transaction.atomic(durable=True):
        is_ours = move_on(operation, Operation.State.DONE, now=now, activity_id=metadata.activity_id)
        pat, columns = write_changed(operation, metadata, now=now)
        if is_ours or columns:
            audit.record(
                kind.done if is_ours else kind.settled,
                actor=actor,
                outcome=Outcome.SUCCESS if is_ours else Outcome.UNKNOWN,
                activity_id=metadata.activity_id,
                data=outcome_data(operation, metadata, columns)
                | ({} if is_ours else {"resolution": LATE_ANSWER}),
                **about(operation, pat),
            )
    if not is_ours:
        raise OutcomeTaken(operation.id)
    operation.refresh_from_db()
    return ChangedPat(
        pat=pat,
        operation=operation,
        before_valid_to=datetime.fromisoformat(operation.before["valid_to"]),
        asked_valid_to=operation.asked_valid_to,
    )


def outcome_data(
    operation: Operation, metadata: PatMetadata, columns: dict[str, list[Any]]
) -> dict[str, Any]:
    """Return what the event of an outcome says: old and new values, and the expiry where it is another."""
    asked = operation.asked_valid_to
    if asked is None or rules.is_same_date(asked, metadata.valid_to):
        return {**columns}
    dates = {"asked_valid_to": asked.isoformat(), "returned": metadata.valid_to.isoformat()}
    return {**columns, **dates}
