"""Reading the MSAL cache without MSAL."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.grant_cache import CacheBroken, HeldAccessToken, find_access_token

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TENANT = UUID("11111111-2222-4333-8444-555555555555")
PERSON = UUID("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee")
RESOURCE = "499b84ac-1321-427f-aa17-267ca6975798"
NARROW = f"{RESOURCE}/vso.pats {RESOURCE}/vso.pats_manage"


def entry(secret: str = "bearer", **changes: Any) -> dict[str, Any]:
    return {
        "credential_type": "AccessToken",
        "secret": secret,
        "home_account_id": "home",
        "environment": "login.microsoftonline.com",
        "client_id": "client",
        "target": f"{RESOURCE}/.default {NARROW} openid profile",
        "realm": str(TENANT),
        "token_type": "Bearer",
        "cached_at": "1000",
        "expires_on": str(int((NOW + timedelta(hours=1)).timestamp())),
        **changes,
    }


def cache(*entries: dict[str, Any], **account: Any) -> str:
    home = {
        "home_account_id": "home",
        "local_account_id": str(PERSON),
        "realm": str(TENANT),
        "username": "alice@example.test",
        **account,
    }
    return json.dumps(
        {
            "AccessToken": {str(number): one for number, one in enumerate(entries)},
            "Account": {"home": home},
            "RefreshToken": {},
        }
    )


def find(text: str, scopes: str = f"{RESOURCE}/.default") -> HeldAccessToken | None:
    return find_access_token(
        text, client_id="client", tenant_id=TENANT, object_id=PERSON, scopes=scopes.split()
    )


def test_it_finds_the_persons_access_token() -> None:
    held = find(cache(entry()))
    assert held is not None
    assert held.secret == "bearer"
    assert held.expires_at == NOW + timedelta(hours=1)
    assert held.refresh_at is None
    assert "bearer" not in repr(held)


def test_it_prefers_the_newest() -> None:
    later = str(int((NOW + timedelta(hours=2)).timestamp()))
    entries = [
        entry("old", expires_on=later),
        entry("new", cached_at="1001"),
        entry("old too", cached_at="9"),
    ]
    held = find(cache(*entries))
    assert held is not None
    assert held.secret == "new"


def test_a_guests_home_tenant_does_not_matter() -> None:
    held = find(cache(entry(home_account_id="guest.elsewhere"), home_account_id="guest.elsewhere"))
    assert held is not None


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "another"},
        {"realm": str(PERSON)},
        {"home_account_id": "somebody"},
        {"target": "https://graph.example/User.Read"},
        {"target": ""},
    ],
)
def test_it_passes_over_what_is_not_meant(change: dict[str, Any]) -> None:
    assert find(cache(entry(**change))) is None


@pytest.mark.parametrize("account", [{"local_account_id": str(TENANT)}, {"realm": str(PERSON)}])
def test_it_passes_over_another_persons_account(account: dict[str, Any]) -> None:
    assert find(cache(entry(), **account)) is None


@pytest.mark.parametrize(
    ("target", "scopes", "is_found"),
    [
        (NARROW, f"{RESOURCE}/.default", True),
        (f"{RESOURCE}/user_impersonation", f"{RESOURCE}/.default", True),
        (NARROW, NARROW, True),
        (f"{RESOURCE}/vso.pats", NARROW, False),
        (f"{RESOURCE}/user_impersonation", NARROW, False),
        (f"{RESOURCE}x/vso.pats", f"{RESOURCE}/.default", False),
    ],
)
def test_it_matches_both_ways_of_asking_for_scopes(target: str, scopes: str, is_found: bool) -> None:
    assert (find(cache(entry(target=target)), scopes) is not None) is is_found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "garbage",
        "[]",
        "7",
        "null",
        '{"Account": []}',
        '{"AccessToken": []}',
        cache({"secret": "x"}),
        cache(entry(expires_on="soon")),
        cache(entry(expires_on="9" * 30)),
        cache(entry(target=None)),
        '{"Account": {"a": {}}}',
    ],
)
def test_it_says_so_when_it_is_no_cache(text: str) -> None:
    with pytest.raises(CacheBroken):
        find(text)


def test_an_empty_cache_holds_nothing() -> None:
    assert find("{}") is None


@pytest.mark.parametrize(
    ("left", "refresh_in", "is_fresh", "is_usable"),
    [
        (timedelta(hours=1), None, True, True),
        (timedelta(minutes=5, seconds=1), None, True, True),
        (timedelta(minutes=5), None, False, True),
        (timedelta(seconds=61), None, False, True),
        (timedelta(seconds=60), None, False, False),
        (timedelta(seconds=-1), None, False, False),
        (timedelta(hours=1), timedelta(seconds=1), True, True),
        (timedelta(hours=1), timedelta(0), False, True),
    ],
)
def test_it_knows_how_long_one_is_good(
    left: timedelta, refresh_in: timedelta | None, is_fresh: bool, is_usable: bool
) -> None:
    held = HeldAccessToken("x", NOW + left, None if refresh_in is None else NOW + refresh_in)
    assert (held.is_fresh(NOW), held.is_usable(NOW)) == (is_fresh, is_usable)


def test_it_reads_when_entra_would_like_a_renewal() -> None:
    held = find(cache(entry(refresh_on=str(int(NOW.timestamp())))))
    assert held is not None
    assert held.refresh_at == NOW
