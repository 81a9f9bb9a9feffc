"""The registry of words is complete: every type has a sentence of its own and an icon that exists."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from heroicons.templatetags import heroicons

from tokens.models import AuditEvent, EventType
from tokens.presenters import event_icon, outcome_badge, sentence
from tokens.presenters._audit_pat_words import REPLACED
from tokens.presenters._audit_telling import Telling
from tokens.presenters._audit_words import TELLINGS

# Something of everything that events record.
_RECORDED: dict[str, Any] = {
    "place": "box",
    "reason": "idle",
    "finding": "It is gone",
    "detail": "full",
    "resolution": "late_answer",
    "gained": ["PatPortal.Auditor"],
    "command": "doctor",
    "network": "192.0.2.0/24",
    "verb": "revoke",
    "until": "2026-11-24T09:00:00+00:00",
    "ends_at": "2026-11-24T09:00:00+00:00",
    "muted_until": [None, "2026-11-24T09:00:00+00:00"],
    **dict.fromkeys(("active", "refusals", "sessions", "pats", "events", "faults", "erased", "jobs"), 3),
}
_WHO_AND_WHAT = {"who", "pat", "owner", "place", "called", "person"}
_EXPIRY, _NEW_EXPIRY = "2026-11-24T09:00:00+00:00", ["2026-11-24T09:00:00+00:00", "2026-12-24T09:00:00+00:00"]


def _known() -> Iterator[dict[str, Any]]:
    for valid_to in (_EXPIRY, _NEW_EXPIRY):
        for kind, step_days in (("backup_reminder", 3), ("reminder_digest", 0), ("backup_reminder", 0)):
            for is_moved in (True, False):
                yield {
                    **_RECORDED,
                    "valid_to": valid_to,
                    "kind": kind,
                    "step_days": step_days,
                    "is_moved": is_moved,
                }


def _sentences(telling: Telling) -> list[str]:
    ways = [(telling.words, telling.fuller), *(way for way in (telling.by_portal, telling.own) if way)]
    return [str(words) for plain, fuller in ways for words in (plain, *(words for _, words in fuller))]


@pytest.mark.parametrize("telling", [*TELLINGS.values(), REPLACED], ids=[*TELLINGS, "replaced"])
def test_every_sentence_is_whole_and_what_is_theirs_has_every_form(telling: Telling) -> None:
    for words in _sentences(telling):
        assert re.fullmatch(r"[A-Z{].*[^.]\.", words)
        assert all(forms.count("|") == 1 and "{called}" in forms for forms in _forms("pat", words))
        assert all(forms.count("|") == 2 and "{person}" in forms for forms in _forms("owner", words))


def _forms(name: str, words: str) -> list[str]:
    return re.findall(rf"\{{{name}:((?:[^{{}}]|\{{\w+\}})*)\}}", words)


@pytest.mark.parametrize("telling", TELLINGS.values(), ids=list(TELLINGS))
def test_a_fuller_sentence_has_places_for_what_its_reader_finds_and_no_others(telling: Telling) -> None:
    own_fuller = telling.own[1] if telling.own else ()
    by_portal_fuller = telling.by_portal[1] if telling.by_portal else ()
    for reader, words in (*telling.fuller, *own_fuller, *by_portal_fuller):
        found = [values for recorded in _known() if (values := reader(recorded))]
        places = set(re.findall(r"\{(\w+)", str(words))) - _WHO_AND_WHAT
        assert found
        assert all(places <= set(values) for values in found)


def test_every_type_has_its_words_and_nothing_else_has() -> None:
    assert set(TELLINGS) == set(EventType.values)


@pytest.mark.parametrize("event_type", EventType)
@pytest.mark.parametrize("kind", ["person", "system", "operator"])
def test_every_type_is_told_whether_much_or_nothing_is_known(event_type: EventType, kind: str) -> None:
    person = UUID(int=1)
    for known in (
        {},
        {"actor_label": "Zoë", "pat_name": "ci", "organization": "fabrikam", "owner_label": "Yan"},
        {"owner_object_id": person, "actor_object_id": person},
    ):
        told = str(sentence(AuditEvent(type=event_type, actor_kind=kind, **known)))
        assert told.endswith(".")
        assert told[0].isupper() or told[0] == "“"
        assert "{" not in told
        assert "  " not in told
        assert ".." not in told


def test_no_two_types_are_told_alike() -> None:
    told = [str(sentence(AuditEvent(type=one, actor_kind="person"))) for one in EventType]
    assert len(set(told)) == len(told)


@pytest.mark.parametrize("event_type", EventType)
def test_every_icon_exists(event_type: EventType) -> None:
    event = AuditEvent(type=event_type, outcome="success")
    assert "<svg" in heroicons.heroicon_micro(event_icon(event))
    assert "<svg" in heroicons.heroicon_micro(outcome_badge(event).icon)
