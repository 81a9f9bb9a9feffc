"""The registry of words is complete: every type has a sentence of its own and an icon that exists."""

from uuid import UUID

import pytest
from heroicons.templatetags import heroicons

from tokens.models import AuditEvent, EventType
from tokens.presenters import event_icon, outcome_badge, sentence
from tokens.presenters._audit_words import TELLINGS


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
