"""Where a grant and the client meet: errors of sign-in become errors of the app, slots are given back."""

import base64
import json
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import errors as accounts_errors
from accounts.challenges import challenge_for
from accounts.models import Grant, User
from tests.people import World
from tokens import errors, operations
from tokens.azure_devops.errors import Rejected
from tokens.azure_devops.types import PatFilter
from tokens.delegation import DelegatedAccess, _meaning_of, client_for, remote_slot
from tokens.operations._translate import meaning_of


def test_the_client_acts_for_the_person_alone(world: World) -> None:
    world.tenant.add_pat("alice", "alpha", "hers")
    world.tenant.add_pat("bob", "alpha", "his")
    for person, name in ((world.alice, "hers"), (world.bob, "his")):
        listed = client_for(person.user).list_pats(world.alpha.name, pat_filter=PatFilter.ACTIVE)
        assert [one.display_name for one in listed] == [name]
    assert [one.person for one in world.tenant.requests("pats")] == ["alice@example.test", "bob@example.test"]


def test_a_cached_access_token_costs_no_request(world: World) -> None:
    user = world.alice.user
    world.tenant.forget_requests()
    client_for(user)
    assert world.tenant.requests() == []


def test_a_fresh_one_differs_from_the_last(world: World) -> None:
    access = DelegatedAccess(world.alice.user)
    first = access()
    second = access(fresh=True)
    assert first != second
    assert access() == second


def test_clients_of_all_people_share_their_connections(world: World) -> None:
    clients = [client_for(person.user) for person in (world.alice, world.bob)]
    assert clients[0]._session is clients[1]._session


TROUBLES: list[tuple[dict[str, Any], type[errors.TokensError]]] = [
    ({"drop": "before"}, errors.EntraUnavailable),
    ({"html": True}, errors.EntraUnavailable),
    ({"aadsts": {"code": 7000215, "error": "invalid_client"}}, errors.PortalMisconfigured),
    ({"aadsts": {"code": 50173, "error": "invalid_grant"}}, errors.SignInNeeded),
]


def test_what_entra_says_becomes_an_error_of_the_app(world: World) -> None:
    world.tenant.change(access_token_seconds=30)
    user = world.alice.user
    for deed, kind in TROUBLES:
        with world.tenant.fault("token_endpoint", **deed), pytest.raises(kind) as caught:
            client_for(user)
        assert isinstance(caught.value.__cause__, accounts_errors.AccountsError)
    assert isinstance(caught.value, errors.SignInNeeded)
    assert caught.value.detail == "grant_revoked"


# --- claims challenges -----------------------------------------------------------------------------------


def encoded(claims: str) -> str:
    return base64.b64encode(claims.encode()).decode()


def refreshes(world: World) -> int:
    return len(world.tenant.requests("token_endpoint", verb="refresh_token"))


def list_of(world: World) -> list[Any]:
    """Read a list as a job does it."""
    return client_for(world.alice.user).list_pats(world.alpha.name, pat_filter=PatFilter.ACTIVE)


def refusal_of(world: World) -> errors.TokensError:
    with pytest.raises(errors.TokensError) as caught:
        list_of(world)
    return caught.value


def test_a_challenge_is_answered_within_the_call(world: World) -> None:
    world.tenant.add_pat("alice", "alpha", "hers")
    user = world.alice.user
    world.tenant.challenge("alice")
    world.tenant.forget_requests()
    assert [one.display_name for one in list_of(world)] == ["hers"]
    assert refreshes(world) == 1
    assert [one.status for one in world.tenant.requests("pats")] == [401, 200]
    assert Grant.objects.get(user=user).is_active


def test_what_silence_cannot_answer_asks_for_a_sign_in(world: World) -> None:
    user = world.alice.user
    world.tenant.challenge("alice", kind="mfa")
    error = refusal_of(world)
    assert (type(error), error.detail) == (errors.SignInNeeded, "challenged")
    assert challenge_for(user, now=timezone.now())
    # The one attempt was the first: no other access token came to try.
    assert len(world.tenant.requests("pats")) == 1


def test_a_second_challenge_in_one_call_ends_the_matter(world: World) -> None:
    user = world.alice.user
    claims = world.tenant.challenge("alice", kind="network")
    error = refusal_of(world)
    assert (type(error), error.detail) == (errors.SignInNeeded, "challenged")
    assert json.loads(challenge_for(user, now=timezone.now())) == json.loads(claims)
    assert (refreshes(world), len(world.tenant.requests("pats"))) == (1, 2)
    # Nothing more is sent for this person.
    assert refusal_of(world).detail == "challenged"
    assert (refreshes(world), len(world.tenant.requests("pats"))) == (1, 2)


def test_each_call_has_a_silent_try_of_its_own(world: World) -> None:
    client = client_for(world.alice.user)
    for _ in range(3):
        world.tenant.challenge("alice")
        assert client.list_pats(world.alpha.name, pat_filter=PatFilter.ACTIVE) == []
    assert refreshes(world) == 3


def test_a_challenge_of_a_write_is_answered_before_anything_is_written(world: World) -> None:
    arguments = world.create_arguments(world.alice)
    world.tenant.challenge("alice")
    operations.create_pat(**arguments)
    assert len(world.tenant.pats(person="alice")) == 1


BROKEN = ["bm8ganNvbg==", "WzFd", "====", "A", encoded('{"access_token":0}'), "QUJD" * 3000]


@pytest.mark.parametrize("claims", BROKEN)
def test_a_challenge_that_cannot_be_read_is_an_ordinary_rejection(world: World, claims: str) -> None:
    user = world.alice.user
    headers = {"WWW-Authenticate": f'Bearer error="insufficient_claims", claims="{claims}"'}
    with world.tenant.fault("pats", status=401, headers=headers):
        assert isinstance(refusal_of(world), errors.NoAccess)
    assert (refreshes(world), len(world.tenant.requests("pats"))) == (1, 2)
    assert Grant.objects.get(user=user).is_active


def test_a_challenge_after_an_ordinary_rejection_has_its_silent_try(world: World) -> None:
    user = world.alice.user
    access = DelegatedAccess(user)
    seen = {access(), access(fresh=True), access(fresh=True, claims=encoded('{"access_token":{}}'))}
    assert len(seen) == 3
    assert Grant.objects.get(user=user).is_active


def test_one_who_signed_in_meanwhile_is_not_lost(world: World) -> None:
    user, claims = world.alice.user, encoded('{"access_token":{}}')
    access = DelegatedAccess(user)
    access()
    access(fresh=True, claims=claims)
    world.sign_in("alice")
    with pytest.raises(errors.Busy):
        access(fresh=True, claims=claims)
    assert Grant.objects.get(user=user).is_active


def test_a_challenge_that_comes_after_a_plain_rejection_is_answered_within_the_call(world: World) -> None:
    world.tenant.add_pat("alice", "alpha", "hers")
    user, claims = world.alice.user, encoded('{"access_token":{}}')
    headers = {"WWW-Authenticate": f'Bearer error="insufficient_claims", claims="{claims}"'}
    with (
        world.tenant.fault("pats", status=401, times=1),
        world.tenant.fault("pats", status=401, headers=headers, times=1),
    ):
        assert [one.display_name for one in list_of(world)] == ["hers"]
    assert [one.status for one in world.tenant.requests("pats")] == [401, 401, 200]
    assert Grant.objects.get(user=user).is_active


def test_a_challenge_of_another_directory_costs_nothing_here(world: World) -> None:
    user, claims = world.alice.user, encoded('{"access_token":{"nbf":{"essential":true}}}')
    headers = {
        "WWW-Authenticate": f'Bearer error="insufficient_claims", claims="{claims}"',
        "X-VSS-ResourceTenant": str(UUID(int=2)),
    }
    with world.tenant.fault("pats", status=401, headers=headers), pytest.raises(Rejected) as caught:
        list_of(world)
    assert caught.value.is_other_tenant
    assert isinstance(meaning_of(caught.value), errors.OtherDirectory)
    assert (refreshes(world), len(world.tenant.requests("pats"))) == (0, 1)
    assert Grant.objects.get(user=user).is_active
    assert list_of(world) == []


def test_entra_being_away_is_no_answer_to_a_challenge(world: World) -> None:
    user = world.alice.user
    world.tenant.challenge("alice")
    with world.tenant.fault("token_endpoint", drop="before"):
        assert isinstance(refusal_of(world), errors.EntraUnavailable)
    assert Grant.objects.get(user=user).is_active
    assert list_of(world) == []


def test_the_client_keeps_to_the_persons_lanes(world: World) -> None:
    client = client_for(world.alice.user)
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        client.list_pats(world.alpha.name, pat_filter=PatFilter.ACTIVE)


# --- errors and places -----------------------------------------------------------------------------------


def test_every_error_of_sign_in_has_a_meaning() -> None:
    meanings = {
        accounts_errors.EntraUnreachable: errors.EntraUnavailable,
        accounts_errors.PortalMisconfigured: errors.PortalMisconfigured,
        accounts_errors.SignInNeeded: errors.SignInNeeded,
        accounts_errors.GrantBusy: errors.GrantBusy,
        accounts_errors.RefusedOddly: errors.RefusedOddly,
    }
    for kind, meaning in meanings.items():
        assert type(_meaning_of(kind())) is meaning
    # The last one ends an interactive sign-in and never comes from a grant.
    never = {accounts_errors.SignInRefused}
    assert set(accounts_errors.AccountsError.__subclasses__()) == {*meanings, *never}


def test_an_odd_refusal_is_told_with_its_number_and_id(world: World) -> None:
    access = DelegatedAccess(world.alice.user)
    access()
    fault = world.tenant.fault("token_endpoint", aadsts={"code": 999999, "error": "invalid_request"})
    with fault, pytest.raises(errors.RefusedOddly) as caught:
        access(fresh=True)
    number, _, correlation_id = caught.value.activity_id.partition(" ")
    assert number == "AADSTS999999"
    assert UUID(correlation_id)


def test_certificates_that_are_gone_since_the_start_are_an_outage(world: World, settings: Any) -> None:
    user, settings.AZURE_DEVOPS_CA_BUNDLE = world.alice.user, "/nowhere/bundle.pem"
    with pytest.raises(errors.AzureDevOpsUnreachable):
        client_for(user)


def test_without_a_grant_signing_in_is_needed(world: World) -> None:
    user = world.alice.user
    Grant.objects.all().delete()
    with pytest.raises(errors.SignInNeeded) as caught:
        client_for(user)
    assert caught.value.detail == "grant_missing"


def test_a_person_who_was_disabled_is_not_acted_for(world: World) -> None:
    user = world.alice.user
    user.is_active = False
    user.save()
    with pytest.raises(errors.SignInNeeded):
        client_for(user)


def test_places_are_given_back_whatever_happens() -> None:
    places = settings.REMOTE_CALLS_PER_PROCESS
    for _ in range(places + 1):
        with pytest.raises(ZeroDivisionError), remote_slot(User(pk=1)):
            raise ZeroDivisionError


def take(*people: int) -> None:
    """Hold a place for each of these people at once, the same one several times perhaps."""
    with ExitStack() as stack:
        for number in people:
            stack.enter_context(remote_slot(User(pk=number)))


def test_one_place_too_many_is_refused_at_once() -> None:
    everybody = list(range(settings.REMOTE_CALLS_PER_PROCESS))
    take(*everybody)
    with pytest.raises(errors.Busy):
        take(*everybody, len(everybody))
    take(*everybody)


def test_half_of_the_places_are_never_one_persons() -> None:
    half = settings.REMOTE_CALLS_PER_PROCESS // 2
    assert half == 2
    take(*[1] * half, *[2] * half)
    with pytest.raises(errors.Busy):
        take(*[1] * (half + 1))
    take(*[1] * half, *[2] * half)


def test_places_are_half_of_the_threads() -> None:
    configuration: dict[str, Any] = {}
    with open(settings.BASE_DIR / "gunicorn.conf.py") as file:
        exec(compile(file.read(), "gunicorn.conf.py", "exec"), configuration)  # noqa: S102
    assert configuration["threads"] == 2 * settings.REMOTE_CALLS_PER_PROCESS
