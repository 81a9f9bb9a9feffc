"""People in the admin: to be looked at."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission

from accounts.models import Grant, SpentFlow, User
from tests.accounts.browsers import Browser, text_of

LIST = "/admin/accounts/user/"


def test_an_administrator_sees_and_searches_people(browser: Browser) -> None:
    user = browser.sign_in("dave")
    assert "Dave Draper" in text_of(browser.get(LIST))
    assert "Portal administrators" in text_of(browser.get(LIST))
    assert "Dave Draper" in text_of(browser.get(LIST, {"q": "dave@"}))
    assert "Dave Draper" in text_of(browser.get(LIST, {"q": str(user.object_id)}))
    assert "dave@example.test" not in text_of(browser.get(LIST, {"q": "nobody"}))
    assert "0 people" in text_of(browser.get(LIST, {"q": "nobody"}))


def test_one_persons_page_changes_nothing(browser: Browser) -> None:
    user = browser.sign_in("dave")
    page = f"{LIST}{user.pk}/change/"
    answer = browser.get(page)
    assert answer.status_code == 200
    assert 'name="_save"' not in text_of(answer)
    assert browser.post(page, {"display_name": "Root", "is_staff": "on"}).status_code == 403
    assert User.objects.get().display_name == "Dave Draper"


@pytest.mark.parametrize("path", ["add/", "1/delete/", "1/password/"])
def test_there_is_nothing_to_add_delete_or_set(browser: Browser, path: str) -> None:
    browser.sign_in("dave")
    assert browser.get(f"{LIST}{path}").status_code in {302, 403, 404}
    assert User.objects.count() == 1


def test_there_are_no_actions(browser: Browser) -> None:
    user = browser.sign_in("dave")
    browser.post(LIST, {"action": "delete_selected", "_selected_action": [user.pk], "post": "yes"})
    assert User.objects.count() == 1


def test_others_do_not_get_in(browser: Browser) -> None:
    assert browser.get(LIST).status_code == 302
    browser.sign_in("alice")
    assert browser.get(LIST).status_code == 302


@pytest.mark.parametrize("model", [Group, Permission, Grant, SpentFlow])
def test_rights_and_grants_are_not_in_the_admin(model: type) -> None:
    assert not admin.site.is_registered(model)


def test_the_list_costs_the_same_for_many(browser: Browser, django_assert_max_num_queries: object) -> None:
    browser.sign_in("dave")
    for name in ("alice", "bob", "carol"):
        Browser(browser.tenant).sign_in(name)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert "4 people" in text_of(browser.get(LIST))
