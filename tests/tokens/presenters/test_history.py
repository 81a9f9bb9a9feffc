"""What happened to one PAT, as its owner reads it."""

from uuid import uuid4

import pytest

from tests.tokens.presenters.rows import NOW
from tokens.models import AuditEvent, EventType
from tokens.presenters._history import history, sentence_of


@pytest.mark.parametrize("event_type", [one for one in EventType if one.value.startswith("pat.")])
def test_every_event_about_a_pat_has_a_sentence_of_its_own(event_type: EventType) -> None:
    sentence = sentence_of(AuditEvent(type=event_type, actor_kind="system"))
    label = event_type.label
    assert sentence != f"{label[:1].upper()}{label[1:]}."
    assert sentence.endswith(".")
    assert sentence[0].isupper()


def test_it_says_who_did_it() -> None:
    owner = uuid4()
    event = AuditEvent(type=EventType.PAT_EXTENDED, actor_kind="person", owner_object_id=owner)
    event.actor_object_id = owner
    assert sentence_of(event) == "You changed its expiry."
    event.actor_object_id, event.actor_label = uuid4(), "Dave Dunn"
    assert sentence_of(event) == "Dave Dunn changed its expiry."
    event.actor_kind = "system"
    assert sentence_of(event) == "The portal changed its expiry."


def test_an_event_of_tomorrow_is_told_by_its_label() -> None:
    assert sentence_of(AuditEvent(type="pat.polished")) == "Pat.polished."


def test_lines_keep_the_order_and_say_what_was_recorded() -> None:
    events = [
        AuditEvent(
            type=EventType.PAT_UPDATED,
            at=NOW,
            actor_kind="system",
            data={"name": ["old", "new"], "authorization_id": "11111111-2222-4333-8444-555555555555"},
        ),
        AuditEvent(type=EventType.PAT_FOUND, at=NOW, actor_kind="system", data={}),
    ]
    first, second = history(events)
    assert [(detail.label, detail.value) for detail in first.details] == [("Name", "old → new")]
    assert (second.sentence, second.details) == ("The portal found it; it was created elsewhere.", [])
