"""Who runs a command, as the operating system says, and that it is recorded where somebody types it."""

import json
import os
import pwd
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command, load_command_class
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from patportal.lib.actors import ActorKind
from tests.installation import Installation
from tests.tokens.operations.scene import failing_event
from tokens.management.operators import RecordedCommand, RecordedDoor, operator_actor
from tokens.models import AuditEvent

ME = f"{pwd.getpwuid(os.getuid()).pw_name} (uid {os.getuid()})"


def test_the_actor_is_the_operating_system_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    first, second = operator_actor("shell"), operator_actor("shell")
    assert first.kind is ActorKind.OPERATOR
    assert first.label.startswith(ME)
    assert (first.tenant_id, first.object_id) == (None, None)
    assert first.origin.user_agent == "manage.py shell"
    assert len(first.origin.request_id) == 32
    assert first.origin.request_id != second.origin.request_id


def test_who_used_sudo_is_named_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "mallory")
    label = operator_actor("shell").label
    assert label.startswith(f"{ME}, who is mallory")
    monkeypatch.setenv("SUDO_USER", pwd.getpwuid(os.getuid()).pw_name)
    assert "who is" not in operator_actor("shell").label.replace(" or ", "")


class Quiet(BaseCommand):
    """What Django would have done."""

    ran = 0

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("args", nargs="*")

    def handle(self, *args: Any, **_: Any) -> str:
        type(self).ran += 1
        if "fail" in args:
            raise CommandError("no")
        return "done"


class Strict(RecordedCommand, Quiet):
    """A command that is not run unrecorded."""


class Door(RecordedDoor, Quiet):
    """A command that opens whatever happens."""


def typed(command: BaseCommand, *words: str) -> None:
    """Run a command as if somebody had typed it."""
    command.stdout.write = lambda *_, **__: None  # type: ignore[method-assign]
    command._called_from_command_line = True  # type: ignore[attr-defined]
    call_command(command, *words)


def told() -> list[tuple[str, dict[str, Any]]]:
    events = AuditEvent.objects.filter(type="command.ran").order_by("id")
    return [(event.outcome, event.recorded) for event in events]


@pytest.mark.django_db
def test_beginning_and_end_are_recorded() -> None:
    typed(Strict(), "one", "two")
    begun = {"command": "test_operators", "arguments": ["one", "two"]}
    assert told() == [("requested", begun), ("success", {"command": "test_operators"})]
    first, last = AuditEvent.objects.order_by("id")
    assert (first.actor_kind, first.request_id) == ("operator", last.request_id)
    assert first.actor_label.startswith(ME)
    assert first.data == {"command": "test_operators"}


@pytest.mark.django_db
def test_a_failure_is_recorded() -> None:
    with pytest.raises(CommandError):
        typed(Strict(), "fail")
    assert [outcome for outcome, _ in told()] == ["requested", "failed"]


@pytest.mark.django_db
def test_what_code_calls_is_not_recorded() -> None:
    for command in (Strict(), Door()):
        call_command(command, stdout=StringIO())
    assert told() == []


@pytest.mark.django_db
def test_what_cannot_be_recorded_is_not_run() -> None:
    before = Strict.ran
    with failing_event("command.ran"), pytest.raises(DatabaseError):
        typed(Strict())
    assert Strict.ran == before


@pytest.mark.django_db
def test_a_door_is_recorded_once() -> None:
    typed(Door())
    assert told() == [("success", {"command": "test_operators"})]


@pytest.mark.django_db
def test_a_door_opens_where_nothing_can_be_written(caplog: pytest.LogCaptureFixture) -> None:
    before = Door.ran
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tokens_auditevent RENAME COLUMN outcome TO gone")
    typed(Door())
    assert Door.ran == before + 1
    assert "command not recorded" in caplog.text


@pytest.mark.parametrize("name", ["shell", "dbshell", "flush", "loaddata", "dumpdata", "migrate"])
def test_djangos_own_are_replaced(name: str) -> None:
    command = load_command_class("tokens", name)
    assert type(command).__module__ == f"tokens.management.commands.{name}"
    assert command.help == load_command_class("django.core", name).help


# --- As an operator does it ----------------------------------------------------------------------------


def commands_of(installation: Installation) -> list[tuple[Any, ...]]:
    return installation.rows(
        "SELECT data->>'command', outcome, actor_kind, data->'migrations' FROM tokens_auditevent"
        " WHERE type = 'command.ran' ORDER BY id"
    )


def test_a_shell_and_a_dump_are_in_the_log(installation: Installation) -> None:
    before = len(commands_of(installation))
    installation.manage("shell", "--no-imports", "--command", "pass")
    assert json.loads(installation.manage("dumpdata", "auth.group").strip().splitlines()[-1])
    found = commands_of(installation)[before:]
    assert [one[:3] for one in found] == [
        ("shell", "success", "operator"),
        ("dumpdata", "requested", "operator"),
        ("dumpdata", "success", "operator"),
    ]


def test_who_gets_at_the_jobs_is_in_the_log(installation: Installation) -> None:
    before = len(commands_of(installation))
    installation.manage("procrastinate", "healthchecks")
    assert commands_of(installation)[before:] == []
    installation.manage("procrastinate", "defer", "tokens.clear_sessions", '{"timestamp": 0}')
    assert [one[:3] for one in commands_of(installation)[before:]] == [
        ("procrastinate", "success", "operator")
    ]


def test_what_was_migrated_is_in_the_log(tmp_path: Path) -> None:
    made = Installation(tmp_path)
    try:
        made.migrate()
        made.migrate()
        (only,) = commands_of(made)
        assert only[:3] == ("migrate", "success", "operator")
        assert "tokens.0006_expiry_recorded" in only[3]
        assert "accounts.0001_initial" in only[3]
    finally:
        made.remove()


def test_an_attempt_to_empty_everything_is_in_the_log(installation: Installation) -> None:
    with pytest.raises(AssertionError):
        installation.manage("flush", "--no-input")
    assert [one[:2] for one in commands_of(installation)][-2:] == [
        ("flush", "requested"),
        ("flush", "failed"),
    ]
