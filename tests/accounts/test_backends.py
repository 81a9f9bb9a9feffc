"""The only way in is Entra."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Permission

from accounts.backends import EntraBackend
from accounts.models import User
from tests.accounts.browsers import Browser


def test_no_credentials_let_anybody_in(browser: Browser) -> None:
    user = browser.sign_in("dave")
    for credentials in ({"username": user.username, "password": ""}, {"username": user.username}, {}):
        assert authenticate(None, **credentials) is None


def test_a_disabled_persons_session_is_over(browser: Browser) -> None:
    user = browser.sign_in("alice")
    assert EntraBackend().get_user(user.pk) == user
    User.objects.update(is_active=False)
    assert EntraBackend().get_user(user.pk) is None


@pytest.mark.parametrize(("name", "may_look"), [("alice", False), ("dave", True)])
def test_permissions_come_with_roles(browser: Browser, name: str, may_look: bool) -> None:
    user = browser.sign_in(name)
    assert user.has_perm("accounts.view_user") is may_look
    assert not user.has_perm("accounts.change_user")
    assert not user.has_perm("auth.change_group")


def test_a_permission_of_ones_own_does_not_count(browser: Browser) -> None:
    user = browser.sign_in("alice")
    user.user_permissions.add(Permission.objects.get(codename="delete_user"))
    assert not User.objects.get(pk=user.pk).has_perm("accounts.delete_user")
