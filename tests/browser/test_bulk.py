"""Many PATs at once in a browser: selecting, extending, revoking, rotating, with and without JavaScript."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Dialog, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.inspection import Inspector
from tests.browser.secrecy import traces
from tests.browser.visitor import ASKING, Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def inspector(visitor: Visitor) -> Inspector:
    return Inspector(visitor.page)


def choose(visitor: Visitor, *names: str) -> None:
    for name in names:
        visitor.page.get_by_role("checkbox", name=f"Select {name}", exact=True).check()


def test_what_is_selected_survives_polling(visitor: Visitor) -> None:
    for name in ("one", "two", "three"):
        visitor.add_pat(name)
    visitor.sign_in_to_full_list()
    page, who = visitor.page, visitor.person.object_id
    expect(visitor.button("Extend")).to_be_hidden()
    beta = visitor.tenant.organization("beta").name
    with visitor.tenant.hold(f"beta-{who}", verb="list", person=who, organization=beta, times=None):
        visitor.button("Refresh").click()
        expect(page.get_by_text(ASKING)).to_be_visible()
        page.clock.install()
        page.reload()
        choose(visitor, "one", "two")
        expect(page.get_by_text("2 tokens selected")).to_be_visible()
        visitor.change_row("three", name="third")
        page.clock.run_for(2100)
        expect(visitor.row("third")).to_be_visible()
        expect(page.get_by_text("2 tokens selected")).to_be_visible()
        for name, is_chosen in (("one", True), ("two", True), ("third", False)):
            expect(page.get_by_role("checkbox", name=f"Select {name}")).to_be_checked(checked=is_chosen)
    everything = page.get_by_role("checkbox", name="Select all on this page")
    expect(everything).to_have_js_property("indeterminate", value=True)
    everything.check()
    expect(page.get_by_text("3 tokens selected")).to_be_visible()
    everything.uncheck()
    expect(visitor.button("Extend")).to_be_hidden()


@pytest.mark.parametrize("has_javascript", [True, False], ids=["with script", "without script"])
def test_extending_shows_the_new_dates_before_and_the_results_after(
    open_browser: OpenBrowser, has_javascript: bool
) -> None:
    visitor = open_browser(java_script_enabled=has_javascript)
    now = datetime.now(UTC)
    visitor.add_pat("one", valid_to=now + timedelta(days=10))
    visitor.add_pat("two", valid_to=now + timedelta(days=20))
    visitor.add_pat("other", valid_to=now + timedelta(days=30))
    visitor.sign_in_to_full_list()
    page = visitor.page
    choose(visitor, "one", "two")
    visitor.button("Extend").click()
    table = page.get_by_role("table", name="Tokens to extend")
    expect(table.get_by_role("row").filter(has_text="one")).to_contain_text("in 40 days")
    page.get_by_label("90 more days").check()
    if not has_javascript:
        visitor.button("Show the new dates").click()
    expect(table.get_by_role("row").filter(has_text="one")).to_contain_text("in 100 days")
    visitor.button("Extend 2 tokens").click()
    for _ in range(40):
        if page.get_by_role("heading", name="2 of 2 tokens extended").count():
            break
        page.wait_for_timeout(250)
        if not has_javascript:
            page.reload()
    expect(page.get_by_role("heading", name="2 of 2 tokens extended")).to_be_visible()
    ends = {pat.display_name: pat.valid_to - now for pat in visitor.pats()}
    assert timedelta(days=99) < ends["one"] < timedelta(days=101)
    assert ends["other"] < timedelta(days=31)


def test_revoking_goes_on_while_the_page_is_away(visitor: Visitor) -> None:
    visitor.tenant.add_pats(visitor.person.object_id, "alpha", "service", 60)
    visitor.sign_in_to_full_list()
    page = visitor.page
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("checkbox", name="All 60 that match").check()
    visitor.button("Revoke").click()
    visitor.button("Revoke 60 tokens").click()
    address = page.url
    page.goto("about:blank")
    visitor.go(address.removeprefix(visitor.portal.base_url))
    expect(page.get_by_role("heading", name="60 of 60 tokens revoked")).to_be_visible(timeout=60_000)
    assert {pat.status for pat in visitor.pats()} == {"revoked"}


def test_rotating_shows_each_secret_once_and_takes_it_off_when_stored(visitor: Visitor) -> None:
    for name in ("one", "two", "three"):
        visitor.add_pat(name)
    visitor.sign_in_to_full_list()
    page = visitor.page
    choose(visitor, "one", "two", "three")
    visitor.button("Rotate").click()
    page.get_by_label("7 days").first.check()
    visitor.button("Begin").press("Enter")
    expect(page.locator("[data-rotate-said]")).to_be_focused()
    expect(page.locator("[data-rotate-settings]")).to_be_hidden()
    expect(
        page.locator("[data-rotate-said]", has_text="3 of 3 done, 3 new secrets wait for you to store.")
    ).to_be_visible()
    made = [pat for pat in visitor.pats() if pat.secret]
    shown = page.locator("[data-secret]")
    expect(shown).to_have_count(3)
    secrets = [pat.secret for pat in made if pat.secret]
    row = page.get_by_role("listitem").filter(has_text="one in")
    row.get_by_role("button", name="Show").click()
    assert sum(bool(traces(page, secret)) for secret in secrets) == 1
    row.locator("summary", has_text="Ready to paste").click()
    row.locator("summary", has_text="git").click()
    expect(row.locator("[data-snippet-text]", has_text="protocol=https")).to_contain_text("password=")
    row.get_by_role("button", name="Hide").click()
    assert [traces(page, secret) for secret in secrets] == [[]] * len(secrets)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    visitor.link("All tokens").click()
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    expect(page.get_by_role("heading", name="This page has to stay open")).to_be_visible()
    for name in ("one", "two", "three"):
        row = page.get_by_role("listitem").filter(has_text=f"{name} in")
        row.get_by_role("button", name="I have stored it").press("Enter")
        expect(row.get_by_text("Stored.", exact=True)).to_be_focused()
    expect(page.locator("[data-rotate-said]")).to_have_text("3 of 3 done.")
    expect(page.get_by_role("heading", name="This page has to stay open")).to_be_hidden()
    expect(shown).to_have_count(0)
    assert [traces(page, secret) for secret in secrets] == [[]] * len(secrets)
    visitor.link("All tokens").click()
    expect(visitor.heading("Personal access tokens")).to_be_visible()
    assert page.evaluate("performance.getEntriesByType('navigation')[0].type") == "navigate"


def test_stopping_begins_no_more_and_a_failure_says_what_to_do(visitor: Visitor) -> None:
    for number in range(5):
        visitor.add_pat(f"pat {number}")
    visitor.sign_in_to_full_list()
    visitor.watch.allow_status(502)
    visitor.watch.allow_status(422)
    page, who = visitor.page, visitor.person.object_id
    page.get_by_role("checkbox", name="Select all on this page").check()
    visitor.button("Rotate").click()
    with visitor.tenant.hold(f"create-{who}", verb="create", person=who, times=None):
        visitor.button("Begin").click()
        visitor.tenant.control.wait_for_hold(f"create-{who}")
        visitor.button("Stop the rest").click()
        expect(page.get_by_text("Not begun: the rest was stopped.")).to_have_count(3)
    expect(
        page.locator("[data-rotate-said]", has_text="2 of 5 done, 2 new secrets wait for you to store.")
    ).to_be_visible()
    assert len(visitor.pats()) == 7


def test_closing_the_page_begins_no_more_and_touches_nothing_old(visitor: Visitor) -> None:
    for number in range(5):
        visitor.add_pat(f"pat {number}")
    visitor.sign_in_to_full_list()
    page, who = visitor.page, visitor.person.object_id
    page.get_by_role("checkbox", name="Select all on this page").check()
    visitor.button("Rotate").click()
    expect(page.get_by_text("stops the rotations that have not begun")).to_be_visible()
    with visitor.tenant.hold(f"closed-{who}", verb="create", person=who, times=None):
        visitor.button("Begin").click()
        visitor.tenant.control.wait_for_hold(f"closed-{who}")
        visitor.page = visitor.context.new_page()
        page.close()
    visitor.go("/")
    unfinished = visitor.page.get_by_text("Its rotation is not finished")
    for _ in range(40):
        if unfinished.count() == 2:
            break
        visitor.page.wait_for_timeout(250)
        visitor.page.reload()
    # Two were on their way; nobody has their secrets, and what they were to replace works on.
    expect(unfinished).to_have_count(2)
    assert [pat.status for pat in visitor.pats()] == ["active"] * 7


def test_a_lost_answer_is_not_known_yet_and_offers_no_second_rotation(visitor: Visitor) -> None:
    visitor.add_pat("only")
    visitor.sign_in_to_full_list()
    visitor.watch.allow_status(504)
    page, who = visitor.page, visitor.person.object_id
    choose(visitor, "only")
    visitor.button("Rotate").click()
    with visitor.tenant.fault("pats", verb="create", person=who, status=503):
        visitor.button("Begin").click()
        expect(page.locator("[data-rotate-said]", has_text="0 of 1 done, 1 not known yet.")).to_be_visible()
    expect(page.get_by_text("Not known yet.", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="See what became of it")).to_be_visible()
    expect(page.get_by_role("link", name="Rotate only")).to_be_hidden()
    page.reload()
    expect(visitor.heading("1 left out")).to_be_visible()
    expect(page.get_by_role("link", name="See what becomes of it")).to_be_visible()


def test_without_javascript_rotating_is_a_link_for_each(open_browser: OpenBrowser) -> None:
    visitor = open_browser(java_script_enabled=False)
    for name in ("one", "two"):
        visitor.add_pat(name)
    visitor.sign_in_to_full_list()
    choose(visitor, "one", "two")
    visitor.button("Rotate").click()
    expect(visitor.button("Begin")).to_be_hidden()
    visitor.page.get_by_role("link", name="Rotate one").click()
    expect(visitor.page.get_by_role("heading", name="Rotate one")).to_be_visible()


def test_its_pages_suit_everybody(visitor: Visitor, inspector: Inspector) -> None:
    now, page = datetime.now(UTC), visitor.page
    for number in range(3):
        visitor.add_pat(f"service {number}", valid_to=now + timedelta(days=10 * number + 5))
    visitor.add_pat("A-very-long-name-that-has-to-be-broken-somewhere-" * 3, organization="beta")
    visitor.add_pat("everything", scope="app_token", all_orgs=True)
    visitor.sign_in_to_full_list()
    choose(visitor, "service 0", "service 1", "service 2", "everything")
    inspector.look("list with selection")
    for name in ("Extend", "Rotate", "Revoke"):
        visitor.button(name).click()
        inspector.look(f"bulk {name}")
        page.go_back()
        page.get_by_role("checkbox", name="Select all on this page").check()
    visitor.go("/tokens/revoke-everything")
    expect(page.get_by_text("5 tokens work, as far as is known")).to_be_visible()
    inspector.look("revoke everything")
    visitor.go("/")
    choose(visitor, "service 0", "service 1")
    visitor.button("Rotate").click()
    visitor.button("Begin").click()
    expect(
        page.locator("[data-rotate-said]", has_text="2 of 2 done, 2 new secrets wait for you to store.")
    ).to_be_visible()
    inspector.look("bulk rotated")
    for _ in range(2):
        page.get_by_role("button", name="I have stored it").first.click()
        page.wait_for_timeout(400)
    inspector.look("bulk rotated and stored")
    visitor.go("/tokens/revoke-everything")
    page.get_by_label("Yes, revoke all of my tokens").check()
    visitor.button("Revoke everything").click()
    expect(page.get_by_text("works any more, as far as is known")).to_be_visible(timeout=60_000)
    inspector.look("bulk result")
    assert not inspector.faults, inspector.report()


# What a screen reader would hear: each sentence that a live region comes to hold.
_LISTEN = """
() => {
  window.heard = [];
  const note = (records) => {
    for (const {target} of records) {
      const element = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
      const region = element?.closest("[role=status]");
      const sentence = region?.textContent.trim().replace(/\\s+/g, " ");
      if (sentence && window.heard.at(-1) !== sentence) {
        window.heard.push(sentence);
      }
    }
  };
  new MutationObserver(note).observe(document.body, {childList: true, subtree: true, characterData: true});
}
"""


def test_progress_is_read_aloud_by_quarters_and_its_end_where_one_is(visitor: Visitor) -> None:
    visitor.tenant.add_pats(visitor.person.object_id, "alpha", "service", 40)
    visitor.sign_in_to_full_list()
    page, who = visitor.page, visitor.person.object_id
    page.get_by_role("checkbox", name="Select all on this page").check()
    visitor.button("Extend").click()
    with visitor.tenant.fault("pats", verb="update", person=who, latency_seconds=0.6, times=None):
        visitor.button("Extend 40 tokens").click()
        expect(page.get_by_role("heading", name="Extending 40 tokens")).to_be_visible()
        page.evaluate(_LISTEN)
        # Somebody reads on, further down.
        page.set_viewport_size({"width": 320, "height": 300})
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        toast = page.locator("#messages").get_by_text("40 of 40 tokens extended.")
        expect(toast).to_be_visible(timeout=60_000)
    expect(page).to_have_title("40 of 40 tokens extended \u2013 PAT Portal")
    expect(page.get_by_role("group", name="40 of 40 tokens extended")).to_have_count(1)
    heard = page.evaluate("window.heard")
    steps = ["The work has begun.", "A quarter is done.", "Half is done.", "Three quarters are done."]
    assert [one for one in heard if one in steps] == [one for one in steps if one in heard]
    assert len(heard) == len(set(heard)) <= 5
    assert heard[-1].startswith("Done: 40 of 40 tokens extended.")
    page.locator("#messages").get_by_role("link", name="See what became of each").click()
    expect(page.get_by_role("heading", name="40 of 40 tokens extended")).to_be_in_viewport()


def test_rotating_many_is_read_aloud_by_quarters(visitor: Visitor) -> None:
    for number in range(8):
        visitor.add_pat(f"pat {number}")
    visitor.sign_in_to_full_list()
    page = visitor.page
    page.get_by_role("checkbox", name="Select all on this page").check()
    visitor.button("Rotate").click()
    page.evaluate(_LISTEN)
    visitor.button("Begin").click()
    done = "8 of 8 done, 8 new secrets wait for you to store."
    expect(page.locator("[data-rotate-said]")).to_have_text(done)
    assert page.evaluate("window.heard") == [
        "A quarter is done.",
        "Half is done.",
        "Three quarters are done.",
        done,
    ]
