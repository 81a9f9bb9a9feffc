"""What the list looks like when it is not simply there: filling, empty, out of date, or not to be had."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from psycopg import sql

from tests.browser.conftest import OpenBrowser
from tests.browser.inspection import Inspector
from tests.browser.visitor import ASKING, Visitor
from tests.browser.weight import Scales

pytestmark = pytest.mark.browser

_MOST_SHIFT = 0.02
_CHANGE_ACCESS = sql.SQL(
    "UPDATE tokens_organizationaccess SET {} FROM accounts_user, tokens_organization"
    " WHERE user_id = accounts_user.id AND organization_id = tokens_organization.id"
    " AND object_id = %s AND tokens_organization.name LIKE %s"
)
_FETCHING = "Fetching your tokens for the first time"


@pytest.fixture
def inspector(visitor: Visitor) -> Inspector:
    return Inspector(visitor.page)


def _change_access(visitor: Visitor, organization: str, **columns: object) -> None:
    """Change what is noted about how the person's mirror of an organization stands."""
    changes = [sql.SQL("{} = %s").format(sql.Identifier(column)) for column in columns]
    values = [*columns.values(), visitor.person.object_id, f"{organization}%"]
    visitor.portal.execute(_CHANGE_ACCESS.format(sql.SQL(", ").join(changes)), values)


@pytest.mark.parametrize(("width", "allowed"), [(1440, 0.15), (320, 2)])
def test_nothing_moves_when_the_first_list_comes(
    open_browser: OpenBrowser, chromium: Browser, width: int, allowed: float
) -> None:
    visitor = open_browser(context=chromium.new_context(viewport={"width": width, "height": 900}))
    now = datetime.now(UTC)
    for number in range(6):
        visitor.add_pat(f"service {number}", valid_to=now + timedelta(days=3 + 5 * number))
    scales, who = Scales(visitor.page), visitor.person.object_id
    with visitor.tenant.hold(f"fill-{who}", verb="list", person=who, times=None):
        visitor.sign_in("/signed-out")
        weight = scales.visit(f"{visitor.portal.base_url}/")
        expect(visitor.heading(_FETCHING)).to_be_visible()
        before = visitor.page.locator("section[aria-label=Tokens]").bounding_box()
    expect(visitor.table).to_be_visible()
    after = visitor.page.locator("section[aria-label=Tokens]").bounding_box()
    assert before is not None
    assert after is not None
    # Nothing above the rows, and they are as high as what kept their place.
    assert abs(after["y"] - before["y"]) < 4
    assert abs(after["height"] - before["height"]) < before["height"] * allowed
    assert weight.shift < _MOST_SHIFT
    assert visitor.page.evaluate("measured.shift") < _MOST_SHIFT


def test_the_first_fill_is_one_sentence_and_stands_still_for_who_wants_that(
    visitor: Visitor, inspector: Inspector
) -> None:
    page, who = visitor.page, visitor.person.object_id
    page.emulate_media(reduced_motion="reduce")
    with visitor.tenant.hold(f"still-{who}", verb="list", person=who, times=None):
        visitor.sign_in()
        expect(page.get_by_role("status").filter(has_text="The list appears here by itself")).to_have_count(1)
        expect(page.get_by_role("group", name="Rows of the list")).to_have_attribute("aria-busy", "true")
        assert page.evaluate("document.getAnimations().length") == 0
        inspector.look("first fill")
    expect(visitor.heading("You have no tokens yet")).to_be_visible()
    inspector.look("no tokens at all")
    assert not inspector.faults, inspector.report()


@pytest.mark.parametrize("has_javascript", [True, False], ids=["with script", "without script"])
def test_what_hides_everything_is_named_and_taken_off_in_one_step(
    open_browser: OpenBrowser, has_javascript: bool
) -> None:
    visitor = open_browser(java_script_enabled=has_javascript)
    now = datetime.now(UTC)
    visitor.add_pat("deploy", valid_to=now + timedelta(days=30))
    visitor.add_pat("old robot", valid_from=now - timedelta(days=9), valid_to=now - timedelta(days=2))
    visitor.sign_in_to_full_list()
    visitor.go("/?q=nobody+has+it&sort=name")
    expect(visitor.page.get_by_text("No active token fits “nobody has it”.")).to_be_visible()
    visitor.link("Show all tokens").click()
    visitor.expect_names("deploy")
    visitor.go("/?q=robot")
    expect(visitor.page.get_by_text("No active token fits “robot”. 1 in another state fits.")).to_be_visible()
    visitor.link("Show it").click()
    visitor.expect_names("old robot")
    visitor.go(f"/?q=robot&status=revoked&organization={visitor.tenant.organization('beta').name}")
    expect(visitor.page.get_by_text("No token fits “robot”, Status: revoked and")).to_be_visible()


def test_what_was_read_long_ago_is_said_to_be_out_of_date(visitor: Visitor, inspector: Inspector) -> None:
    visitor.add_pat("laptop")
    visitor.sign_in_to_full_list()
    page, who = visitor.page, visitor.person.object_id
    long_ago = datetime.now(UTC) - timedelta(days=3)
    beta = visitor.tenant.organization("beta").name
    with visitor.tenant.hold(f"stale-{who}", verb="list", person=who, times=None):
        visitor.button("Refresh").click()
        expect(page.get_by_text(ASKING)).to_be_visible()
        _change_access(visitor, "beta", read_at=long_ago)
        page.reload()
        summary = page.locator("summary").filter(has_text="Out of date. Updated")
        expect(summary).to_contain_text("3 days ago")
        summary.click()
        expect(
            page.get_by_text(f"{beta}: Not read for a long time. It is being read at this moment")
        ).to_be_visible()
        expect(visitor.row("laptop")).to_be_visible()
        inspector.look("list out of date")
    visitor.await_list()
    expect(page.locator("summary").filter(has_text="Updated")).to_be_visible()
    expect(page.get_by_text("Out of date.")).to_have_count(0)
    assert not inspector.faults, inspector.report()


@pytest.mark.parametrize(
    ("deed", "title", "step"),
    [
        (
            {"drop": "before"},
            "Azure DevOps cannot be reached",
            "Use Refresh in a few minutes.",
        ),
        ({"status": 401}, "You no longer have access to", "Open the organization once"),
        (
            {"status": 429, "headers": {"Retry-After": "1800"}},
            "asks to slow down",
            "until the pause",
        ),
    ],
    ids=["unreachable", "refused", "throttled"],
)
def test_an_organization_that_fails_says_which_since_when_what_works_and_what_to_do(
    visitor: Visitor, inspector: Inspector, deed: dict[str, Any], title: str, step: str
) -> None:
    visitor.add_pat("of alpha")
    visitor.add_pat("of beta", organization="beta")
    visitor.sign_in_to_full_list()
    alpha, beta = (visitor.tenant.organization(name).name for name in ("alpha", "beta"))
    with visitor.tenant.fault("pats", person=visitor.person.object_id, organization=beta, **deed):
        visitor.button("Refresh").click()
        visitor.await_list()
    box = visitor.page.get_by_role("listitem").filter(has_text=title)
    for words in (beta, f"{alpha} can be read as ever.", step, "was last read", "tries again by itself"):
        expect(box).to_contain_text(words)
    # What was read before stays, and can be worked with.
    expect(visitor.row("of beta")).to_be_visible()
    inspector.look(f"list where {step}")
    assert not inspector.faults, inspector.report()


def test_a_lost_sign_in_is_one_matter_for_all(visitor: Visitor, inspector: Inspector) -> None:
    visitor.add_pat("laptop")
    visitor.sign_in_to_full_list()
    visitor.portal.execute(
        sql.SQL(
            "UPDATE accounts_grant SET state = 'sign_in_needed' FROM accounts_user"
            " WHERE user_id = accounts_user.id AND object_id = %s"
        ).format(),
        [visitor.person.object_id],
    )
    _change_access(visitor, "alpha", read_at=datetime.now(UTC) - timedelta(days=2))
    visitor.go("/")
    expect(visitor.link("Sign in again")).to_have_count(1)
    expect(visitor.page.locator("summary").filter(has_text="Out of date. Updated 2 days ago")).to_be_visible()
    expect(visitor.row("laptop")).to_be_visible()
    expect(visitor.button("Refresh")).to_have_count(0)
    inspector.look("list with a lost sign-in")
    assert not inspector.faults, inspector.report()
