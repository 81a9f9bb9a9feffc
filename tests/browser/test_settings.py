"""Settings in a real browser: calendar addresses, with and without scripts, and by keyboard alone."""

import re

import pytest
from playwright.sync_api import Error, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.inspection import Inspector
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def test_the_page_suits_everybody_whatever_there_is(visitor: Visitor) -> None:
    visitor.watch.allow_status(409)
    inspector = Inspector(visitor.page)
    visitor.sign_in("/settings")
    inspector.look("settings")
    visitor.button("Make a calendar address").click()
    expect(visitor.heading("Copy the calendar address now")).to_be_visible()
    inspector.look("calendar address")
    visitor.page.reload()
    expect(visitor.heading("This calendar address was made already")).to_be_visible()
    inspector.look("settings with a problem")
    visitor.page.get_by_label("Names, organizations").check()
    visitor.button("Make a calendar address").click()
    visitor.link("Back to the settings").click()
    expect(visitor.page.get_by_text("You have two addresses")).to_be_visible()
    inspector.look("settings with two calendars")
    assert not inspector.faults, inspector.report()


def test_a_calendar_address_is_masked_and_gone_once_the_page_is_left(visitor: Visitor) -> None:
    visitor.sign_in("/settings")
    visitor.button("Make a calendar address").click()
    place = visitor.page.locator("[data-secret-text]")
    expect(place).to_have_text(re.compile("^•+$"))
    visitor.button("Show").click()
    expect(place).to_contain_text("/calendar/ppcal_")
    address = place.inner_text()
    answer = visitor.context.request.get(address)
    assert answer.text().startswith("BEGIN:VCALENDAR\r\n")
    assert "set-cookie" not in answer.headers
    visitor.link("Back to the settings").click()
    # The browser would have to send the form again, and asks first.
    with pytest.raises(Error, match="ERR_CACHE_MISS"):
        visitor.page.go_back()
    expect(visitor.page).to_have_url(re.compile("^chrome-error:"))
    assert "ppcal_" not in visitor.page.content()


def test_without_scripts_and_with_the_keyboard_alone_an_address_is_made_and_ended(
    open_browser: OpenBrowser,
) -> None:
    visitor = open_browser(java_script_enabled=False)
    visitor.sign_in("/settings")
    visitor.page.get_by_label("Only that a token expires").focus()
    visitor.page.keyboard.press("ArrowDown")
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("[data-secret-text]")).to_contain_text("/calendar/ppcal_")
    visitor.link("Back to the settings").press("Enter")
    expect(visitor.page.get_by_text("Names, scopes and notes")).to_be_visible()
    visitor.button("End this address of calendar 1").press("Enter")
    expect(visitor.page.get_by_text("The calendar address is ended")).to_be_visible()
    expect(visitor.page.get_by_text("Names, scopes and notes")).to_have_count(0)


def test_the_browsers_zone_is_offered_and_the_list_can_be_searched(open_browser: OpenBrowser) -> None:
    visitor = open_browser(timezone_id="America/Argentina/Ushuaia")
    visitor.watch.allow_status(422)
    inspector = Inspector(visitor.page)
    visitor.sign_in("/settings")
    page = visitor.page
    places = page.get_by_label("Region and place")
    expect(page.get_by_text("This browser is set to America/Argentina/Ushuaia.")).to_be_visible()
    page.get_by_label("Search by place").fill("new york")
    expect(page.get_by_text("1 time zone found")).to_be_visible()
    expect(places.locator("option")).to_have_text(["New York"])
    visitor.button("Choose it").click()
    expect(places).to_have_value("America/Argentina/Ushuaia")
    visitor.button("Save the time zone").press("Enter")
    expect(page.get_by_text("Dates are told in the time zone America/Argentina/Ushuaia")).to_be_visible()
    expect(places).to_have_value("America/Argentina/Ushuaia")
    expect(visitor.button("Choose it")).to_have_count(0)
    page.get_by_label("Until a date").check()
    visitor.button("Mute all reminders").click()
    expect(page.get_by_text("Enter the last day of quiet.").first).to_be_visible()
    inspector.look("settings refused")
    assert not inspector.faults, inspector.report()


@pytest.mark.parametrize(("answer", "zone"), [("Use Asia/Tokyo", "Asia/Tokyo"), ("Keep UTC", "UTC")])
def test_the_list_asks_once_for_the_time_zone(open_browser: OpenBrowser, answer: str, zone: str) -> None:
    visitor = open_browser(timezone_id="Asia/Tokyo")
    inspector = Inspector(visitor.page)
    visitor.sign_in("/")
    expect(visitor.page.get_by_text("This browser is set to Asia/Tokyo, the portal to UTC.")).to_be_visible()
    inspector.look("list with a question")
    visitor.button(answer).press("Enter")
    expect(visitor.page.get_by_text(f"Dates are told in the time zone {zone} from now on.")).to_be_visible()
    visitor.page.reload()
    expect(visitor.heading("Personal access tokens")).to_be_visible()
    expect(visitor.button(answer)).to_have_count(0)
    assert not inspector.faults, inspector.report()


def test_settings_are_saved_without_scripts(open_browser: OpenBrowser) -> None:
    visitor = open_browser(java_script_enabled=False, timezone_id="Asia/Tokyo")
    visitor.sign_in("/settings")
    page = visitor.page
    expect(page.get_by_label("Search by place")).to_be_hidden()
    expect(page.get_by_text("This browser is set to")).to_be_hidden()
    page.get_by_label("Region and place").select_option("Asia/Tokyo")
    visitor.button("Save the time zone").click()
    expect(page.get_by_text("Dates are told in the time zone Asia/Tokyo")).to_be_visible()
    page.get_by_label("14 days before").uncheck()
    visitor.button("Save the days").click()
    expect(page.get_by_text("Your reminder days are saved.")).to_be_visible()
    expect(page.get_by_label("14 days before")).not_to_be_checked()
    visitor.button("Mute all reminders").click()
    visitor.button("Send reminders again").click()
    expect(page.get_by_text("Reminders are sent to you again.")).to_be_visible()


def test_a_day_of_quiet_is_asked_for_only_where_one_is_chosen(open_browser: OpenBrowser) -> None:
    visitor = open_browser(java_script_enabled=False)
    visitor.sign_in("/settings")
    day = visitor.page.get_by_label("Last day of quiet")
    expect(day).to_be_hidden()
    visitor.page.get_by_label("Until a date").check()
    expect(day).to_be_visible()


def test_a_pat_is_muted_from_its_own_page(visitor: Visitor) -> None:
    visitor.watch.allow_status(422)
    inspector = Inspector(visitor.page)
    visitor.add_pat("ci-deploy")
    visitor.sign_in_to_full_list()
    visitor.link("ci-deploy").click()
    visitor.page.get_by_text("Mute reminders about this token").click()
    expect(visitor.button("Mute it")).to_be_visible()
    inspector.look("muting beside the list")
    visitor.page.reload()
    visitor.page.get_by_text("Mute reminders about this token").click()
    expect(visitor.button("Mute it")).to_be_visible()
    inspector.look("muting in the details")
    visitor.page.get_by_label("Until a date").check()
    visitor.button("Mute it").click()
    expect(visitor.page.get_by_text("Enter the last day of quiet.").first).to_be_visible()
    inspector.look("mute a token")
    visitor.page.get_by_label("14 days").check()
    visitor.button("Mute it").click()
    expect(visitor.button("Remind me again")).to_be_visible()
    inspector.look("token that is muted")
    visitor.go("/settings")
    inspector.look("settings with a token")
    assert not inspector.faults, inspector.report()


def test_without_scripts_a_pat_is_muted_from_its_own_page_by_keyboard(open_browser: OpenBrowser) -> None:
    visitor = open_browser(java_script_enabled=False)
    visitor.add_pat("ci-deploy")
    visitor.sign_in_to_full_list()
    visitor.link("ci-deploy").click()
    visitor.page.get_by_text("Mute reminders about this token").press("Enter")
    visitor.page.get_by_label("7 days").focus()
    visitor.page.keyboard.press("ArrowDown")
    visitor.button("Mute it").press("Enter")
    expect(visitor.button("Remind me again")).to_be_visible()


def test_what_the_portal_holds_suits_everybody_and_is_downloaded(visitor: Visitor) -> None:
    inspector = Inspector(visitor.page)
    visitor.add_pat("ci-deploy")
    visitor.sign_in_to_full_list()
    visitor.go("/settings")
    visitor.link("What the portal holds for you").click()
    expect(visitor.heading("What the portal holds for you")).to_be_visible()
    inspector.look("what the portal holds")
    with visitor.page.expect_download() as download:
        visitor.button("Download my data").click()
    assert download.value.suggested_filename == "pat-portal-my-data.json"
    assert "ci-deploy" in download.value.path().read_text("utf-8")
    assert not inspector.faults, inspector.report()


def test_disconnecting_suits_everybody_and_forgets_the_access(open_browser: OpenBrowser) -> None:
    visitor = open_browser()
    visitor.watch.allow_status(422)
    inspector = Inspector(visitor.page)
    visitor.sign_in()
    visitor.create_pat()
    visitor.go("/settings/disconnect")
    expect(visitor.page.get_by_text("Nobody has said yet that the secret")).to_be_visible()
    visitor.button("Disconnect").click()
    expect(visitor.page.get_by_text("Tick the box to confirm").first).to_be_visible()
    inspector.look("disconnect refused")
    visitor.page.get_by_label("Yes, forget my access").check()
    visitor.button("Disconnect").press("Enter")
    expect(visitor.heading("You are signed out")).to_be_visible()
    expect(visitor.page.get_by_text("deleted what let it act for you")).to_be_visible()
    visitor.go("/settings/data")
    expect(visitor.button("Sign in")).to_be_visible()
    assert [pat.display_name for pat in visitor.pats()] == ["ci-deploy"]
    assert not inspector.faults, inspector.report()


def test_without_scripts_and_by_keyboard_what_is_held_is_taken_along_and_given_up(
    open_browser: OpenBrowser,
) -> None:
    visitor = open_browser(java_script_enabled=False)
    visitor.watch.allow_status(422)
    visitor.add_pat("ci-deploy")
    visitor.sign_in_to_full_list()
    visitor.go("/settings")
    visitor.link("What the portal holds for you").press("Enter")
    expect(visitor.heading("What the portal holds for you")).to_be_visible()
    with visitor.page.expect_download() as download:
        visitor.button("Download my data").press("Enter")
    assert "ci-deploy" in download.value.path().read_text("utf-8")
    visitor.go("/settings/disconnect")
    visitor.button("Disconnect").press("Enter")
    expect(visitor.page.get_by_text("Tick the box to confirm").first).to_be_visible()
    visitor.page.get_by_label("Yes, forget my access").press("Space")
    visitor.button("Disconnect").press("Enter")
    expect(visitor.button("Sign out")).to_have_count(0)
    visitor.go("/settings/data")
    expect(visitor.button("Sign in")).to_be_visible()
    assert [pat.display_name for pat in visitor.pats()] == ["ci-deploy"]
