"""What a refresh does to roles: it may take one away, and never gives one."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts import signals
from accounts.claims import Role
from accounts.errors import SignInNeeded, SignInReason
from accounts.grants import access_token_for
from accounts.models import Grant, User
from tests.accounts.browsers import Browser
from tests.accounts.test_grants import answer_of
from tests.sandbox_control import Tenant


@pytest.fixture
def dave(browser: Browser) -> User:
    return browser.sign_in("dave")


def refresh(user: User) -> None:
    access_token_for(user, now=timezone.now(), fresh=True)


def stored(user: User) -> User:
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize("way", ["disabled", "revoked", "gone"])
def test_whom_entra_refuses_keeps_no_role(dave: User, tenant: Tenant, way: str) -> None:
    other = Group.objects.create(name="something else")
    dave.groups.add(other)
    if way == "disabled":
        tenant.change_person("dave", disabled=True)
    elif way == "revoked":
        tenant.revoke_refresh("dave")
    else:
        tenant.fault("token_endpoint", aadsts={"code": 50034, "error": "invalid_grant"})
    with pytest.raises(SignInNeeded) as caught:
        refresh(dave)
    assert (
        caught.value.code
        == {
            "disabled": SignInReason.ACCOUNT_DISABLED,
            "revoked": SignInReason.GRANT_REVOKED,
            "gone": SignInReason.ACCOUNT_GONE,
        }[way]
    )
    for person in (dave, stored(dave)):
        assert not person.is_staff
        assert person.roles == frozenset()
    assert list(dave.groups.all()) == [other]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (50076, SignInReason.SECOND_FACTOR),
        (53000, SignInReason.DEVICE_NEEDED),
        (70043, SignInReason.SIGN_IN_FREQUENCY),
        (700082, SignInReason.GRANT_EXPIRED),
    ],
)
def test_who_has_only_to_sign_in_again_keeps_the_role(
    dave: User, tenant: Tenant, number: int, reason: SignInReason
) -> None:
    fault = tenant.fault("token_endpoint", aadsts={"code": number, "error": "invalid_grant"})
    with fault, pytest.raises(SignInNeeded) as caught:
        refresh(dave)
    assert caught.value.code == reason
    assert stored(dave).roles == {Role.ADMIN}


def test_roles_and_the_grant_are_lost_together(dave: User, tenant: Tenant) -> None:
    found: list[frozenset[Role]] = []

    def fail(sender: type, **details: Any) -> None:
        found.append(stored(dave).roles)
        raise ZeroDivisionError

    tenant.revoke_refresh("dave")
    signals.grant_lost.connect(fail)
    try:
        with pytest.raises(ZeroDivisionError):
            refresh(dave)
    finally:
        signals.grant_lost.disconnect(fail)
    assert found == [frozenset()]
    assert Grant.objects.get(user=dave).is_active
    assert stored(dave).is_staff
    assert stored(dave).roles == {Role.ADMIN}


def test_a_role_that_is_gone_is_taken_away(browser: Browser, tenant: Tenant) -> None:
    tenant.change_person("dave", roles=["PatPortal.Admin", "PatPortal.Auditor"])
    dave = browser.sign_in("dave")
    assert dave.roles == {Role.ADMIN, Role.AUDITOR}
    tenant.change_person("dave", roles=["PatPortal.Auditor"])
    refresh(dave)
    assert stored(dave).roles == {Role.AUDITOR}
    assert stored(dave).is_staff
    tenant.change_person("dave", roles=[])
    refresh(dave)
    assert stored(dave).roles == frozenset()
    assert not stored(dave).is_staff


@pytest.mark.parametrize(("name", "roles"), [("alice", set()), ("carol", {Role.AUDITOR})])
def test_a_new_role_waits_for_a_sign_in(
    browser: Browser, tenant: Tenant, name: str, roles: set[Role]
) -> None:
    user = browser.sign_in(name)
    tenant.change_person(name, roles=["PatPortal.Admin", "PatPortal.Auditor"])
    refresh(user)
    assert stored(user).roles == roles
    assert stored(user).is_staff is bool(roles)


FORGED: dict[str, dict[str, Any]] = {
    "a stranger's key": {"key": "stranger"},
    "audience": {"aud": "00000000-0000-4000-8000-000000000009"},
    "issuer": {"iss": "https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/v2.0"},
    "tenant": {"tid": "11111111-2222-4333-8444-555555555555"},
    "another person": {"oid": "11111111-2222-4333-8444-555555555555"},
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_an_id_token_that_is_not_believed_takes_nothing_away(
    dave: User, tenant: Tenant, forge: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with tenant.fault("token_endpoint", forge={"roles": [], **forge}):
        refresh(dave)
    assert stored(dave).roles == {Role.ADMIN}
    (record,) = [one for one in caplog.records if "refreshed_id_token_refused" in str(one.msg)]
    assert record.levelname == "WARNING"


def test_no_id_token_takes_nothing_away(dave: User, tenant: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    scope = "499b84ac-1321-427f-aa17-267ca6975798/.default"
    with tenant.fault("token_endpoint", status=200, body=answer_of(dave, scope=scope)):
        refresh(dave)
    assert stored(dave).roles == {Role.ADMIN}
    assert "refreshed_id_token_refused" not in caplog.text


def test_where_a_role_is_required_the_portal_acts_for_nobody_who_lost_theirs(
    dave: User, tenant: Tenant, settings: Any
) -> None:
    settings.SIGN_IN_REQUIRES_ROLE = True
    access_token_for(dave, now=timezone.now())
    tenant.change_person("dave", roles=[])
    refresh(dave)
    for person in (dave, stored(dave)):
        with pytest.raises(SignInNeeded) as caught:
            access_token_for(person, now=timezone.now())
        assert caught.value.code == SignInReason.NOT_ASSIGNED
