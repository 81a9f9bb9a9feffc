"""An export proves itself to whoever has nothing of the portal, and takes no memory."""

import csv
import json
import re
import subprocess
import sys
import tracemalloc
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone, translation

from patportal.lib.actors import Actor, ActorKind, system_actor
from tests.tokens.audit_scene import link_now
from tokens import audit, operations
from tokens.models import AuditEvent, AuditLink, EventType

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[3]
ACTOR = Actor(kind=ActorKind.OPERATOR, label="exporter (uid 4)")
NASTY = '=cmd|"\x00 \ud800 é \u2028 </script>'


def _write(count: int, **facts: Any) -> None:
    for number in range(count):
        audit.record(EventType.PAT_CREATED, actor=system_actor("a test"), pat_name=f"ci {number}", **facts)
    link_now()


def _export(after: int = 0, until: int | None = None) -> list[str]:
    found = operations.export_audit(actor=ACTOR, owner=None, after=after, until=until, now=timezone.now())
    return [] if found is None else list(found.lines)


def _checked(lines: list[str], folder: Path, *notes: Path) -> subprocess.CompletedProcess[str]:
    """Run the program of the documentation on an export."""
    (program,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs" / "audit.md").read_text("utf-8"), re.DOTALL
    )
    export = folder / "export.jsonl"
    export.write_text("".join(lines), "utf-8")
    command = [sys.executable, "-I", "-c", program, str(export), *map(str, notes)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_program_of_the_documentation_finds_it_whole(tmp_path: Path) -> None:
    _write(3, data={"purpose": NASTY, "scopes": ["vso.code"]})
    lines = _export()
    assert len(lines) == 5
    found = _checked(lines, tmp_path)
    last = AuditLink.objects.get(position=3)
    assert (found.returncode, found.stdout) == (
        0,
        f"Whole: positions 1 to 3, hash {bytes(last.hash).hex()}\n",
    )


def test_a_range_begins_and_ends_where_it_says(tmp_path: Path) -> None:
    _write(5)
    lines = _export(after=1, until=3)
    head, end = json.loads(lines[0]), json.loads(lines[-1])
    assert (head["from_position"], head["to_position"], end["events"]) == (2, 3, 2)
    assert head["complete"] is True
    assert [json.loads(line)["position"] for line in lines[1:-1]] == [2, 3]
    assert _checked(lines, tmp_path).returncode == 0


FALSIFIED: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "a text": (
        lambda lines: [*lines[:2], lines[2].replace("pat.created", "pat.revoked"), *lines[3:]],
        "changed",
    ),
    "a name": (lambda lines: [*lines[:2], lines[2].replace("ci 1", "ci 9"), *lines[3:]], "personal fields"),
    "one left out": (lambda lines: [*lines[:2], *lines[3:]], "not where it should be"),
    "two swapped": (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "not where it should be"),
    "the end left out": (lambda lines: [*lines[:3], lines[-1]], "the end is not where"),
    "broken off": (lambda lines: lines[:-1], "broke off"),
    "broken off within a line": (lambda lines: [*lines[:3], lines[3][:99]], "broke off"),
    "cut before the last line break": (lambda lines: [*lines[:-1], lines[-1][:-1]], "broke off"),
    "empty": (lambda lines: lines[:0], "broke off"),
    "more behind the end": (lambda lines: [*lines, lines[3]], "behind the last one"),
    "a text and its hash": (lambda lines: _rehashed(lines, 1), "does not follow"),
    "a beginning cut off": (
        lambda lines: [lines[0].replace('"from_position":1', '"from_position":2'), *lines[2:]],
        "does not follow",
    ),
    "a missing event": (
        lambda lines: [*lines[:2], _with(lines[2], personal=None, salt=None), *lines[3:]],
        "event is missing",
    ),
}


def _with(line: str, **changes: Any) -> str:
    return json.dumps({**json.loads(line), **changes}) + "\n"


def _rehashed(lines: list[str], number: int) -> list[str]:
    """Return the export with one text falsified and its hash made right."""
    text = json.loads(lines[number])["canonical"].replace("pat.created", "pat.revoked")
    line = _with(lines[number], canonical=text, hash=sha256(text.encode()).hexdigest())
    return [*lines[:number], line, *lines[number + 1 :]]


@pytest.mark.parametrize(("falsify", "words"), FALSIFIED.values(), ids=FALSIFIED.keys())
def test_the_program_names_what_is_wrong(
    tmp_path: Path, falsify: Callable[[list[str]], list[str]], words: str
) -> None:
    _write(3)
    found = _checked(falsify(_export()), tmp_path)
    assert (found.returncode, found.stderr) == (1, "")
    assert words in found.stdout


def test_the_program_holds_it_against_checkpoints(tmp_path: Path) -> None:
    _write(3)
    lines = _export()
    note = tmp_path / "checkpoint.txt"
    for position, hash_of, words in (
        (2, 2, "Whole: positions 1 to 3"),
        (2, 3, "position 2: the checkpoint vouches for another hash"),
        (4, 3, "position 4 has a checkpoint and is not in the export"),
    ):
        digest = b64encode(bytes(AuditLink.objects.get(position=hash_of).hash)).decode()
        note.write_text(f"portal/audit\n{position}\n{digest}\n2026-11-24T09:00:00Z\n\n— x y\n", "utf-8")
        found = _checked(lines, tmp_path, note)
        assert (words in found.stdout, found.returncode) == (True, 0 if "Whole" in words else 1)


def test_between_two_readings_no_transaction_is_open() -> None:
    _write(3)
    export = operations.export_audit(actor=ACTOR, owner=None, after=0, until=None, now=timezone.now())
    assert export is not None
    next(export.lines)
    next(export.lines)
    # Somebody takes the lines slowly; the connection is free for others meanwhile.
    assert AuditLink.objects.count() >= 3
    assert json.loads(list(export.lines)[-1])["events"] == 3


def test_a_position_far_away_holds_nothing_up() -> None:
    _write(2)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tokens_auditlink DISABLE TRIGGER USER")
        cursor.execute("UPDATE tokens_auditlink SET position = 9000000000000000000 WHERE position = 2")
    found = [json.loads(line) for line in _export()]
    assert [one["position"] for one in found[1:-1]] == [1, 9_000_000_000_000_000_000]


def test_what_is_erased_stays_provable_and_untold(tmp_path: Path) -> None:
    _write(2)
    erased_at = timezone.now() + timedelta(days=1)
    assert operations.erase_audit(actor=ACTOR, person=None, before=erased_at, reason="a test") == 2
    link_now()
    lines = _export()
    assert "ci 0" not in "".join(lines)
    assert [json.loads(line)["personal"] is None for line in lines[1:-1]] == [True, True, False]
    assert _checked(lines, tmp_path).returncode == 0


def test_it_is_recorded_before_its_first_line() -> None:
    _write(2)
    operations.export_audit(actor=ACTOR, owner=None, after=0, until=None, now=timezone.now())
    event = AuditEvent.objects.get(type=EventType.AUDIT_EXPORTED)
    assert event.actor_label == "exporter (uid 4)"
    assert event.data == {"format": "jsonl", "from_position": 1, "to_position": 2, "is_complete": True}


@pytest.mark.parametrize("after", [2, 99])
def test_nothing_new_is_neither_exported_nor_recorded(after: int) -> None:
    _write(2)
    assert _export(after=after) == []
    assert not AuditEvent.objects.filter(type=EventType.AUDIT_EXPORTED).exists()


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\n=x", "'\n'=x"),
        ("  =x", "'  =x"),
        ("\uff1dx", "'\uff1dx"),
        # Where the comma is the decimal sign, a cell ends at the semicolon.
        ("x;=1+1;y", "x;'=1+1;y"),
        ('x; "=1+1', "x;' \"=1+1"),
        ("x\n@y", "x\n'@y"),
        ("a=b", "a=b"),
        ("a; b - c", "a; b - c"),
        ('a,"b"\nc', 'a,"b"\nc'),
    ],
)
def test_no_cell_of_a_table_is_a_formula(cell: str, shown: str) -> None:
    audit.record(EventType.PAT_CREATED, actor=system_actor("a test"), pat_name=cell)
    lines = operations.export_audit_table(
        actor=ACTOR, owner=None, events=AuditEvent.objects.filter(type=EventType.PAT_CREATED), chosen={}
    )
    text = "".join(lines)
    assert text.startswith("\ufeff")
    head, row, end = csv.reader(StringIO(text[1:], newline=""))
    assert dict(zip(head, row, strict=True))["PAT"] == shown
    assert end == ["End of the export: 1 events"]


def test_a_table_speaks_the_portals_language_whoever_asks_for_it() -> None:
    audit.record(
        EventType.PAT_CREATED,
        actor=system_actor("a test"),
        pat_name="ci",
        data={"valid_to": "2027-03-04T05:06:07+00:00"},
    )
    created = AuditEvent.objects.filter(type=EventType.PAT_CREATED)
    with translation.override("en-us"):
        lines = operations.export_audit_table(actor=ACTOR, owner=None, events=created, chosen={})
        assert "it expires 4 Mar 2027" in "".join(lines)


def test_a_table_says_what_it_was_filtered_by() -> None:
    operations.export_audit_table(
        actor=ACTOR,
        owner=None,
        events=AuditEvent.objects.none(),
        chosen={"search": "Alice", "type": "pat.created"},
    )
    event = AuditEvent.objects.get()
    assert event.data == {"format": "csv", "is_complete": False}
    assert event.personal_data == {"filters": {"search": "Alice", "type": "pat.created"}}


@pytest.mark.parametrize("kind", ["chain", "table"])
def test_memory_does_not_grow_with_the_log(kind: str) -> None:
    peaks = []
    for count in (500, 10_000):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO tokens_auditevent (type, outcome, actor_kind, actor_label, owner_label,"
                " pat_name, organization, request_id, activity_id, error_code, address, user_agent,"
                " data, personal_data) SELECT 'pat.created', 'success', 'system', 'x', '', repeat('n', 200),"
                " '', '', '', '', '', '', '{}', '{}' FROM generate_series(1, %s)",
                [count],
            )
        link_now()
        tracemalloc.start()
        if kind == "chain":
            export = operations.export_audit(actor=ACTOR, owner=None, after=0, until=None, now=timezone.now())
            assert export is not None
            lines = export.lines
        else:
            lines = operations.export_audit_table(
                actor=ACTOR, owner=None, events=AuditEvent.objects.all(), chosen={}
            )
        assert sum(1 for _ in lines) > count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    small, large = peaks
    assert large < 5 * small + 4_000_000
