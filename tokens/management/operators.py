"""Who runs a management command, and the record of it.

Only what somebody types is recorded: a command that code calls has that code's record. Whoever is root may
call themselves what they like; what is told here is what the operating system says.
"""

import os
import pwd
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from django.core.management.base import BaseCommand
from django.db import DatabaseError, transaction

from patportal.env import sudo_user
from patportal.lib.actors import Actor, ActorKind, Origin
from tokens import audit
from tokens.models import EventType, Outcome

log = structlog.get_logger(__name__)

_LOGIN = Path("/proc/self/loginuid")
_NO_LOGIN = 2**32 - 1


def operator_actor(command: str) -> Actor:
    """Return the operating-system user as an actor, for what one run of `manage.py` does.

    With sudo or su it names who became that user as well, as far as the system knows.
    """
    user = _name_of(os.getuid())
    behind = [name for name in dict.fromkeys((sudo_user(), _login_name())) if name]
    others = [name for name in behind if not user.startswith(f"{name} (")]
    label = f"{user}, who is {' or '.join(others)}" if others else user
    origin = Origin(request_id=uuid4().hex, user_agent=f"manage.py {command}")
    return Actor(kind=ActorKind.OPERATOR, label=label, origin=origin)


def _name_of(uid: int) -> str:
    try:
        return f"{pwd.getpwuid(uid).pw_name} (uid {uid})"
    except KeyError:  # a container may run as any number
        return f"uid {uid}"


def _login_name() -> str:
    """Return who logged in to this machine at first, which sudo and su do not change; "" where unknown."""
    try:
        uid = int(_LOGIN.read_text("ascii"))
    except (OSError, ValueError):
        return ""
    return "" if uid == _NO_LOGIN else _name_of(uid).partition(" (")[0]


class RecordedCommand(BaseCommand):
    """A command whose start and end are recorded when somebody types it; stands before Django's own.

    Where it cannot be recorded, it does not run.
    """

    def handle(self, *args: Any, **options: Any) -> Any:
        """Record that it begins, run it, record how it ended; both events have one request id."""
        if not is_typed(self):
            return super().handle(*args, **options)
        actor = operator_actor(name_of(self))
        said = {"arguments": [str(one) for one in args]} if args else {}
        record_command(self, actor, Outcome.REQUESTED, **said)
        outcome = Outcome.FAILED
        try:
            result = super().handle(*args, **options)
            outcome = Outcome.SUCCESS
        finally:
            record_command(self, actor, outcome)
        return result


class RecordedDoor(BaseCommand):
    """A command that lets somebody at everything; it opens even where the database cannot be written to."""

    def handle(self, *args: Any, **options: Any) -> Any:
        """Record that it begins, once, or else log it, and run it."""
        if is_typed(self):
            try_to_record(self, operator_actor(name_of(self)), Outcome.SUCCESS)
        return super().handle(*args, **options)


def is_typed(command: BaseCommand) -> bool:
    """Whether somebody typed `command`, as Django tells it from one that code calls."""
    return bool(getattr(command, "_called_from_command_line", False))


def name_of(command: BaseCommand) -> str:
    """Return the name by which a command is called."""
    return type(command).__module__.rpartition(".")[2]


def record_command(command: BaseCommand, actor: Actor, outcome: Outcome, **data: Any) -> None:
    """Write one event about a run of `command`, in a transaction of its own."""
    with transaction.atomic():
        data = {"command": name_of(command), **data}
        audit.record(EventType.COMMAND_RAN, actor=actor, outcome=outcome, data=data)


def try_to_record(command: BaseCommand, actor: Actor, outcome: Outcome, **data: Any) -> None:
    """Write the event, or log what it would have said where the database does not take it."""
    try:
        record_command(command, actor, outcome, **data)
    except DatabaseError as exc:
        log.error(
            "command not recorded",
            command=name_of(command),
            operator=actor.label,
            outcome=outcome.value,
            reason=type(exc).__name__,
            **data,
        )
