"""The public help with sign-in."""

from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.aadsts import entries
from tests.accounts.browsers import text_of

pytestmark = pytest.mark.django_db

PASTED = "AADSTS50105: Your administrator has configured the application. Call 0800-EVIL"


class Page(HTMLParser):
    """The ids, the addresses inside the page, and the headings of an answer."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.anchors: set[str] = set()
        self.levels: list[int] = []
        self.feed(text_of(answer))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if (found.get("href") or "").startswith("#"):
            self.anchors.add(str(found["href"])[1:])
        if tag in {"h1", "h2", "h3", "h4"}:
            self.levels.append(int(tag[1]))


@pytest.mark.parametrize("code", ["50105", "AADSTS50105", "aadsts50105", " AADSTS 50105 ", PASTED])
def test_it_explains_a_number(client: Client, code: str) -> None:
    answer = client.get("/help/sign-in", {"code": code})
    assert answer.status_code == 200
    assert answer.context["wanted"].number == 50105
    assert answer.context["query"] == "AADSTS50105"
    assert answer.context["is_unknown"] is False
    assert "EVIL" not in text_of(answer)


def test_it_lists_the_whole_table_to_strangers(client: Client) -> None:
    answer = client.get("/help/sign-in")
    assert answer.context["wanted"] is None
    assert answer.context["query"] == ""
    listed = [entry for group in answer.context["groups"] for entry in group.entries]
    assert sorted(entry.number for entry in listed) == sorted(entry.number for entry in entries())
    text = text_of(answer)
    for entry in entries():
        assert f'id="{entry.label}"' in text
    assert "You have not been given access to this portal" in text


@pytest.mark.parametrize("query", ["", "?code=50105", "?code=90094", "?code=99999"])
def test_its_headings_and_anchors_are_in_order(client: Client, query: str) -> None:
    page = Page(client.get(f"/help/sign-in{query}"))
    assert len(page.ids) == len(set(page.ids))
    assert page.anchors <= set(page.ids)
    assert page.levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in zip(page.levels, page.levels[1:], strict=False))


@pytest.mark.parametrize(
    ("asked", "digits"),
    [
        ("1234567", "1234567"),
        ("AADSTS99999", "99999"),
        ("123 <b>", "123"),
        ("<script>alert", ""),
        ("call 08001234567", ""),
        ("\uff15\uff10", ""),
        ("x" * 70 + " 12", ""),
    ],
)
def test_it_says_what_to_do_about_a_number_that_it_does_not_know(
    client: Client, asked: str, digits: str
) -> None:
    answer = client.get("/help/sign-in", {"code": asked})
    text = text_of(answer)
    assert (answer.context["wanted"], answer.context["is_unknown"]) == (None, True)
    assert answer.context["query"] == digits
    assert f'value="{digits}"' in text
    assert (f"does not know the number {digits}<" in text) == bool(digits)
    lookup = '<a href="https://login.microsoftonline.com/error" rel="noreferrer">'
    assert (lookup in " ".join(text.split())) == bool(digits)
    for part in ("alert(", "<b>", "call 0", "0800", "\uff15", "xxx"):
        assert part not in text


@pytest.mark.parametrize("code", ["Error 50105", "50105, 53003", "12345 50105"])
def test_it_finds_the_number_that_it_knows(client: Client, code: str) -> None:
    answer = client.get("/help/sign-in", {"code": code})
    assert answer.context["wanted"].number == 50105
    assert "<title>You have not been given access to this portal \u2013 PAT Portal</title>" in text_of(answer)


def test_its_title_is_its_heading_where_nothing_was_found(client: Client) -> None:
    for query in ("", "?code=99999"):
        text = text_of(client.get(f"/help/sign-in{query}"))
        assert "<title>Help with signing in \u2013 PAT Portal</title>" in text


@pytest.mark.parametrize(
    ("code", "offered", "kept_back"),
    [
        (50076, {"Sign in", "Use another account"}, {"Try once more"}),
        (50020, {"Sign in", "Use another account"}, {"Try once more"}),
        (53003, {"Try once more", "Use another account"}, {"Sign in"}),
        (65001, {"Give permission", "Use another account"}, {"Try once more"}),
        (7000215, {"Try once more"}, {"Sign in", "Use another account"}),
    ],
)
def test_it_leads_on_from_the_page_where_microsoft_stopped(
    client: Client, code: int, offered: set[str], kept_back: set[str]
) -> None:
    text = " ".join(text_of(client.get(f"/help/sign-in?code={code}")).split())
    buttons = text.partition('action="/sign-in/start"')[2].partition("</form>")[0]
    for label in offered:
        assert f">{label}</button>" in buttons.replace("> ", ">").replace(" <", "<")
    for label in kept_back:
        assert label not in buttons
    assert buttons.count("button-primary") == ("Try once more" not in offered)


def test_nobody_is_led_to_a_sign_in_by_an_unknown_number(client: Client) -> None:
    assert 'action="/sign-in/start"' not in text_of(client.get("/help/sign-in?code=99999"))


def test_words_find_what_they_stand_in_and_are_not_repeated(client: Client) -> None:
    answer = client.get("/help/sign-in", {"code": "Guest INVITED <b>"})
    found = answer.context["matches"]
    assert 0 < len(found) < 10
    assert all("guest" in f"{one.title} {one.meaning} {one.next_step}".lower() for one in found)
    assert (answer.context["wanted"], answer.context["is_unknown"]) == (None, False)
    assert answer.context["query"] == ""
    assert "INVITED" not in text_of(answer)
    assert "<b>" not in text_of(answer)


@pytest.mark.parametrize("asked", ["password zebra", "AADSTS", "no", "guest 50105x", "\u00e9\u00e9\u00e9"])
def test_other_words_find_nothing(client: Client, asked: str) -> None:
    answer = client.get("/help/sign-in", {"code": asked})
    assert answer.context["matches"] == []
    assert answer.context["is_unknown"] is True


def test_every_number_leads_to_its_answer(client: Client) -> None:
    text = text_of(client.get("/help/sign-in"))
    for entry in entries():
        assert f'href="/help/sign-in?code={entry.label}">{entry.number}</a>' in text


def test_nothing_is_unknown_where_nothing_was_asked(client: Client) -> None:
    for query in ("", "?code=", "?code=%20"):
        assert client.get(f"/help/sign-in{query}").context["is_unknown"] is False


def test_it_has_the_link_that_administrators_need(client: Client, settings: Any) -> None:
    answer = client.get("/help/sign-in")
    (link,) = answer.context["approval_links"]
    assert link.url.startswith(f"{settings.ENTRA_AUTHORITY}/v2.0/adminconsent?")
    assert link.label == ""
    assert text_of(answer).count("/v2.0/adminconsent?") == 1


def test_it_leads_from_a_missing_approval_to_the_link(client: Client) -> None:
    for code in (90094, 65001):
        assert 'href="#approval-1"' in text_of(client.get(f"/help/sign-in?code={code}"))
    assert 'href="#approval-1"' not in text_of(client.get("/help/sign-in?code=50105"))


def test_each_tenant_has_a_link_of_its_own(client: Client, settings: Any) -> None:
    other = uuid4()
    settings.ENTRA_ADDITIONAL_TENANTS = {other: "Woodgrove"}
    links = client.get("/help/sign-in").context["approval_links"]
    assert [link.label for link in links] == ["the portal's own organization", "Woodgrove"]
    assert f"/{other}/v2.0/adminconsent?" in links[1].url
    settings.ENTRA_ADDITIONAL_TENANTS = {other: str(other)}
    links = client.get("/help/sign-in").context["approval_links"]
    assert links[1].label == f"Organization {str(other)[:8]}…"


def test_it_is_for_reading(client: Client) -> None:
    assert client.post("/help/sign-in").status_code == 405
