"""`export_audit`: files that appear whole, a position that moves only once everything is written."""

import json
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from patportal.lib.actors import system_actor
from tests.tokens.audit_scene import link_now
from tokens import audit
from tokens.models import AuditEvent, AuditLink, EventType

pytestmark = pytest.mark.django_db


def write(count: int) -> None:
    for _ in range(count):
        audit.record(EventType.PAT_CREATED, actor=system_actor("a test"))
    link_now()


def run(**options: Any) -> tuple[str, str]:
    said, told = BytesIO(), StringIO()
    # Whatever the locale says.
    output = TextIOWrapper(said, "ascii", newline="")
    call_command("export_audit", stdout=output, stderr=told, **options)
    link_now()
    return said.getvalue().decode("utf-8"), told.getvalue()


def hash_at(position: int) -> str:
    return bytes(AuditLink.objects.get(position=position).hash).hex()


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
    assert state.read_text() == f"5 {hash_at(5)}\n"
    assert state.stat().st_mode & 0o777 == 0o600


def test_runs_do_not_feed_on_their_own_events(tmp_path: Path) -> None:
    write(2)
    for name in ("one", "two"):
        run(state=tmp_path / name)
    count = AuditEvent.objects.count()
    for name in ("one", "two", "one"):
        said, told = run(state=tmp_path / name)
        assert (said, told.strip()) == ("", "Nothing new to export.")
    assert AuditEvent.objects.count() == count
    # Nothing is left out: it comes with what happens next.
    write(1)
    assert positions(run(state=tmp_path / "one")[0]) == [3, 4, 5]
    # An export that somebody made by hand is news.
    run()
    assert positions(run(state=tmp_path / "two")[0])[-1] == 7


def test_a_log_that_lost_what_was_exported_is_noticed(tmp_path: Path) -> None:
    write(3)
    state = tmp_path / "position"
    for content, words in (
        (f"50 {hash_at(3)}\n", "Position 50 was exported before and is not in the log any more"),
        (f"2 {hash_at(3)}\n", "At position 2 stands another hash"),
    ):
        state.write_text(content)
        with pytest.raises(CommandError, match=words) as caught:
            run(state=state)
        link_now()
        assert caught.value.returncode == 1
        assert state.read_text() == content
    # Once an hour is enough: whoever collects every minute must not fill the log.
    (event,) = AuditEvent.objects.filter(type=EventType.AUDIT_EXPORTED)
    assert (event.outcome, event.error_code) == ("refused", "export_refused")
    assert "Position 50" in event.recorded["finding"]


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


class Broken(BytesIO):
    """A pipe whose reader has gone."""

    def write(self, _: Any) -> int:
        raise BrokenPipeError(32, "Broken pipe")


def test_the_position_does_not_move_where_nobody_reads(tmp_path: Path) -> None:
    write(2)
    state = tmp_path / "position"
    state.write_text("1\n")
    with pytest.raises(CommandError, match="Nothing is lost"):
        call_command("export_audit", stdout=TextIOWrapper(Broken()), state=state)
    assert state.read_text() == "1\n"


def test_a_run_without_anything_new_leaves_everything_as_it_was(tmp_path: Path) -> None:
    state = tmp_path / "position"
    write(1)
    state.write_text("1\n")
    said, told = run(state=state)
    assert (said, told.strip()) == ("", "Nothing new to export.")
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize("content", ["", "x", "-1", "1 abc", "9" * 30])
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
    assert "End of the export: 0 events" in run(format="csv", until=0)[0]
    assert AuditEvent.objects.filter(data__is_complete=True).count() == 0
