"""`export_audit`: files that appear whole, a position that moves only once everything is written."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from patportal.lib.actors import system_actor
from tests.tokens.audit_scene import link_now
from tokens import audit
from tokens.models import AuditEvent, EventType

pytestmark = pytest.mark.django_db


def write(count: int) -> None:
    for _ in range(count):
        audit.record(EventType.PAT_CREATED, actor=system_actor("a test"))
    link_now()


def run(**options: Any) -> tuple[str, str]:
    said, told = StringIO(), StringIO()
    call_command("export_audit", stdout=said, stderr=told, **options)
    link_now()
    return said.getvalue(), told.getvalue()


def positions(text: str) -> list[int]:
    return [found["position"] for found in map(json.loads, text.splitlines()) if "position" in found]


def test_it_goes_on_where_the_last_run_ended(tmp_path: Path) -> None:
    state = tmp_path / "position"
    write(3)
    said, told = run(state=state)
    assert positions(said) == [1, 2, 3]
    assert "Exported positions 1 to 3." in told
    write(1)
    # The fourth is the event of the first export.
    assert positions(run(state=state)[0]) == [4, 5]
    assert state.read_text() == "5\n"


def test_a_file_is_private_whole_and_never_overwritten(tmp_path: Path) -> None:
    write(2)
    output = tmp_path / "export.jsonl"
    assert run(output=output)[0] == ""
    assert positions(output.read_text("utf-8")) == [1, 2]
    assert output.stat().st_mode & 0o777 == 0o600
    state = tmp_path / "position"
    with pytest.raises(CommandError, match="File exists") as caught:
        run(output=output, state=state)
    assert caught.value.returncode == 2
    assert not state.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.jsonl"]


class Broken(StringIO):
    """A pipe whose reader has gone."""

    def flush(self) -> None:
        raise BrokenPipeError(32, "Broken pipe")


def test_the_position_does_not_move_where_nobody_reads(tmp_path: Path) -> None:
    write(2)
    state = tmp_path / "position"
    state.write_text("1\n")
    with pytest.raises(CommandError, match="Nothing is lost"):
        call_command("export_audit", stdout=Broken(), state=state)
    assert state.read_text() == "1\n"


def test_a_run_without_anything_new_leaves_everything_as_it_was(tmp_path: Path) -> None:
    state = tmp_path / "position"
    write(1)
    state.write_text("1\n")
    said, told = run(state=state)
    assert (said, told.strip()) == ("", "Nothing new to export.")
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize("content", ["", "x", "-1"])
def test_a_state_that_is_no_position_stops_it(tmp_path: Path, content: str) -> None:
    state = tmp_path / "position"
    state.write_text(content)
    with pytest.raises(CommandError, match="does not hold a position"):
        run(state=state)


def test_a_table_has_no_position_to_remember(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="for JSON Lines"):
        run(format="csv", state=tmp_path / "position")


def test_a_table_holds_the_chosen_positions() -> None:
    write(4)
    said, _ = run(format="csv", after=1, until=3)
    assert "End of the export: 2 events" in said
