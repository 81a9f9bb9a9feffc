"""Erasing empties what is personal, tells of it, and leaves the proof of the log whole."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from patportal.lib.actors import Actor, ActorKind, Origin
from tests.people import World
from tests.tokens.audit_scene import link_now
from tests.tokens.views.page import read
from tokens import audit, operations
from tokens.audit_proof.findings import ErasureDisturbed, Finding
from tokens.models import AuditEvent, AuditVerification, EventType

ROOT = Actor(ActorKind.OPERATOR, "root (uid 0)", origin=Origin(request_id="erasing"))
TENANT = uuid4()
LIST = "/admin/tokens/auditevent/"

pytestmark = pytest.mark.django_db


class Somebody:
    """A person of the directory."""

    def __init__(self, name: str, tenant_id: UUID = TENANT, object_id: UUID | None = None) -> None:
        self.name = name
        self.tenant_id = tenant_id
        self.object_id = object_id or uuid4()

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> Actor:
        origin = Origin("a-request", "203.0.113.9", "a browser")
        return Actor(ActorKind.PERSON, self.name, self.tenant_id, self.object_id, origin)

    def rename(self, pat_name: str = "zoes-pat", **facts: Any) -> AuditEvent:
        """Record that they changed one of their PATs."""
        data = {"purpose": ["", "typed"], "valid_to": "2026-12-01T00:00:00+00:00"}
        return audit.record(
            EventType.PAT_UPDATED,
            **{"actor": self.actor, "owner": self, "pat_name": pat_name, "data": data, **facts},
        )


def erase(person: Any = None, before: datetime | None = None, reason: str = "asked to") -> int:
    """Erase as an operator does, and link what that wrote."""
    link_now()
    erased = operations.erase_audit(actor=ROOT, person=person, before=before, reason=reason)
    link_now()
    return erased


def verify() -> tuple[AuditVerification, list[Finding]]:
    found: list[Finding] = []
    row = operations.verify_audit(actor=ROOT, since=None, checkpoints=[], report=found.append)
    return row, found


def of_type(event_type: EventType) -> AuditEvent:
    return AuditEvent.objects.get(type=event_type)


def test_of_a_person_everything_personal_is_emptied_and_the_rest_stays() -> None:
    zoe, other = Somebody("Zoe"), Somebody("Other")
    theirs, others = zoe.rename(), other.rename()
    lasting = AuditEvent.objects.get(pk=theirs.pk)
    assert erase(zoe) == 1
    event = AuditEvent.objects.get(pk=theirs.pk)
    texts = (event.actor_label, event.owner_label, event.pat_name, event.address, event.user_agent)
    assert texts == ("", "", "", "", "")
    assert (event.personal_data, event.salt) == ({}, None)
    assert event.data == {"valid_to": "2026-12-01T00:00:00+00:00"}
    assert (event.at, event.owner_object_id, event.request_id) == (lasting.at, zoe.object_id, "a-request")
    assert AuditEvent.objects.get(pk=others.pk).pat_name == "zoes-pat"


def test_the_event_that_tells_of_it_names_nobody() -> None:
    zoe = Somebody("Zoe")
    theirs = zoe.rename()
    before = timezone.now() + timedelta(hours=1)
    erase(zoe, before, reason="request 17")
    told = of_type(EventType.AUDIT_ERASED)
    assert (told.owner_tenant_id, told.owner_object_id, told.owner_label) == (TENANT, zoe.object_id, "")
    assert (told.actor_label, told.request_id) == ("root (uid 0)", "erasing")
    assert told.data == {"reason": "request 17", "erased": 1, "before": before.isoformat()}
    assert told.personal_data == {}
    assert AuditEvent.objects.get(pk=theirs.pk).erased_by == told.pk


def test_the_log_is_then_verified_as_erased_and_not_as_altered() -> None:
    zoe = Somebody("Zoe")
    zoe.rename()
    Somebody("Other").rename()
    zoe.rename()
    erase(zoe)
    row, found = verify()
    assert found == []
    assert (row.is_whole, row.links, row.erased) == (True, 4, 2)


def test_it_concerns_what_they_did_and_what_was_done_for_them() -> None:
    zoe, other = Somebody("Zoe"), Somebody("Other")
    namesake = Somebody("Elsewhere", tenant_id=uuid4(), object_id=zoe.object_id)
    events = [
        zoe.rename(owner=other),
        other.rename(owner=zoe),
        zoe.rename(owner=None),
        other.rename(),
        namesake.rename(),
    ]
    assert operations.count_erasable(person=zoe, before=None) == 3
    assert erase(zoe) == 3
    kept = set(AuditEvent.objects.exclude(pat_name="").values_list("pk", flat=True))
    assert kept == {events[3].pk, events[4].pk}
    assert verify()[1] == []


def test_by_age_everybody_is_concerned_and_what_is_younger_is_kept() -> None:
    old = [Somebody("Zoe").rename().pk, Somebody("Other").rename().pk]
    young = Somebody("Third").rename()
    assert erase(before=young.at) == 2
    assert set(AuditEvent.objects.exclude(erased_by=None).values_list("pk", flat=True)) == set(old)
    assert AuditEvent.objects.get(pk=young.pk).actor_label == "Third"


def test_with_a_person_and_an_age_both_have_to_apply() -> None:
    zoe = Somebody("Zoe")
    old, _ = zoe.rename(), Somebody("Other").rename()
    young = zoe.rename()
    assert erase(zoe, young.at) == 1
    assert AuditEvent.objects.get(pk=old.pk).is_erased


def test_erasures_go_on_telling_who_was_forgotten_by_whom() -> None:
    zoe = Somebody("Zoe")
    zoe.rename()
    assert erase(zoe) == 1
    assert erase(zoe) == 0
    later = timezone.now() + timedelta(hours=1)
    assert erase(before=later) == 0
    told = AuditEvent.objects.filter(type="audit.erased").order_by("pk")
    assert [(event.actor_label, event.data["erased"]) for event in told] == [
        ("root (uid 0)", 1),
        ("root (uid 0)", 0),
        ("root (uid 0)", 0),
    ]
    assert verify()[1] == []


def test_nobody_and_no_age_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a person or a time"):
        erase()


class Busy:
    """Somebody about whom an event is written after their events were counted, so many times.

    An erasure asks for the ids to count, to tell and to erase.
    """

    def __init__(self, times: int) -> None:
        self.object_id = uuid4()
        self._left, self._asked = times, 0

    @property
    def tenant_id(self) -> UUID:
        self._asked += 1
        if self._left and self._asked % 3 == 2:
            self._left -= 1
            Somebody("Busy", TENANT, self.object_id).rename()
        return TENANT


def test_what_is_written_meanwhile_is_counted_anew() -> None:
    busy = Busy(times=2)
    Somebody("Busy", TENANT, busy.object_id).rename()
    assert erase(busy) == 1
    assert of_type(EventType.AUDIT_ERASED).data["erased"] == 1
    assert verify()[1] == []


def test_where_that_never_ends_nothing_is_erased() -> None:
    busy = Busy(times=1_000)
    event = Somebody("Busy", TENANT, busy.object_id).rename()
    with pytest.raises(ErasureDisturbed):
        erase(busy)
    assert not AuditEvent.objects.get(pk=event.pk).is_erased
    assert not AuditEvent.objects.filter(type="audit.erased").exists()


def test_erased_events_can_still_be_read_and_searched(world: World) -> None:
    person = world.alice
    event = audit.record(
        EventType.PAT_KEPT,
        actor=person.actor,
        owner=person.user,
        pat_name="zebra",
        organization="fabrikam",
        authorization_id=uuid4(),
    )
    erase(person.user)
    carol = world.carol.browser
    for query in ("", "?type=pat.kept", "?organization=fabrikam", f"?q={event.authorization_id}"):
        found = carol.get(f"{LIST}{query}")
        assert "Somebody (erased)" in found.content.decode(), query
        assert "zebra" not in found.content.decode()
    for words in ("zebra", "Alice"):
        assert "result_list" not in carol.get(f"{LIST}?q={words}").content.decode()
    told = of_type(EventType.AUDIT_ERASED)
    for shown in (event, told):
        assert carol.get(f"{LIST}{shown.pk}/change/").status_code == 200
    assert "asked to" in carol.get(f"{LIST}{told.pk}/change/").content.decode()


def test_the_person_finds_on_the_activity_page_that_it_was_done(world: World) -> None:
    person = world.alice
    audit.record(EventType.PAT_KEPT, actor=person.actor, owner=person.user, pat_name="zebra")
    erase(person.user)
    answer = person.browser.get("/activity")
    assert answer.status_code == 200
    text = read(answer).text
    assert "zebra" not in text
    assert "erased personal fields of" in text
