"""A refusal by the portal's own rules: nothing is sent, and one event says so."""

from datetime import datetime
from typing import NoReturn

from django.db import transaction

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit
from tokens.errors import PatChanged, TokensError
from tokens.models import EventType, Outcome, Pat


def refuse(error: TokensError, event_type: EventType, *, actor: Actor, owner: User, pat: Pat) -> NoReturn:
    """Record that `error` kept the portal from acting on `pat`, and raise it."""
    with transaction.atomic(durable=True):
        audit.record(
            event_type,
            actor=actor,
            outcome=Outcome.REFUSED,
            owner=owner,
            pat=pat,
            activity_id=error.activity_id,
            error_code=error.code,
            data=_plain(error.differences) if isinstance(error, PatChanged) else None,
        )
    raise error


def _plain(differences: dict[str, tuple[object, object]]) -> dict[str, list[object]]:
    """Return what the person saw and what the PAT is, by column, as plain values."""
    return {
        column: [value.isoformat() if isinstance(value, datetime) else value for value in values]
        for column, values in differences.items()
    }
