"""Changing the name and the scopes of a PAT; what all changes have in common is tested here as well."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connections
from django.utils import timezone

from tests.people import Person, World
from tests.sandbox_records import SandboxPat
from tests.tokens.operations.scene import (
    Interrupted,
    Record,
    failing_event,
    hasty_client,
    recover,
    settle,
    sync,
)
from tokens import operations
from tokens.errors import (
    AlreadySubmitted,
    AzureDevOpsUnreachable,
    Busy,
    ChangeUnderWay,
    ConditionalAccess,
    KeyReused,
    NotChangeable,
    OutcomeTaken,
    OutcomeUnknown,
    OwnedElsewhere,
    PatNotFound,
    Refused,
    TokensError,
)
from tokens.models import AuditEvent, Operation, Pat

State = Operation.State


@pytest.fixture
def pat(world: World, alice: Person) -> Pat:
    """A PAT that Alice made."""
    return operations.create_pat(**world.create_arguments(alice)).pat


def _arguments(person: Person, pat: Pat, **changes: Any) -> dict[str, Any]:
    return {
        "key": uuid4().hex,
        "actor": person.actor,
        "owner": person.user,
        "pat": pat,
        "client": hasty_client(person),
        "now": timezone.now(),
        "seen": operations.seen_of(pat),
        "name": "ci-release",
        "scopes": frozenset({"vso.code", "vso.build"}),
        **changes,
    }


def _truth(world: World) -> SandboxPat:
    (only,) = world.tenant.pats()
    return only


def _sent(world: World) -> int:
    return len(world.tenant.requests("pats", verb="update"))


def test_it_changes_name_and_scopes(world: World, alice: Person, pat: Pat, record: Record) -> None:
    secret = _truth(world).secret
    changed = operations.update_pat(**_arguments(alice, pat))

    truth = _truth(world)
    assert (truth.display_name, truth.scope.split()) == ("ci-release", ["vso.build", "vso.code"])
    assert (truth.secret, truth.valid_to) == (secret, pat.valid_to)
    row = Pat.objects.get()
    assert changed.pat == row
    assert (row.name, row.scopes) == ("ci-release", ["vso.build", "vso.code"])
    assert row.changed_at == row.written_at == changed.operation.finished_at
    assert (changed.asked_valid_to, changed.was_shortened, changed.is_as_asked) == (None, False, True)
    assert (changed.operation.state, changed.operation.pat) == (State.DONE, row)


def test_it_records_what_was_and_what_is(world: World, alice: Person, pat: Pat, record: Record) -> None:
    operation = operations.update_pat(**_arguments(alice, pat)).operation

    assert record.types == ["pat.update_requested", "pat.updated"]
    requested, updated = record.events
    assert requested.pat_name == "ci-deploy"
    assert requested.recorded == {
        "authorization_id": str(pat.authorization_id),
        "name": "ci-release",
        "scopes": ["vso.build", "vso.code"],
    }
    assert updated.pat_name == "ci-release"
    assert updated.recorded == {
        "name": ["ci-deploy", "ci-release"],
        "scopes": [["vso.code"], ["vso.build", "vso.code"]],
    }
    assert requested.operation_id == updated.operation_id == operation.id
    assert updated.activity_id == operation.activity_id != ""
    assert operation.before == {
        "name": "ci-deploy",
        "scopes": ["vso.code"],
        "valid_to": pat.valid_to.isoformat(),
    }
    assert (operation.asked_name, operation.scopes) == ("ci-release", ["vso.build", "vso.code"])


def test_a_sync_takes_it_for_no_change_made_elsewhere(world: World, reader: Person) -> None:
    pat = operations.create_pat(**world.create_arguments(reader)).pat
    world.tenant.change(list_lag_seconds=60)
    record = Record()
    operations.update_pat(**_arguments(reader, pat))
    sync(world, reader, now=timezone.now() + timedelta(seconds=10))
    world.tenant.change(list_lag_seconds=0)
    sync(world, reader, now=timezone.now() + timedelta(minutes=5))
    assert record.types == ["pat.update_requested", "pat.updated"]
    assert Pat.objects.get().name == "ci-release"


def test_what_stays_is_not_sent(world: World, alice: Person, pat: Pat) -> None:
    """A scope that a policy forbids today stays, and a name that the mirror shows masked is not replaced."""
    world.tenant.change_pat(_truth(world).authorization_id, scope="app_token")
    Pat.objects.update(scopes=["app_token"])
    pat.refresh_from_db()
    world.tenant.change(policies={"no_full_scope": True})
    changed = operations.update_pat(**_arguments(alice, pat, scopes=frozenset({"app_token"})))
    assert (changed.operation.asked_name, changed.operation.scopes) == ("ci-release", [])
    changed = operations.update_pat(
        **_arguments(alice, changed.pat, name="ci-release", scopes=frozenset({"vso.work"}))
    )
    assert (changed.operation.asked_name, changed.operation.scopes) == ("", ["vso.work"])
    assert (_truth(world).display_name, _truth(world).scope) == ("ci-release", "vso.work")


def test_it_is_dated_after_the_call(world: World, alice: Person, pat: Pat) -> None:
    world.tenant.fault("pats", verb="update", times=1, latency_seconds=0.5)
    arguments = _arguments(alice, pat)
    changed = operations.update_pat(**arguments)
    assert changed.pat.changed_at is not None
    assert changed.pat.changed_at - arguments["now"] >= timedelta(seconds=0.5)


# --- What is refused before anything is sent -----------------------------------------------------


@pytest.mark.parametrize(
    "ended",
    [
        {"revoked_at": timezone.now()},
        {"vanished_at": timezone.now()},
        {"valid_to": timezone.now()},
    ],
    ids=lambda ended: next(iter(ended)),
)
def test_one_that_has_ended_is_not_changed(
    world: World, alice: Person, pat: Pat, record: Record, ended: dict[str, datetime]
) -> None:
    Pat.objects.update(**ended)
    pat.refresh_from_db()
    with pytest.raises(NotChangeable):
        operations.update_pat(**_arguments(alice, pat))
    assert (_sent(world), Operation.objects.filter(verb="update").count()) == (0, 0)
    assert [(one.type, one.error_code) for one in record.events] == [("pat.update_refused", "not_changeable")]


def test_a_global_one_is_not_changed_after_the_stop(world: World, alice: Person, pat: Pat) -> None:
    Pat.objects.update(is_global=True, valid_to=timezone.now() + timedelta(days=900))
    pat.refresh_from_db()
    with pytest.raises(NotChangeable):
        operations.update_pat(**_arguments(alice, pat, now=timezone.now() + timedelta(days=400)))
    assert _sent(world) == 0


def test_one_of_an_organization_that_is_not_set_up_here_is_left_alone(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    pat.organization.instance_id = uuid4()
    pat.organization.save()
    with pytest.raises(OwnedElsewhere):
        operations.update_pat(**_arguments(alice, pat))
    assert (_sent(world), record.types) == (0, ["pat.update_refused"])


@pytest.mark.parametrize(
    ("fault", "error"),
    [({"status": 403}, ConditionalAccess), ({"drop": "before"}, AzureDevOpsUnreachable)],
)
def test_nothing_is_sent_where_azure_devops_cannot_be_asked_first(
    world: World, alice: Person, pat: Pat, fault: dict[str, Any], error: type[TokensError]
) -> None:
    record = Record()
    with world.tenant.fault("pats", verb="get", **fault), pytest.raises(error):
        operations.update_pat(**_arguments(alice, pat))
    assert (_sent(world), record.types) == (0, [])


# --- What Azure DevOps refuses -------------------------------------------------------------------


def test_a_refusal_changes_nothing_and_is_recorded(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    world.tenant.change(policies={"no_full_scope": True})
    with pytest.raises(Refused):
        operations.update_pat(**_arguments(alice, pat, scopes=frozenset({"app_token"})))
    operation = Operation.objects.get(verb="update")
    assert (operation.state, operation.error_code) == (State.REFUSED, "fullScopePatPolicyViolation")
    assert record.types == ["pat.update_requested", "pat.update_refused"]
    assert Pat.objects.get().name == "ci-deploy"
    # Nothing stands in the way of another attempt.
    assert operations.update_pat(**_arguments(alice, pat)).operation.state == State.DONE


def test_one_that_azure_devops_no_longer_has_is_reported(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    client = Interrupted(
        hasty_client(alice),
        "get_pat",
        after=lambda: world.tenant.change_pat(_truth(world).authorization_id, revoked=True),
    )
    with pytest.raises((Refused, PatNotFound)):
        operations.update_pat(**_arguments(alice, pat, client=client))
    assert record.types == ["pat.update_requested", "pat.update_refused"]


def test_no_place_for_the_call_leaves_nothing_open(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    def busy() -> None:
        raise Busy

    client = Interrupted(hasty_client(alice), "update_pat", before=busy)
    with pytest.raises(Busy):
        operations.update_pat(**_arguments(alice, pat, client=client))
    assert record.types == ["pat.update_requested", "pat.update_failed"]
    assert Operation.objects.get(verb="update").state == State.FAILED


# --- The same once more --------------------------------------------------------------------------


def test_the_same_form_again_acts_once(world: World, alice: Person, pat: Pat) -> None:
    arguments = _arguments(alice, pat)
    done = operations.update_pat(**arguments).operation
    for now_pat in (pat, Pat.objects.get()):
        with pytest.raises(AlreadySubmitted) as caught:
            operations.update_pat(**arguments | {"pat": now_pat})
        assert caught.value.operation_id == done.id
    assert _sent(world) == 1


def test_the_same_form_again_is_recognised_even_when_the_pat_has_ended(
    world: World, alice: Person, pat: Pat
) -> None:
    arguments = _arguments(alice, pat)
    operations.update_pat(**arguments)
    Pat.objects.update(revoked_at=timezone.now())
    with pytest.raises(AlreadySubmitted):
        operations.update_pat(**arguments | {"pat": Pat.objects.get()})


@pytest.mark.parametrize("other", [{"name": "another"}, {"scopes": frozenset({"vso.work"})}])
def test_the_same_key_with_other_content_is_another_form(
    world: World, alice: Person, pat: Pat, other: dict[str, Any]
) -> None:
    arguments = _arguments(alice, pat)
    operations.update_pat(**arguments)
    with pytest.raises(KeyReused):
        operations.update_pat(**arguments | other)
    assert _sent(world) == 1


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_second_change_waits_for_the_first(
    world: World, alice: Person, pat: Pat, record: Record, drop: str
) -> None:
    with world.tenant.fault("pats", verb="update", times=1, drop=drop), pytest.raises(OutcomeUnknown):
        operations.update_pat(**_arguments(alice, pat))
    first = Operation.objects.get(verb="update")
    with pytest.raises(ChangeUnderWay) as caught:
        operations.update_pat(**_arguments(alice, pat, name="another"))
    assert caught.value.operation_id == first.id
    assert record.types == ["pat.update_requested", "pat.update_answer_lost", "pat.update_refused"]
    recover(world)
    assert operations.update_pat(**_arguments(alice, Pat.objects.get(), name="another")).pat.name == "another"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("keys", ["the same", "two"])
def test_of_two_at_the_same_moment_one_changes_it(world: World, keys: str) -> None:
    alice = world.alice
    pat = operations.create_pat(**world.create_arguments(alice)).pat
    forms = [_arguments(alice, pat, name="one"), _arguments(alice, pat, name="two")]
    if keys == "the same":
        forms[1] = {**forms[0], "client": hasty_client(alice)}
    start = Barrier(2)

    def submit(form: dict[str, Any]) -> str:
        try:
            start.wait(10)
            return operations.update_pat(**form | {"pat": Pat.objects.get(pk=pat.pk)}).pat.name
        except TokensError as exc:
            return exc.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(submit, forms))

    done = [one for one in outcomes if one in {"one", "two"}]
    refused = {"already_submitted"} if keys == "the same" else {"change_under_way", "pat_changed"}
    assert len(done) == 1
    assert {one for one in outcomes if one not in done} <= refused
    assert (_sent(world), _truth(world).display_name) == (1, done[0])
    assert AuditEvent.objects.filter(type="pat.updated").count() == 1


def test_whoever_looked_before_another_change_ended_overwrites_nothing(
    world: World, alice: Person, pat: Pat
) -> None:
    def other() -> None:
        operations.update_pat(**_arguments(alice, Pat.objects.get(), name="the other tab"))

    client = Interrupted(hasty_client(alice), "get_pat", after=other)
    with pytest.raises(TokensError) as caught:
        operations.update_pat(**_arguments(alice, pat, client=client))
    assert caught.value.code == "pat_changed"
    assert _truth(world).display_name == "the other tab"


# --- Answers that are lost or late ---------------------------------------------------------------


def test_a_lost_answer_leaves_it_to_settling(world: World, alice: Person, pat: Pat, record: Record) -> None:
    with world.tenant.fault("pats", verb="update", times=1, drop="after"), pytest.raises(OutcomeUnknown):
        operations.update_pat(**_arguments(alice, pat))
    operation = Operation.objects.get(verb="update")
    assert (operation.is_open, operation.answer_lost_at is not None) == (True, True)
    recover(world)
    operation.refresh_from_db()
    assert (operation.state, Pat.objects.get().name) == (State.DONE, "ci-release")
    assert record.types == ["pat.update_requested", "pat.update_answer_lost", "pat.update_settled"]


def test_an_outcome_that_cannot_be_written_is_settled(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    with failing_event("pat.updated"), pytest.raises(DatabaseError):
        operations.update_pat(**_arguments(alice, pat))
    assert Pat.objects.get().name == "ci-deploy"
    recover(world)
    assert Pat.objects.get().name == "ci-release"
    assert record.types == ["pat.update_requested", "pat.update_settled"]


def test_an_answer_that_comes_after_settling_only_corrects_the_mirror(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    def settle_twice() -> None:
        operation = Operation.objects.get(verb="update")
        for minutes in (0, 1):
            at = operation.deadline_at + timedelta(minutes=minutes)
            operation = settle(operation, alice, now=at)
        assert operation.state == State.FAILED

    client = Interrupted(hasty_client(alice), "update_pat", before=settle_twice)
    with pytest.raises(OutcomeTaken):
        operations.update_pat(**_arguments(alice, pat, client=client))
    assert Pat.objects.get().name == _truth(world).display_name == "ci-release"
    assert record.types == ["pat.update_requested", "pat.update_settled", "pat.update_settled"]
    assert [one.recorded["resolution"] for one in record.events[1:]] == ["failed", "late_answer"]


def test_an_answer_after_a_settling_that_knew_adds_no_record(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    def settle_once() -> None:
        operation = Operation.objects.get(verb="update")
        assert settle(operation, alice, now=operation.deadline_at).state == State.DONE

    client = Interrupted(hasty_client(alice), "update_pat", after=settle_once)
    with pytest.raises(OutcomeTaken):
        operations.update_pat(**_arguments(alice, pat, client=client))
    assert record.types == ["pat.update_requested", "pat.update_settled"]
