"""Switching the keyboard shortcuts off in one browser, and on again."""

import pytest
from django.test import Client

from tests.people import Person
from tests.tokens.views.page import read

ADDRESS = "/tokens/shortcuts"


def test_only_posts_are_answered(alice: Person) -> None:
    assert alice.browser.get(ADDRESS).status_code == 405


def test_whoever_is_not_signed_in_is_sent_to_the_sign_in_page(client: Client, db: None) -> None:
    answer = client.post(ADDRESS)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in")
    assert "shortcuts" not in answer.cookies


def test_they_are_on_until_they_are_switched_off_in_this_browser(alice: Person) -> None:
    dialog = read(alice.browser.get("/")).one("dialog", id="shortcuts")
    assert "data-on" in dialog.attributes
    answer = alice.browser.post(ADDRESS)
    cookie = answer.cookies["shortcuts"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("off", True, "Lax")
    page = read(alice.browser.get("/"))
    assert "data-on" not in page.one("dialog", id="shortcuts").attributes
    assert page.form(ADDRESS).value("on") == "1"
    page.form(ADDRESS).submit(alice.browser)
    assert "data-on" in read(alice.browser.get("/")).one("dialog", id="shortcuts").attributes


@pytest.mark.parametrize("key", ["/", "n", "j", "k", "r", "e", "x", "?"])
def test_every_key_is_explained(alice: Person, key: str) -> None:
    dialog = read(alice.browser.get("/")).one("dialog", id="shortcuts")
    assert key in [one.text for one in dialog.all("kbd")]
