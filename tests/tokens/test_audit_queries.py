"""What pages read of the audit log: always one person's own."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from patportal.lib.actors import system_actor
from tokens import audit, audit_queries
from tokens.models import EventType, Operation, Organization, Pat

pytestmark = pytest.mark.django_db

ACTOR = system_actor("test")


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create(tenant_id=uuid4(), object_id=uuid4(), display_name="Alice Archer")


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create(tenant_id=uuid4(), object_id=uuid4(), display_name="Bob Baker")


def _pat(owner: User, name: str) -> Pat:
    now = timezone.now()
    return Pat.objects.create(
        user=owner,
        organization=Organization.objects.get_or_create(name="alpha")[0],
        authorization_id=uuid4(),
        name=name,
        valid_from=now,
        valid_to=now + timedelta(days=9),
        first_seen_at=now,
        written_at=now,
    )


def test_the_history_is_the_ten_newest_of_one_pat_of_one_person(owner: User, stranger: User) -> None:
    pat, other = _pat(owner, "one"), _pat(owner, "other")
    for number in range(12):
        audit.record(EventType.PAT_DESCRIBED, actor=ACTOR, owner=owner, pat=pat, data={"number": number})
    audit.record(EventType.PAT_DESCRIBED, actor=ACTOR, owner=owner, pat=other)
    audit.record(EventType.PAT_DESCRIBED, actor=ACTOR, owner=stranger, pat=pat)
    assert [event.recorded["number"] for event in audit_queries.pat_history(pat)] == list(range(11, 1, -1))


def test_the_history_of_a_pat_tells_of_its_rotation_as_well(owner: User) -> None:
    old, new = _pat(owner, "old"), _pat(owner, "new")
    now = timezone.now()
    rotation = Operation.objects.create(
        verb="rotate",
        state="done",
        key=uuid4().hex,
        user=owner,
        organization=old.organization,
        pat=new,
        replaces=old,
        name="new",
        asked_valid_to=now,
        requested_at=now,
        deadline_at=now,
        finished_at=now,
    )
    for event_type, pat in ((EventType.PAT_ROTATE_REQUESTED, None), (EventType.PAT_ROTATED, new)):
        audit.record(event_type, actor=ACTOR, owner=owner, pat=pat, operation_id=rotation.id)
    assert [one.type for one in audit_queries.pat_history(old)] == ["pat.rotated", "pat.rotate_requested"]
    assert [one.type for one in audit_queries.pat_history(new)] == ["pat.rotated"]


def test_only_the_persons_own_events_and_pats_are_found(owner: User, stranger: User) -> None:
    pat, foreign = _pat(owner, "own"), _pat(stranger, "foreign")
    mine = audit.record(EventType.PAT_KEPT, actor=ACTOR, owner=owner, pat=pat)
    other = audit.record(EventType.PAT_KEPT, actor=ACTOR, owner=stranger, pat=foreign)
    assert list(audit_queries.events_about(owner)) == [mine]
    assert audit_queries.pat_ids(owner, [mine, other]) == {pat.authorization_id: pat.pk}
