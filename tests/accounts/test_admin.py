"""People, alarms and credentials in the admin: to be looked at."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.utils.html import escape

from accounts.aadsts import entry_for
from accounts.models import Alarm, Grant, SignIn, SpentFlow, User
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


def test_people_are_told_apart_by_role(browser: Browser) -> None:
    user = browser.sign_in("dave")
    for name in ("alice", "carol"):
        Browser(browser.tenant).sign_in(name)
    user.groups.add(Group.objects.create(name="Of another program"))
    everybody = text_of(browser.get(LIST))
    assert "Of another program, Portal administrators" in everybody
    assert "By role" in everybody
    assert "1 person" in text_of(browser.get(LIST, {"role": "admin"}))
    assert "Carol" in text_of(browser.get(LIST, {"role": "auditor"}))
    assert "3 people" in text_of(browser.get(LIST, {"role": "nothing"}))


def test_people_of_several_tenants_are_told_apart(browser: Browser, settings: Any) -> None:
    browser.sign_in("dave")
    assert "column-tenant" not in text_of(browser.get("/admin/accounts/user/"))
    other = uuid4()
    settings.ENTRA_ADDITIONAL_TENANTS = {other: "Tailwind & Sons"}
    User.objects.create(tenant_id=other, object_id=uuid4(), display_name="Dave Dunn")
    text = text_of(browser.get("/admin/accounts/user/?o=3"))
    assert "column-tenant" in text
    assert "Tailwind &amp; Sons" in text
    assert "the portal&#x27;s own" in text


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


@pytest.mark.parametrize("model", [Group, Permission, Grant, SignIn, SpentFlow])
def test_rights_and_grants_are_not_in_the_admin(model: type) -> None:
    assert not admin.site.is_registered(model)


def test_the_list_costs_the_same_for_many(browser: Browser, django_assert_max_num_queries: object) -> None:
    browser.sign_in("dave")
    for name in ("alice", "bob", "carol"):
        Browser(browser.tenant).sign_in(name)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert "4 people" in text_of(browser.get(LIST))


def test_guests_are_marked(browser: Browser) -> None:
    browser.sign_in("dave")
    User.objects.update(is_guest=True)
    assert "1 person" in text_of(browser.get(LIST, {"is_guest__exact": "1"}))
    assert "0 people" in text_of(browser.get(LIST, {"is_guest__exact": "0"}))
    assert '<td data-label="Guest" class="field-guest">Guest</td>' in text_of(browser.get(LIST))
    User.objects.update(is_guest=False)
    text = text_of(browser.get(LIST))
    assert '<td data-label="Guest" class="field-guest">-</td>' in text
    assert "icon-no" not in text


def test_one_persons_page_tells_in_words_what_is_usual(browser: Browser) -> None:
    user = browser.sign_in("dave")
    text = text_of(browser.get(f"{LIST}{user.pk}/change/"))
    assert "open to this person" in text
    assert "icon-no" not in text
    other = Browser(browser.tenant).sign_in("alice")
    text = text_of(browser.get(f"{LIST}{other.pk}/change/"))
    assert "closed to this person" in text
    assert "icon-no" not in text


def test_a_filter_that_postgres_cannot_hold_is_a_bad_request(browser: Browser) -> None:
    browser.sign_in("dave")
    assert browser.get(LIST, {"is_guest__exact": "\x00"}).status_code == 400


# --- Alarms and credentials ----------------------------------------------------------------------------

ALARMS = "/admin/accounts/alarm/"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def make_alarm(**facts: Any) -> Alarm:
    usual = {"code": "portal_misconfigured", "aadsts": 7000222, "detail": "<b>Entra</b>: invalid_client"}
    return Alarm.objects.create(**{**usual, "first_at": NOW, "last_at": NOW + timedelta(hours=2), **facts})


def test_an_administrator_sees_alarms_and_what_to_do(browser: Browser) -> None:
    browser.sign_in("dave")
    alarm = make_alarm()
    text = text_of(browser.get(ALARMS))
    assert "Microsoft Entra refuses the portal itself" in text
    assert "AADSTS7000222" in text
    page = text_of(browser.get(f"{ALARMS}{alarm.pk}/change/"))
    entry = entry_for(alarm.aadsts)
    assert entry is not None
    assert escape(entry.operator_step) in page
    assert escape(entry.operator_step) in text
    assert "<b>Entra</b>" not in page
    assert 'name="_save"' not in page


def test_the_page_of_an_alarm_is_headed_by_what_is_the_matter(browser: Browser) -> None:
    browser.sign_in("dave")
    page = text_of(browser.get(f"{ALARMS}{make_alarm().pk}/change/"))
    assert "<h2>Microsoft Entra refuses the portal itself</h2>" in page
    assert "<bdi>Microsoft Entra refuses the portal itself</bdi>" in page
    assert page.count("portal_misconfigured") == 1
    assert "<code>portal_misconfigured</code>" in page


def test_an_alarm_of_another_tenant_names_it(browser: Browser, settings: Any) -> None:
    browser.sign_in("dave")
    tenant_id = uuid4()
    settings.ENTRA_ADDITIONAL_TENANTS = {tenant_id: "Tailwind & Sons"}
    make_alarm(code=f"portal_misconfigured:{tenant_id}")
    assert "refuses the portal itself (Tailwind &amp; Sons)" in text_of(browser.get(ALARMS))


@pytest.mark.parametrize("path", ["alarm/0/change/", "alarm/%00/change/", "alarm/x/change/"])
def test_an_alarm_that_is_not_there_does_no_harm(browser: Browser, path: str) -> None:
    browser.sign_in("dave")
    assert browser.get(f"/admin/accounts/{path}").status_code in {302, 404}


def test_alarms_that_are_over_can_be_left_out(browser: Browser) -> None:
    browser.sign_in("dave")
    make_alarm(ended_at=NOW + timedelta(days=1))
    make_alarm(code="scopes_differ", aadsts=0)
    for state, title in (("over", "refuses the portal itself"), ("open", "other permissions than it needs")):
        text = text_of(browser.get(ALARMS, {"state": state}))
        assert "1 alarm" in text
        assert title in text
    assert "2 alarms" in text_of(browser.get(ALARMS, {"state": "neither"}))


def test_nobody_changes_an_alarm(browser: Browser) -> None:
    browser.sign_in("dave")
    alarm = make_alarm()
    for path, data in ((f"{alarm.pk}/change/", {"code": "x"}), (f"{alarm.pk}/delete/", {"post": "yes"})):
        assert browser.post(f"{ALARMS}{path}", data).status_code in {302, 403}
    assert browser.get(f"{ALARMS}add/").status_code == 403
    assert Alarm.objects.get().code == "portal_misconfigured"


def test_the_first_page_tells_administrators_of_alarms_and_credentials(
    browser: Browser, settings: Any
) -> None:
    settings.ENTRA_CLIENT_SECRET_EXPIRES_ON = (datetime.now(UTC) + timedelta(days=20)).date()
    browser.sign_in("dave")
    make_alarm(code="scopes_differ", ended_at=NOW)
    text = text_of(browser.get("/admin/"))
    assert "Entra grants the portal other permissions" not in text
    assert "No open alarms." in text
    assert "Recent actions" not in text
    make_alarm()
    text = text_of(browser.get("/admin/"))
    assert "Microsoft Entra refuses the portal itself" in text
    assert "<b>Entra</b>" not in text
    for word in ("Problem:", "Warning:"):
        assert word in text
    assert "in 19 days" in text
    assert settings.ENTRA_CLIENT_SECRET not in text


def test_the_first_page_tells_auditors_nothing_of_it(browser: Browser) -> None:
    browser.sign_in("carol")
    make_alarm()
    text = text_of(browser.get("/admin/"))
    assert "Microsoft Entra refuses" not in text
    assert "ENTRA_CLIENT_SECRET" not in text
    refused = browser.get(ALARMS)
    assert refused.status_code == 403
    assert "If you were given the role just now, sign out and in again" in text_of(refused)
