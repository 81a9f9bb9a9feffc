"""A refusal by the portal's own rules: nothing is sent, and one event says so."""

from typing import NoReturn

from django.db import transaction

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit
from tokens.errors import TokensError
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
        )
    raise error
