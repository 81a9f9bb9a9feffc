"""The pages that a browser visits, as text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from sandbox import pages
from sandbox.state import Person
from sandbox.wire import Response

ALICE = Person("1", "Alice Archer", "alice@example.test", roles=["PatPortal.Admin", "Other"], is_guest=True)


class Outline(HTMLParser):
    """Collects ids and the references to them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.references: set[str] = set()
        self.feed(page)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            if name in {"aria-labelledby", "aria-describedby"} and value:
                self.references.add(value)


def test_every_button_is_named_by_the_person_alone() -> None:
    outline = Outline(pages.choose_account("example.test", [ALICE], {}, None))
    assert outline.references == outline.ids == {"name-1", "detail-1"}


def test_roles_are_told_in_words() -> None:
    assert pages.described(ALICE) == ["Administrator", "Other", "Guest"]


@pytest.mark.parametrize(
    "page",
    [
        pages.choose_account("<i>", [ALICE], {"<i>": "<i>"}, "1"),
        pages.problem("<i>", {"<i>": "<i>"}, title="<i>"),
        pages.consent("<i>", "<i>", ["<i>"], {"<i>": "<i>"}, title="<i>"),
        pages.signed_out("http://localhost/<i>", ["http://localhost/<i>"]),
        pages.landing(["<i>"]),
    ],
)
def test_no_page_repeats_markup(page: str) -> None:
    assert "<i>" not in page
    assert "&lt;i&gt;" in page
    assert "not Microsoft" in page


def test_a_page_may_send_its_form_where_it_must() -> None:
    response = pages.secured(Response(), form_targets="http://localhost:8000")
    policy = dict(response.headers)["Content-Security-Policy"]
    assert "form-action 'self' http://localhost:8000;" in policy
    assert "script-src" not in policy
    assert policy.startswith("default-src 'none'")


def test_the_style_knows_the_dark() -> None:
    assert b"prefers-color-scheme: dark" in pages.style_sheet()
