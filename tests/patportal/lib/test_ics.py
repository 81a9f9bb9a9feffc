"""Writing calendar files, read back by a parser that is not ours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patportal.lib.ics import Calendar, Entry, escaped, render

_AT = datetime(2027, 3, 28, 0, 59, 30, tzinfo=UTC)
ENTRY = Entry(
    uid="pat-1@portal.example",
    at=_AT,
    created_at=_AT - timedelta(days=30),
    changed_at=_AT - timedelta(days=2),
    sequence=7,
    summary="A token expires",
    description="Open it: https://portal.example/tokens/1",
    url="https://portal.example/tokens/1",
)


def calendar(*entries: Entry) -> Calendar:
    return Calendar(name="Tokens; all, of them", product="PAT Portal//Test", refresh_hours=6, entries=entries)


def parsed(*entries: Entry) -> Any:
    return icalendar.Calendar.from_ical(render(calendar(*entries)))


def event(entry: Entry) -> Any:
    (found,) = parsed(entry).walk("VEVENT")
    assert found.errors == []
    return found


def test_a_parser_reads_what_was_written() -> None:
    found = event(ENTRY)
    assert found["UID"] == ENTRY.uid
    assert found["SUMMARY"] == ENTRY.summary
    assert found["DESCRIPTION"] == ENTRY.description
    assert found["URL"] == ENTRY.url
    assert found["SEQUENCE"] == 7
    assert found["DTSTART"].dt == ENTRY.at
    assert found["CREATED"].dt == ENTRY.created_at
    assert found["LAST-MODIFIED"].dt == found["DTSTAMP"].dt == ENTRY.changed_at
    assert (found["TRANSP"], found["CLASS"]) == ("TRANSPARENT", "PRIVATE")
    assert "DTEND" not in found
    assert "DURATION" not in found


def test_the_calendar_says_what_it_is_and_how_often_to_ask() -> None:
    found = parsed(ENTRY)
    assert found.errors == []
    assert (found["VERSION"], found["PRODID"]) == ("2.0", "-//PAT Portal//Test//EN")
    # The parser leaves names of calendars as they are written, so they are looked at as such.
    for name in (b"NAME", b"X-WR-CALNAME"):
        assert b"\r\n%b:Tokens\\; all\\, of them\r\n" % name in render(calendar())
    assert found["REFRESH-INTERVAL"].dt == timedelta(hours=6)
    assert "METHOD" not in found


def test_a_calendar_of_nothing_is_one() -> None:
    assert parsed().walk("VEVENT") == []


def test_moments_are_told_in_utc() -> None:
    noon = datetime(2027, 7, 1, 12, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert b"DTSTART:20270701T063000Z\r\n" in render(calendar(replace(ENTRY, at=noon)))


@pytest.mark.parametrize(("sequence", "told"), [(-5, 0), (0, 0), (2**31 - 1, 2**31 - 1), (2**40, 2**31 - 1)])
def test_a_sequence_is_a_number_that_programs_can_hold(sequence: int, told: int) -> None:
    assert event(replace(ENTRY, sequence=sequence))["SEQUENCE"] == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b;c\\d", "a\\,b\\;c\\\\d"),
        ("one\ntwo\r\nthree\rfour", "one\\ntwo\\nthree\\nfour"),
        ("tab\there", "tab here"),
        ("\x00nothing\x1f\x7f", "nothing"),
        ("turned \u202eround\u2069", "turned round"),
        ("\u2028a\u2029b\x85", "ab"),
        ("half \ud800 a character", "half  a character"),
        ("👩\u200d💻 könnte 日本", "👩\u200d💻 könnte 日本"),
    ],
)
def test_what_means_something_is_escaped_and_what_is_hidden_left_out(text: str, told: str) -> None:
    assert escaped(text) == told


def test_nobody_can_write_properties_by_way_of_a_name() -> None:
    found = event(replace(ENTRY, summary="x\r\nEND:VEVENT\r\nBEGIN:VALARM\nATTACH:https://evil.example"))
    assert found["SUMMARY"] == "x\nEND:VEVENT\nBEGIN:VALARM\nATTACH:https://evil.example"
    assert "ATTACH" not in found
    assert found.subcomponents == []


_texts = st.text(max_size=400)


@given(summary=_texts, description=_texts)
def test_any_text_comes_back_and_no_line_is_too_long(summary: str, description: str) -> None:
    content = render(calendar(replace(ENTRY, summary=summary, description=description)))
    assert content.endswith(b"END:VCALENDAR\r\n")
    for line in content.removesuffix(b"\r\n").split(b"\r\n"):
        assert len(line) <= 75
        assert line
        assert not {10, 13} & set(line)
        line.decode()  # no character is cut in two
    (found,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert escaped(str(found["SUMMARY"])) == escaped(summary)
    assert escaped(str(found["DESCRIPTION"])) == escaped(description)
    assert found["UID"] == ENTRY.uid
