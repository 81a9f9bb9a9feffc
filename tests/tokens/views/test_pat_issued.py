"""The one page that holds a secret: in text, in no control, and never again."""

import re
from base64 import b64encode
from typing import Any

import pytest

from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tokens.models import AuditEvent, Pat


@pytest.fixture
def issued(world: World, alice: Person) -> Any:
    """The answer to a creation that worked."""
    return alice.browser.post("/tokens/new", world.form())


@pytest.fixture
def secret(world: World, issued: Any) -> str:
    """The secret in that answer, as the sandbox knows it."""
    return world.tenant.pats()[0].secret


def in_base64(secret: str) -> str:
    return b64encode(secret.encode()).decode()


def test_it_shows_the_secret_as_text_where_the_script_guards_it_and_nowhere_else(
    issued: Any, secret: str
) -> None:
    page = read(issued)
    assert page.one("code", class_="secret-text").children == [secret]
    guarded = [
        one for one in page.elements() if {"data-secret-text", "data-secret-part"} & one.attributes.keys()
    ]
    for form in (secret, in_base64(secret)):
        holders = [one for one in guarded if one.children == [form]]
        assert holders
        assert issued.content.decode().count(form) == len(holders)


def test_what_is_to_be_pasted_is_filled_in(world: World, issued: Any, secret: str) -> None:
    texts = {one.text for one in read(issued).elements() if "data-snippet-text" in one.attributes}
    assert len(texts) == 7
    assert all(secret in text or in_base64(secret) in text for text in texts)
    assert sum(in_base64(secret) in text for text in texts) == 1
    assert all(world.alpha.name in text for text in texts if "machine" in text or "username" in text)
    tools = [one.text for one in read(issued).all("span", class_="snippet-name")]
    usable = [tool for tool in tools if "needs" not in tool]
    assert usable == ["git", "curl"]


def test_no_attribute_control_title_or_script_holds_it(issued: Any, secret: str) -> None:
    page = read(issued)
    held = [one for template in page.all("template") for one in template.elements()]
    for one in [*page.elements(), *held]:
        pieces = {secret[:20], in_base64(secret)[:20]}
        assert not [value for value in one.attributes.values() if any(piece in value for piece in pieces)]
        if one.tag in {"title", "script", "style", "input", "textarea", "button", "form", "template"}:
            assert not [piece for piece in pieces if piece in one.text]
    assert secret not in str(issued.headers)
    assert secret not in str(issued.cookies)


def test_no_cache_keeps_it_and_no_referrer_tells_of_it(issued: Any) -> None:
    directives = {one.strip() for one in issued["Cache-Control"].split(",")}
    assert {"no-store", "private", "no-cache", "must-revalidate", "max-age=0"} <= directives
    assert issued["Referrer-Policy"] == "same-origin"
    assert "ETag" not in issued
    assert "Last-Modified" not in issued


def test_it_is_a_whole_page_even_for_htmx(world: World, alice: Person) -> None:
    answer = alice.browser.post("/tokens/new", world.form(), headers={"HX-Request": "true"})
    assert read(answer).heading == "Store the secret now"


def test_it_says_what_was_made_and_how_to_take_it_back(world: World, issued: Any) -> None:
    page = read(issued)
    pat = Pat.objects.get()
    assert page.heading == "Store the secret now"
    assert world.alpha.name in page.text
    assert "Code (read)" in page.text
    assert "It expires earlier than you asked" not in page.text
    assert f"/tokens/{pat.id}/revoke" in [one["href"] for one in page.all("a")]
    assert page.form(f"/tokens/{pat.id}/received").method == "post"


def test_it_works_without_script(issued: Any) -> None:
    page = read(issued)
    code = page.one("code", class_="secret-text")
    assert "hidden" not in code.attributes
    # What needs a script is hidden until the script shows it.
    assert "hidden" in _holder(page, "data-secret-copy").attributes


def _holder(page: Page, attribute: str) -> Any:
    return next(
        one
        for one in page.elements()
        if any(attribute in child.attributes for child in one.children if not isinstance(child, str))
    )


def test_sending_it_again_shows_what_happened_and_no_secret(world: World, alice: Person) -> None:
    sent = world.form()
    first = alice.browser.post("/tokens/new", sent)
    secret = world.tenant.pats()[0].secret
    assert secret in first.content.decode()
    again = alice.browser.post("/tokens/new", sent, follow=True)
    assert again.status_code == 200
    assert read(again).heading == "The token was created"
    assert secret not in again.content.decode()


def test_no_page_shows_it_afterwards(world: World, alice: Person, issued: Any, secret: str) -> None:
    pat = Pat.objects.get()
    operation = pat.operations.get()
    for address in (
        "/",
        "/?status=all",
        "/tokens/new",
        f"/tokens/{pat.id}/revoke",
        f"/operations/{operation.id}",
    ):
        answer = alice.browser.get(address)
        assert answer.status_code == 200
        assert secret not in answer.content.decode(), address
    for address in (f"/tokens/{pat.id}/received", f"/tokens/{pat.id}/keep"):
        answer = alice.browser.post(address, follow=True)
        assert secret not in answer.content.decode(), address


def test_saying_that_it_is_stored_is_noted_once(alice: Person, issued: Any) -> None:
    form = read(issued).form(f"/tokens/{Pat.objects.get().id}/received")
    for _ in range(2):
        answer = form.submit(alice.browser)
        assert (answer.status_code, answer["Location"]) == (302, "/")
    assert Pat.objects.get().received_at is not None
    assert AuditEvent.objects.filter(type="pat.received").count() == 1
    assert "Noted: you have stored the secret of “ci-deploy”." in read(alice.browser.get("/")).text


def test_its_address_says_nothing(issued: Any) -> None:
    assert issued.request["PATH_INFO"] == "/tokens/new"
    assert re.search(r"location|refresh", str(list(issued.headers)), re.IGNORECASE) is None
