"""What can go wrong in the call of an operation: the state, the event and the error of each kind."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from sandbox.children import free_port
from tests.people import Person, World
from tests.tokens.operations.scene import Record, hasty_client
from tokens import errors, operations
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.models import Operation, Pat

State = Operation.State


@dataclass(frozen=True)
class Failure:
    """What the sandbox does, and what a person and the audit log are told."""

    wish: dict[str, Any]
    error: type[errors.TokensError]
    state: Operation.State
    event: str
    code: str = ""

    @property
    def error_code(self) -> str:
        return self.code or self.error.code


def _failed(error: type[errors.TokensError], **wish: Any) -> Failure:
    return Failure(wish, error, State.FAILED, "failed")


def _lost(**wish: Any) -> Failure:
    return Failure(wish, errors.OutcomeUnknown, State.REQUESTED, "answer_lost")


def _refused(code: str, **wish: Any) -> Failure:
    return Failure(wish, errors.Refused, State.REFUSED, "refused", code)


FAILURES = {
    "401": _failed(errors.NoAccess, status=401),
    "redirect": _failed(errors.NoAccess, status=302, headers={"Location": "https://127.0.0.1/_signin"}),
    "sign-in page": _failed(errors.NoAccess, html=True),
    "other directory": _failed(
        errors.OtherDirectory,
        status=429,
        headers={"Retry-After": "619", "X-VSS-ResourceTenant": "00000000-0000-0000-0000-000000000000"},
    ),
    "403": _failed(errors.ConditionalAccess, status=403),
    "not a person": _failed(
        errors.NotAPerson, status=401, body={"typeKey": "InvalidAccessException", "message": "not allowed"}
    ),
    "offline": _failed(
        errors.OrganizationOffline, status=503, headers={"X-VSS-HostOfflineError": "switched%20off"}
    ),
    "429": _failed(errors.Throttled, status=429, headers={"Retry-After": "120"}),
    "400": _refused("VssServiceException", status=400),
    "known refusal": _refused("fullScopePatPolicyViolation", pat_error="fullScopePatPolicyViolation"),
    "unknown refusal": _refused("somethingNew", pat_error="somethingNew"),
    "refusal that may pass": _refused("failedToReadOrgPolicy", pat_error="failedToReadOrgPolicy"),
    "500": _lost(status=500),
    "503": _lost(status=503),
    "cut before the effect": _lost(drop="before"),
    "cut after the effect": _lost(drop="after"),
}
ONLY_CREATE = {
    "404": _failed(errors.OrganizationNotFound, status=404),
    "garbage": _lost(status=200, body="{not json"),
    "nonsense": _lost(status=200, body={"patToken": {"displayName": 7}, "patTokenError": "none"}),
    "nothing": _lost(status=200, body=[]),
}


def _act(create: bool, world: World, person: Person, client: AzureDevOpsClient) -> None:
    if create:
        operations.create_pat(**world.create_arguments(person, client=client))
        return
    operations.revoke_pat(
        key=uuid4().hex,
        actor=person.actor,
        owner=person.user,
        pat=Pat.objects.get(),
        client=client,
        now=timezone.now(),
    )


def _judge(failure: Failure, verb: str, caught: errors.TokensError, record: Record) -> None:
    operation = Operation.objects.get(verb=verb)
    assert operation.state == failure.state
    assert operation.is_open == (operation.answer_lost_at is not None) == (failure.event == "answer_lost")
    assert operation.error_code == ("" if operation.is_open else failure.error_code)
    assert record.types == [f"pat.{verb}_requested", f"pat.{verb}_{failure.event}"]
    event = record.events[-1]
    assert event.operation_id == operation.id
    outcomes = {"failed": "failed", "refused": "refused", "answer_lost": "unknown"}
    assert event.outcome == outcomes[failure.event]
    assert event.error_code == (operation.error_code or "outcome_unknown")
    assert event.activity_id == operation.activity_id == caught.activity_id
    if isinstance(caught, errors.OutcomeUnknown):
        assert caught.operation_id == operation.id
    if isinstance(caught, errors.Throttled):
        assert caught.retry_after == 120


@pytest.mark.parametrize("failure", (FAILURES | ONLY_CREATE).values(), ids=(FAILURES | ONLY_CREATE).keys())
def test_a_failing_create_ends_in_its_state(
    world: World, alice: Person, record: Record, failure: Failure
) -> None:
    with world.tenant.fault("pats", verb="create", **failure.wish), pytest.raises(failure.error) as caught:
        _act(True, world, alice, hasty_client(alice))

    _judge(failure, "create", caught.value, record)
    assert not Pat.objects.exists()
    # Every sentence to a person comes with Microsoft's id, unless not a word came back.
    assert bool(caught.value.activity_id) == ("drop" not in failure.wish)


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_a_failing_revoke_ends_in_its_state(world: World, alice: Person, failure: Failure) -> None:
    _act(True, world, alice, hasty_client(alice))
    record = Record()
    with world.tenant.fault("pats", verb="revoke", **failure.wish), pytest.raises(failure.error) as caught:
        _act(False, world, alice, hasty_client(alice))

    _judge(failure, "revoke", caught.value, record)
    assert Pat.objects.get().revocation_sent_at is None


@pytest.mark.parametrize("create", [True, False], ids=["create", "revoke"])
def test_a_claims_challenge_that_comes_again_ends_it(world: World, alice: Person, create: bool) -> None:
    if not create:
        _act(True, world, alice, hasty_client(alice))
    record, verb = Record(), "create" if create else "revoke"
    challenge = {"WWW-Authenticate": 'Bearer error="insufficient_claims", claims="eyJhIjoxfQ=="'}
    fault = world.tenant.fault("pats", verb=verb, status=401, headers=challenge)
    with fault, pytest.raises(errors.SignInNeeded):
        _act(create, world, alice, hasty_client(alice))
    operation = Operation.objects.get(verb=verb)
    assert (operation.state, operation.error_code) == (State.FAILED, "sign_in_needed")
    assert set(record.types) >= {f"pat.{verb}_requested", f"pat.{verb}_failed"}
    assert len(world.tenant.requests("pats", verb=verb)) == 2


def test_an_organization_that_was_read_before_is_told_to_be_gone(world: World, alice: Person) -> None:
    known = world.alpha
    known.instance_id = uuid4()
    wish = world.create_arguments(alice, client=hasty_client(alice), organization=known)
    with (
        world.tenant.fault("pats", verb="create", status=404, html=True),
        pytest.raises(errors.OrganizationGone),
    ):
        operations.create_pat(**wish)
    assert Operation.objects.get().error_code == "organization_gone"


@pytest.mark.parametrize(
    "passing",
    [
        {"status": 429, "headers": {"Retry-After": "1"}},
        {"pat_error": "failedToReadTenantPolicy"},
        {"pat_error": "duplicateHash"},
    ],
)
def test_a_create_that_was_refused_for_a_moment_is_made_all_the_same(
    world: World, alice: Person, record: Record, passing: dict[str, Any]
) -> None:
    with world.tenant.fault("pats", verb="create", times=1, **passing):
        _act(True, world, alice, hasty_client(alice))
    assert len(world.tenant.requests("pats", verb="create")) == 2
    assert len(world.tenant.pats()) == Pat.objects.count() == 1
    assert record.types == ["pat.create_requested", "pat.created"]


@pytest.mark.parametrize("create", [True, False], ids=["create", "revoke"])
def test_without_a_connection_nothing_was_changed(world: World, alice: Person, create: bool) -> None:
    if not create:
        _act(True, world, alice, hasty_client(alice))
    record = Record()
    client = hasty_client(alice, vssps_url=f"https://127.0.0.1:{free_port()}/vssps")
    with pytest.raises(errors.AzureDevOpsUnreachable):
        _act(create, world, alice, client)
    verb = "create" if create else "revoke"
    assert Operation.objects.get(verb=verb).state == State.FAILED
    assert record.types == [f"pat.{verb}_requested", f"pat.{verb}_failed"]


def test_a_grant_that_dies_in_the_middle_of_a_call_means_that_nothing_was_made(
    world: World, alice: Person, record: Record
) -> None:
    client = hasty_client(alice)
    world.tenant.revoke_refresh("alice")
    # The first access token is refused, and there is no getting another one.
    with (
        world.tenant.fault("pats", verb="create", status=401, times=1),
        pytest.raises(errors.SignInNeeded),
    ):
        _act(True, world, alice, client)

    assert world.tenant.pats() == []
    operation = Operation.objects.get()
    assert (operation.state, operation.error_code) == (State.FAILED, "sign_in_needed")
    assert record.types == [
        "pat.create_requested",
        "auth.grant_lost",
        "auth.session_ended",
        "pat.create_failed",
    ]


def test_an_access_token_that_was_refused_once_is_replaced(world: World, alice: Person) -> None:
    with world.tenant.fault("pats", verb="create", status=401, times=1):
        _act(True, world, alice, hasty_client(alice))
    assert len(world.tenant.pats()) == 1
    assert Operation.objects.get().state == State.DONE


@pytest.mark.parametrize("body", ["x" * 500, "a\x00b", "<script>"], ids=ascii)
def test_a_code_from_outside_is_stored_whatever_it_is(world: World, alice: Person, body: str) -> None:
    fault = world.tenant.fault(
        "pats", verb="create", status=200, body={"patToken": None, "patTokenError": body}
    )
    with fault, pytest.raises(errors.Refused):
        _act(True, world, alice, hasty_client(alice))
    operation = Operation.objects.get()
    assert operation.state == State.REFUSED
    assert 0 < len(operation.error_code) <= 64
