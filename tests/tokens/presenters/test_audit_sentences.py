"""Events as sentences, for auditors and for whom they concern."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from tokens.models import AuditEvent, EventType, Outcome
from tokens.presenters import event_icon, outcome_badge, pat_name_of, sentence, who_acted, who_is_concerned

TENANT = UUID(int=1)
ALICE, BOB = UUID(int=2), UUID(int=3)
READER = SimpleNamespace(tenant_id=TENANT, object_id=ALICE)


def event(event_type: EventType | str = EventType.PAT_REVOKE_REQUESTED, **changes: Any) -> AuditEvent:
    """Return an event of Alice about her own PAT."""
    fields: dict[str, Any] = {
        "outcome": Outcome.SUCCESS,
        "actor_kind": "person",
        "actor_tenant_id": TENANT,
        "actor_object_id": ALICE,
        "actor_label": "Alice Adams",
        "owner_tenant_id": TENANT,
        "owner_object_id": ALICE,
        "owner_label": "Alice Adams",
        "authorization_id": UUID(int=4),
        "pat_name": "ci-deploy",
        "organization": "fabrikam",
        **changes,
    }
    return AuditEvent(type=event_type, **fields)


def portal(event_type: EventType, **changes: Any) -> AuditEvent:
    """Return an event of the portal about Alice's PAT."""
    acting = {"actor_kind": "system", "actor_label": "sync", "actor_object_id": None, "actor_tenant_id": None}
    return event(event_type, **acting | changes)


def erased(event_type: EventType, **changes: Any) -> AuditEvent:
    """Return an event of Alice whose personal fields are gone."""
    return event(event_type, actor_label="", owner_label="", pat_name="", erased_by=9, **changes)


def test_auditors_read_it_in_the_third_person() -> None:
    told = event(EventType.PAT_END_SCHEDULED, data={"ends_at": "2026-11-24T09:00:00+00:00"})
    assert (
        str(sentence(told))
        == "Alice Adams rotated “ci-deploy” in fabrikam; the old one ends 24 Nov 2026, 09:00 UTC."
    )


def test_one_whose_name_shows_nothing_is_just_a_token() -> None:
    told = event(EventType.PAT_REVOKED, pat_name=" ")
    assert str(sentence(told)) == "Azure DevOps lists a PAT in fabrikam as revoked."
    assert str(sentence(told, reader=READER)) == "Azure DevOps lists a token in fabrikam as revoked."
    assert pat_name_of(told) == " "


def test_whom_it_concerns_reads_you() -> None:
    told = event(EventType.PAT_END_SCHEDULED, data={"ends_at": "2026-11-24T09:00:00+00:00"})
    assert (
        str(sentence(told, reader=READER))
        == "You rotated “ci-deploy” in fabrikam; the old one ends 24 Nov 2026, 09:00 UTC."
    )
    assert str(sentence(portal(EventType.PATS_FIRST_READ), reader=READER)).startswith(
        "The portal read your tokens in fabrikam for the first time"
    )
    assert (
        str(sentence(portal(EventType.GRANT_LOST), reader=READER)) == "The portal can no longer act for you."
    )


def test_another_person_of_the_same_id_elsewhere_is_not_you() -> None:
    elsewhere = SimpleNamespace(tenant_id=UUID(int=7), object_id=ALICE)
    assert str(sentence(event(EventType.SIGNED_IN), reader=elsewhere)) == "Alice Adams signed in."


def test_auditors_are_told_whose_pat_it_is_where_another_acted() -> None:
    assert (
        str(sentence(portal(EventType.PAT_FOUND)))
        == "The portal found “ci-deploy” of Alice Adams in fabrikam; it was created elsewhere."
    )
    by_bob = event(EventType.BACKUP_LEFT, actor_object_id=BOB, actor_label="Bob Brown")
    assert (
        str(sentence(by_bob))
        == "Bob Brown stepped down as backup owner of “ci-deploy” of Alice Adams in fabrikam."
    )
    assert (
        str(sentence(by_bob, reader=READER))
        == "Bob Brown stepped down as backup owner of “ci-deploy” in fabrikam."
    )


def test_a_refused_sign_in_of_nobody_known_is_told_of_the_portal() -> None:
    told = portal(EventType.SIGN_IN_REFUSED, data={"reason": "role_missing"})
    assert (
        str(sentence(told))
        == "The portal refused a sign-in: “You have not been given access” (role_missing)."
    )


def test_erased_people_and_names_are_told_as_such() -> None:
    assert str(sentence(erased(EventType.SIGNED_IN))) == "Somebody (erased) signed in."
    assert (
        str(sentence(erased(EventType.PAT_KEPT)))
        == "Somebody (erased) decided to keep a PAT (name erased) in fabrikam."
    )
    found = erased(EventType.PAT_FOUND, actor_kind="system", actor_object_id=None)
    assert (
        str(sentence(found))
        == "The portal found a PAT (name erased) of Somebody (erased) in fabrikam; it was created elsewhere."
    )
    assert str(sentence(erased(EventType.SIGNED_IN), reader=READER)) == "You signed in."
    assert who_acted(erased(EventType.SIGNED_IN)) == "Somebody (erased)"
    assert pat_name_of(erased(EventType.PAT_KEPT)) == "(name erased)"
    so_called = event(EventType.PAT_KEPT, pat_name="(name erased)")
    assert "“(name erased)”" in str(sentence(so_called))


def test_who_and_whom_are_named_apart() -> None:
    assert (who_acted(event()), who_is_concerned(event())) == ("Alice Adams", "")
    assert (who_acted(portal(EventType.PAT_FOUND)), who_is_concerned(portal(EventType.PAT_FOUND))) == (
        "sync",
        "Alice Adams",
    )
    assert pat_name_of(event(pat_name="", authorization_id=None)) == ""


def test_names_cannot_turn_the_words_around_them() -> None:
    told = sentence(event(EventType.PAT_KEPT, pat_name="\u2069<b>\u202eci"))
    assert told.html == (
        "<bdi>Alice Adams</bdi> decided to keep “<bdi>&lt;b&gt;\u202eci</bdi>” in <bdi>fabrikam</bdi>."
    )
    assert "\u2068" not in str(told)


def test_braces_in_names_are_text() -> None:
    told = event(EventType.PAT_KEPT, pat_name="{owner} {0}", actor_label="{pat}")
    assert str(sentence(told)) == "{pat} decided to keep “{owner} {0}” in fabrikam."


def test_a_name_that_begins_small_stays_small() -> None:
    assert str(sentence(event(EventType.SIGNED_IN, actor_label="alice"))) == "alice signed in."


def test_an_event_of_tomorrow_is_told_by_its_label() -> None:
    told = event("pat.polished", outcome="shining")
    assert str(sentence(told)) == "Pat.polished."
    assert event_icon(told)
    assert outcome_badge(told).label == "shining"


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_word_an_icon_and_a_tone(outcome: Outcome) -> None:
    badge = outcome_badge(event(outcome=outcome))
    assert badge.label.lower() == str(outcome.label)
    assert badge.icon
    assert badge.tone in {"good", "info", "warn", "bad", "quiet"}
