"""Where a grant and the client meet: errors of sign-in become errors of the app, slots are given back."""

from typing import Any

import pytest
from django.conf import settings

from accounts import errors as accounts_errors
from accounts.models import Grant
from tests.people import World
from tokens import errors
from tokens.azure_devops.types import PatFilter
from tokens.delegation import DelegatedAccess, _meaning_of, client_for, remote_slot


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


def test_every_error_of_sign_in_has_a_meaning() -> None:
    meanings = {
        accounts_errors.EntraUnreachable: errors.EntraUnavailable,
        accounts_errors.PortalMisconfigured: errors.PortalMisconfigured,
        accounts_errors.SignInNeeded: errors.SignInNeeded,
        accounts_errors.GrantBusy: errors.Busy,
    }
    for kind, meaning in meanings.items():
        assert type(_meaning_of(kind())) is meaning
    # The last one ends an interactive sign-in and never comes from a grant.
    never = {accounts_errors.SignInRefused}
    assert set(accounts_errors.AccountsError.__subclasses__()) == {*meanings, *never}


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
        with pytest.raises(ZeroDivisionError), remote_slot():
            raise ZeroDivisionError


def test_one_place_too_many_is_refused_at_once() -> None:
    def take(number: int) -> None:
        if number:
            with remote_slot():
                take(number - 1)

    take(settings.REMOTE_CALLS_PER_PROCESS)
    with pytest.raises(errors.Busy):
        take(settings.REMOTE_CALLS_PER_PROCESS + 1)
    take(settings.REMOTE_CALLS_PER_PROCESS)


def test_places_are_half_of_the_threads() -> None:
    configuration: dict[str, Any] = {}
    with open(settings.BASE_DIR / "gunicorn.conf.py") as file:
        exec(compile(file.read(), "gunicorn.conf.py", "exec"), configuration)  # noqa: S102
    assert configuration["threads"] == 2 * settings.REMOTE_CALLS_PER_PROCESS
