"""Somebody with a browser: signs in as a person of their own and does what people do on the pages."""

import re
from collections.abc import Sequence
from itertools import count
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect
from psycopg import sql

from tests.browser.portal import Portal
from tests.browser.watch import Watch
from tests.sandbox_records import SandboxPat, SandboxPerson

ASKING = "Asking Azure DevOps for changes"
_numbers = count(1)
_CSRF_FIELD = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_CHANGE_ROW = sql.SQL(
    "UPDATE tokens_pat SET {} WHERE name = %s"
    " AND user_id = (SELECT id FROM accounts_user WHERE object_id = %s)"
)


class Visitor:
    """One browser context with one page open; `person` is known to the directory and to no other test."""

    def __init__(
        self, portal: Portal, context: BrowserContext, watch: Watch, *, roles: Sequence[str]
    ) -> None:
        self.portal = portal
        self.tenant = portal.tenant
        self.context = context
        self.watch = watch
        self.person = _newcomer(portal, roles)
        self.page = context.new_page()

    def go(self, path: str = "/") -> None:
        """Open a page of the portal."""
        self.page.goto(self.portal.base_url + path)

    def sign_in(self, path: str = "/") -> None:
        """Sign in with this browser's cookies, yet without its pages, and open `path`."""
        start, browser = f"{self.portal.base_url}/sign-in", self.context.request
        proof = _CSRF_FIELD.search(browser.get(start).text())
        form: dict[str, str | float | bool] = {"csrfmiddlewaretoken": proof[1] if proof else ""}
        started = browser.post(f"{start}/start", form=form, max_redirects=0)
        browser.get(self.tenant.sign_in(started.headers["location"], self.person.object_id), max_redirects=0)
        self.go(path)

    def sign_in_by_hand(self, path: str = "/") -> None:
        """Ask for `path`, sign in on the pages that follow and come out where they lead."""
        self.go(path)
        self.button("Sign in").click()
        self.button(self.person.name).click()
        expect(self.button("Sign out")).to_be_visible()

    def sign_in_to_full_list(self) -> None:
        """Sign in and wait until the list has been fetched."""
        self.sign_in()
        self.await_list()

    def await_list(self) -> None:
        """Reload until nothing is being fetched any more; the page itself would do it every two seconds."""
        asking = self.page.get_by_text(ASKING)
        for _ in range(100):
            if not asking.count():
                return
            self.page.wait_for_timeout(100)
            self.page.reload()
        raise AssertionError("the list is still being fetched")

    def button(self, name: str, page: Page | None = None) -> Locator:
        """Return the button of exactly that name."""
        return (page or self.page).get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        """Return the link of exactly that name."""
        return self.page.get_by_role("link", name=name, exact=True)

    def heading(self, name: str) -> Locator:
        """Return the heading of exactly that name."""
        return self.page.get_by_role("heading", name=name, exact=True)

    @property
    def table(self) -> Locator:
        """The list of PATs."""
        return self.page.get_by_role("table", name="Personal access tokens")

    def row(self, pat_name: str) -> Locator:
        """Return the row of the list that shows a PAT."""
        return self.table.get_by_role("row").filter(has_text=pat_name)

    def menu_button(self, pat_name: str) -> Locator:
        """Return what opens the menu of a PAT's row."""
        return self.table.locator("summary").filter(has_text=f"More for {pat_name}")

    def choose(self, action: str, pat_name: str) -> None:
        """Open the menu of a PAT's row and follow one of its links, as in "Revoke"."""
        self.menu_button(pat_name).click()
        self.link(f"{action} {pat_name}").click()

    def expect_names(self, *names: str) -> None:
        """Expect the list to show exactly these names, from top to bottom."""
        expect(self.table.get_by_role("rowheader").locator(".pat-name")).to_have_text(list(names))

    def add_pat(self, name: str, *, organization: str = "alpha", **facts: Any) -> SandboxPat:
        """Make a PAT of this person elsewhere."""
        return self.tenant.add_pat(self.person.object_id, organization, name, **facts)

    def pats(self) -> list[SandboxPat]:
        """Return the truth about this person's PATs."""
        return self.tenant.pats(person=self.person.object_id)

    def change_row(self, pat_name: str, **columns: object) -> None:
        """Change what the portal has noted about a PAT of this person, behind its back."""
        changes = [sql.SQL("{} = %s").format(sql.Identifier(column)) for column in columns]
        values = [*columns.values(), pat_name, self.person.object_id]
        self.portal.execute(_CHANGE_ROW.format(sql.SQL(", ").join(changes)), values)

    def fill_form(
        self, *, name: str = "ci-deploy", organization: str = "alpha", page: Page | None = None
    ) -> None:
        """Fill the form for a new PAT so that it can be sent."""
        page = page or self.page
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_label("Organization").select_option(self.tenant.organization(organization).name)
        page.get_by_label("30 days").check()
        page.get_by_label("Code (read)", exact=True).check()

    def create_pat(self, *, name: str = "ci-deploy") -> str:
        """Create a PAT by the form; return its secret, which the page holds at this moment."""
        self.go("/tokens/new")
        self.fill_form(name=name)
        self.button("Create token").click()
        expect(self.heading("Store the secret now")).to_be_visible()
        return next(pat.secret for pat in self.pats() if pat.display_name == name)


def _newcomer(portal: Portal, roles: Sequence[str]) -> SandboxPerson:
    number = next(_numbers)
    user_name = f"person-{number}@{portal.tenant.domain}"
    return portal.tenant.add_person(
        name=f"Robin Test {number}", user_name=user_name, email=user_name, roles=list(roles)
    )
