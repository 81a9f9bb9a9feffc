"""Rotating a PAT: the successor is made, and nothing of the old one is touched."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from tests.job_runner import waiting_jobs
from tests.people import Person, World
from tests.tokens.operations import rotation
from tests.tokens.operations.rotation import A_DAY, rotate_arguments, take_over, truth
from tests.tokens.operations.scene import (
    Interrupted,
    Killed,
    Record,
    die,
    failing_event,
    recover,
    settle,
    sync,
    wait,
)
from tokens import enqueue, operations
from tokens.errors import (
    AlreadyReplaced,
    AlreadySubmitted,
    ChangeUnderWay,
    KeyReused,
    OutcomeTaken,
    OutcomeUnknown,
    OwnedElsewhere,
    PatChanged,
    Refused,
    RotationUnfinished,
)
from tokens.models import Operation, OutgoingMail, Pat, Place
from tokens.operations import Notes

State = Operation.State


@pytest.fixture
def old(world: World, alice: Person) -> Pat:
    """A PAT that Alice made and uses."""
    return rotation.issue(world, alice)


def _rotations() -> list[Operation]:
    return list(Operation.objects.filter(verb="rotate").order_by("requested_at"))


def _made(world: World, old: Pat) -> list[str]:
    """Return the status of every PAT in Azure DevOps but the old one."""
    return [one.status for one in world.tenant.pats() if one.authorization_id != str(old.authorization_id)]


def test_it_makes_a_successor_with_name_and_scopes_of_the_old_one(
    world: World, alice: Person, old: Pat, record: Record
) -> None:
    arguments = rotate_arguments(alice, old)
    issued = operations.rotate_pat(**arguments)

    new = Pat.objects.get(pk=issued.pat.pk)
    assert truth(world, new).secret == issued.secret.reveal()
    assert (new.name, new.scopes, new.organization) == (old.name, old.scopes, old.organization)
    assert abs(new.valid_to - arguments["valid_to"]) < timedelta(milliseconds=10)
    assert (new.replaces, new.received_at) == (old, None)
    assert new.issued_at is not None
    (operation,) = _rotations()
    assert (operation.state, operation.pat, operation.replaces) == (State.DONE, new, old)
    assert operation.overlap_seconds == 24 * 3600
    assert record.types == ["pat.rotate_requested", "pat.rotated"]
    event = record.of("pat.rotated")
    assert event.recorded["replaces"] == str(old.authorization_id)
    assert event.authorization_id == new.authorization_id
    assert record.of("pat.rotate_requested").authorization_id == old.authorization_id


def test_its_record_says_who_is_its_backup_owner(
    world: World, alice: Person, old: Pat, record: Record
) -> None:
    address = world.bob.user.mail_address
    operations.describe_pat(
        actor=alice.actor, owner=alice.user, pat=old, now=timezone.now(), notes=Notes(backup_email=address)
    )
    take_over(alice, Pat.objects.get(pk=old.pk))
    assert record.of("pat.rotated").recorded["backup_email"] == address.lower()


def _columns(pat: Pat) -> dict[str, Any]:
    """Return what the mirror has of a PAT, the moments that `wait` moves left out."""
    moved = {"first_seen_at", "written_at", "issued_at"}
    row: dict[str, Any] = dict(Pat.objects.filter(pk=pat.pk).values().get())
    return {column: value for column, value in row.items() if column not in moved}


def test_nothing_of_the_old_one_is_touched(world: World, alice: Person, old: Pat) -> None:
    before, told = _columns(old), truth(world, old)
    operations.rotate_pat(**rotate_arguments(alice, old))
    recover(world)
    assert _columns(old) == before
    assert truth(world, old) == told


def test_what_the_owner_noted_goes_over_and_no_place_is_ticked(world: World, alice: Person, old: Pat) -> None:
    Pat.objects.filter(pk=old.pk).update(purpose="deploys the shop", review_date="2030-01-31")
    Place.objects.create(pat=old, position=0, text="pipeline 7", moved_at=timezone.now())
    Place.objects.create(pat=old, position=1, text="https://wiki.example.test/deploy")
    old.refresh_from_db()
    new = take_over(alice, old)
    new.refresh_from_db()
    assert (new.purpose, str(new.review_date)) == ("deploys the shop", "2030-01-31")
    places = [(place.text, place.moved_at) for place in new.places.all()]
    assert places == [("pipeline 7", None), ("https://wiki.example.test/deploy", None)]
    assert old.places.count() == 2


def test_a_mail_is_written_for_the_case_that_nobody_confirms(world: World, alice: Person, old: Pat) -> None:
    new = operations.rotate_pat(**rotate_arguments(alice, old)).pat
    mail, (operation,) = OutgoingMail.objects.get(), _rotations()
    assert (mail.kind, mail.user) == ("rotation_unconfirmed", alice.user)
    assert (mail.key, mail.facts) == (
        f"rotation_unconfirmed:{operation.id}",
        {"operation_id": str(operation.id)},
    )
    assert new.issued_at is not None
    assert mail.due_at == new.issued_at + timedelta(minutes=10)
    waiting = [(ids, at) for name, ids, at in waiting_jobs() if name == enqueue.SEND_MAIL]
    assert waiting == [({"mail_id": str(mail.id)}, mail.due_at)]


# --- What is refused before anything is sent -------------------------------------------------------


def _refused(world: World, person: Person, kind: type[Exception], old: Pat, **changes: Any) -> Any:
    record = Record()
    world.tenant.forget_requests()
    with pytest.raises(kind) as caught:
        operations.rotate_pat(**rotate_arguments(person, old, **changes))
    assert world.tenant.requests("pats", verb="create") == []
    (event,) = record.events
    assert (event.type, event.outcome) == ("pat.rotate_refused", "refused")
    assert event.authorization_id == old.authorization_id
    error: Any = caught.value
    assert event.error_code == error.code
    return error


def test_one_that_is_no_longer_what_was_seen_is_refused(world: World, alice: Person, old: Pat) -> None:
    seen = operations.seen_of(pat=old)
    Pat.objects.filter(pk=old.pk).update(name="renamed")
    old.refresh_from_db()
    error = _refused(world, alice, PatChanged, old, seen=seen)
    assert error.differences == {"name": ("ci-deploy", "renamed")}


@pytest.mark.parametrize(
    ("change", "column"),
    [({"scope": "vso.code_full"}, "scopes"), ({"display_name": "renamed elsewhere"}, "name")],
    ids=["scopes", "name"],
)
def test_one_that_was_changed_elsewhere_since_the_last_sync_is_refused(
    world: World, alice: Person, old: Pat, change: dict[str, Any], column: str
) -> None:
    """The successor would get what the old one had."""
    arguments, record = rotate_arguments(alice, old), Record()
    world.tenant.change_pat(str(old.authorization_id), **change)
    with pytest.raises(PatChanged) as caught:
        operations.rotate_pat(**arguments)
    assert set(caught.value.differences) == {column}
    assert record.types == ["pat.changed_outside", "pat.rotate_refused"]
    assert _made(world, old) == []
    # With what it is now in sight, it is that which goes over.
    new = operations.rotate_pat(**rotate_arguments(alice, old)).pat
    assert (truth(world, new).scope, new.name) == (truth(world, old).scope, old.name)


def test_one_that_the_portal_changed_before_the_intent_is_refused(
    world: World, alice: Person, old: Pat
) -> None:
    arguments = rotate_arguments(alice, old)

    class Late:
        """A client whose budget is asked for after Azure DevOps was, and before the intent."""

        def __getattr__(self, name: str) -> Any:
            if name == "write_budget_seconds":
                Pat.objects.filter(pk=old.pk).update(scopes=["vso.work"])
            return getattr(arguments["client"], name)

    _refused(world, alice, PatChanged, old, client=Late())
    assert _rotations() == []


def test_one_that_has_ended_is_not_asked_for(world: World, alice: Person, old: Pat) -> None:
    Pat.objects.filter(pk=old.pk).update(revoked_at=timezone.now())
    old.refresh_from_db()
    world.tenant.forget_requests()
    operations.rotate_pat(**rotate_arguments(alice, old))
    assert world.tenant.requests("pats", verb="get") == []


def test_one_of_an_organization_that_is_not_set_up_is_refused(world: World, reader: Person, old: Pat) -> None:
    organization = old.organization
    assert organization.instance_id is not None
    old.instance_id = old.id
    old.save()
    _refused(world, reader, OwnedElsewhere, old)


def test_a_second_successor_is_refused_before_the_first_is_confirmed(
    world: World, alice: Person, old: Pat
) -> None:
    first = operations.rotate_pat(**rotate_arguments(alice, old)).pat
    assert _refused(world, alice, RotationUnfinished, old).pat_id == first.id


def test_a_second_successor_is_refused_after_the_first_took_over(
    world: World, alice: Person, old: Pat
) -> None:
    first = take_over(alice, old)
    error = _refused(world, alice, AlreadyReplaced, old)
    assert error.pat_id == first.id
    assert not isinstance(error, RotationUnfinished)


@pytest.mark.parametrize(
    "ended",
    [{"revoked_at": timezone.now()}, {"valid_to": timezone.now()}, {"revocation_sent_at": timezone.now()}],
    ids=lambda ended: next(iter(ended)),
)
def test_a_successor_that_has_ended_does_not_count(
    world: World, alice: Person, old: Pat, ended: dict[str, Any]
) -> None:
    first = operations.rotate_pat(**rotate_arguments(alice, old)).pat
    Pat.objects.filter(pk=first.pk).update(**ended)
    second = take_over(alice, old)
    assert set(old.successors.all()) == {first, second}


# --- The same form again, two tabs -----------------------------------------------------------------


def test_the_same_form_twice_makes_one(world: World, alice: Person, old: Pat, record: Record) -> None:
    arguments = rotate_arguments(alice, old)
    operations.rotate_pat(**arguments)
    with pytest.raises(AlreadySubmitted) as caught:
        operations.rotate_pat(**arguments)
    assert caught.value.operation_id == _rotations()[0].id
    assert record.types == ["pat.rotate_requested", "pat.rotated"]
    assert len(_made(world, old)) == 1


def test_the_same_form_after_the_old_one_ended_is_still_the_same(
    world: World, alice: Person, old: Pat
) -> None:
    arguments = rotate_arguments(alice, old)
    operations.rotate_pat(**arguments)
    Pat.objects.filter(pk=old.pk).update(revoked_at=timezone.now(), name="renamed")
    old.refresh_from_db()
    with pytest.raises(AlreadySubmitted):
        operations.rotate_pat(**arguments)
    with pytest.raises(KeyReused):
        operations.rotate_pat(**arguments | {"overlap": None})
    assert len(_made(world, old)) == 1


def test_two_tabs_at_once_make_one(world: World, alice: Person, old: Pat) -> None:
    """The second tab comes while the first waits for its answer."""
    caught: list[ChangeUnderWay] = []

    def second() -> None:
        with pytest.raises(ChangeUnderWay) as refused:
            operations.rotate_pat(**rotate_arguments(alice, old))
        caught.append(refused.value)

    arguments = rotate_arguments(alice, old)
    client = Interrupted(arguments["client"], "create_pat", before=second)
    record = Record()
    operations.rotate_pat(**arguments | {"client": client})

    (operation,) = _rotations()
    assert [error.operation_id for error in caught] == [operation.id]
    assert record.types == ["pat.rotate_requested", "pat.rotate_refused", "pat.rotated"]
    assert _made(world, old) == ["active"]


def test_a_tab_that_looked_before_the_other_ended_makes_none(world: World, alice: Person, old: Pat) -> None:
    """Both found no successor; the other one's outcome was written before this one's intent."""
    arguments = rotate_arguments(alice, old)

    class Late:
        """A client whose budget is asked for between the look at the successors and the intent."""

        def __getattr__(self, name: str) -> Any:
            if name == "write_budget_seconds":
                operations.rotate_pat(**rotate_arguments(alice, old))
            return getattr(arguments["client"], name)

    with pytest.raises(RotationUnfinished):
        operations.rotate_pat(**arguments | {"client": Late()})
    assert len(_rotations()) == 1
    assert _made(world, old) == ["active"]


# --- What happens on the way -----------------------------------------------------------------------


def test_a_refusal_by_policy_changes_nothing(world: World, alice: Person, old: Pat, record: Record) -> None:
    world.tenant.change(policies={"max_days": 7, "lifespan_mode": "error"})
    with pytest.raises(Refused):
        operations.rotate_pat(**rotate_arguments(alice, old))
    assert record.types == ["pat.rotate_requested", "pat.rotate_refused"]
    assert _rotations()[0].state == State.REFUSED
    assert not OutgoingMail.objects.exists()


def test_a_life_shortened_by_policy_is_told(world: World, alice: Person, old: Pat) -> None:
    world.tenant.change(policies={"max_days": 7, "lifespan_mode": "clamp"})
    assert operations.rotate_pat(**rotate_arguments(alice, old)).was_shortened


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_lost_answer_is_settled_and_the_old_one_stays(
    world: World, alice: Person, old: Pat, record: Record, drop: str
) -> None:
    with world.tenant.fault("pats", verb="create", times=1, drop=drop), pytest.raises(OutcomeUnknown):
        operations.rotate_pat(**rotate_arguments(alice, old))
    recover(world)

    is_made = drop == "after"
    assert _rotations()[0].state == (State.ORPHANED if is_made else State.NOTHING_MADE)
    assert _made(world, old) == (["revoked"] if is_made else [])
    assert truth(world, old).status == "active"
    assert record.types[:3] == ["pat.rotate_requested", "pat.rotate_answer_lost", "pat.rotate_settled"]
    assert not OutgoingMail.objects.exists()
    old.refresh_from_db()
    assert (old.ends_at, list(old.successors.all())) == (None, [])
    take_over(alice, old)
    assert old.ends_at is not None


def test_one_that_a_policy_shortened_and_whose_answer_was_lost_is_shown(
    world: World, alice: Person, old: Pat
) -> None:
    world.tenant.change(policies={"max_days": 7, "lifespan_mode": "clamp"})
    with world.tenant.fault("pats", verb="create", times=1, drop="after"), pytest.raises(OutcomeUnknown):
        operations.rotate_pat(**rotate_arguments(alice, old))
    recover(world)
    assert _rotations()[0].state == State.AMBIGUOUS
    assert [pat.authorization_id for pat in Pat.objects.filter(is_left_over=True)] != [old.authorization_id]
    assert Pat.objects.filter(is_left_over=True).count() == 1


def test_a_rotation_and_a_creation_that_were_lost_are_told_apart(
    world: World, alice: Person, old: Pat
) -> None:
    """Same name, same scopes, the answers of both lost; neither takes the other's PAT for its own."""
    with world.tenant.fault("pats", verb="create", times=2, drop="after"):
        with pytest.raises(OutcomeUnknown):
            operations.rotate_pat(**rotate_arguments(alice, old))
        with pytest.raises(OutcomeUnknown):
            operations.create_pat(**world.create_arguments(alice))
    recover(world)
    lost = Operation.objects.filter(state=State.ORPHANED)
    assert {one.verb for one in lost} == {"rotate", "create"}
    assert len({one.pat_id for one in lost}) == 2
    assert _made(world, old) == ["revoked", "revoked"]
    assert truth(world, old).status == "active"


def test_a_sync_leaves_a_successor_whose_answer_is_on_the_way_to_the_outcome(
    world: World, reader: Person, record: Record
) -> None:
    old = rotation.issue(world, reader)
    since, now = Record(), timezone.now() + timedelta(minutes=5)
    arguments = rotate_arguments(reader, old)
    client = Interrupted(arguments["client"], "create_pat", after=lambda: sync(world, reader, now=now))
    operations.rotate_pat(**arguments | {"client": client})
    assert since.types == ["pat.rotate_requested", "pat.rotated"]


def test_whoever_comes_after_settling_shows_no_secret(
    world: World, alice: Person, old: Pat, record: Record
) -> None:
    def settle_it() -> None:
        (operation,) = _rotations()
        assert settle(operation, alice, now=operation.deadline_at).state == State.ORPHANED

    arguments = rotate_arguments(alice, old)
    client = Interrupted(arguments["client"], "create_pat", after=settle_it)
    with pytest.raises(OutcomeTaken):
        operations.rotate_pat(**arguments | {"client": client})
    recover(world)
    assert _made(world, old) == ["revoked"]
    assert [one.recorded["resolution"] for one in record.events if one.type == "pat.rotate_settled"] == [
        "orphaned",
        "late_answer",
    ]
    assert not old.successors.exists()


def test_a_process_that_dies_leaves_nothing_that_nobody_knows(world: World, alice: Person, old: Pat) -> None:
    arguments = rotate_arguments(alice, old)
    with pytest.raises(Killed):
        operations.rotate_pat(
            **arguments | {"client": Interrupted(arguments["client"], "create_pat", after=die)}
        )
    recover(world)
    assert _rotations()[0].state == State.ORPHANED
    assert _made(world, old) == ["revoked"]


def test_an_outcome_that_cannot_be_written_hands_out_no_secret(world: World, alice: Person, old: Pat) -> None:
    with failing_event("pat.rotated"), pytest.raises(DatabaseError):
        operations.rotate_pat(**rotate_arguments(alice, old))
    assert not OutgoingMail.objects.exists()
    assert not old.successors.exists()
    recover(world)
    assert _made(world, old) == ["revoked"]


# --- Those that cannot end by the portal -----------------------------------------------------------


@pytest.mark.parametrize("column", ["revoked_at", "valid_to"])
def test_one_that_has_ended_gets_a_replacement_with_nothing_to_end(
    world: World, alice: Person, old: Pat, column: str
) -> None:
    Pat.objects.filter(pk=old.pk).update(**{column: timezone.now() - timedelta(minutes=1)})
    old.refresh_from_db()
    # The form may have been opened while the old one still worked.
    new = take_over(alice, old, overlap=A_DAY)
    new.refresh_from_db()
    assert (new.replaces, old.ends_at) == (old, None)
    assert _rotations()[0].overlap_seconds is None


def test_one_of_all_organizations_gets_a_successor_in_each_that_needs_it(
    world: World, reader: Person
) -> None:
    world.tenant.add_pat("alice", "alpha", "everywhere", all_orgs=True)
    sync(world, reader, now=timezone.now())
    old = Pat.objects.select_related("organization").get(name="everywhere")
    assert old.is_global
    made = [
        take_over(reader, old, organization=organization, overlap=A_DAY)
        for organization in (world.alpha, world.beta)
    ]
    assert [pat.organization for pat in made] == [world.alpha, world.beta]
    assert not any(pat.is_global for pat in made)
    assert old.ends_at is None
    assert truth(world, old).status == "active"
    with pytest.raises(AlreadyReplaced):
        operations.rotate_pat(**rotate_arguments(reader, old, organization=world.beta))


def test_one_of_one_organization_stays_there(world: World, alice: Person, old: Pat) -> None:
    new = take_over(alice, old, organization=world.beta)
    assert new.organization == world.alpha


def test_the_rotation_of_a_rotation_goes_on(world: World, alice: Person, old: Pat) -> None:
    first = take_over(alice, old)
    wait(world, minutes=1)
    first.refresh_from_db()
    second = take_over(alice, first)
    assert (second.replaces, first.replaces) == (first, old)
