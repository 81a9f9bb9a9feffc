"""Creating a PAT: the form, what it accepts, and what it says about what it does not."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.views.page import Form, Page, read
from tests.tokens.views.shapes import secret_shapes
from tokens.models import AuditEvent, Operation, Pat

BEYOND_A_YEAR = timedelta(days=367)


def form_of(page: Page) -> Form:
    return page.form("/tokens/new")


def typed(form: Form) -> dict[str, list[str]]:
    """Return what the page would send, but for what the server put into it."""
    return {name: values for name, values in form.data.items() if name not in {"key", "csrfmiddlewaretoken"}}


def refused(answer: Any, *fields: str) -> Page:
    """Check that the answer is the form with errors beside exactly these fields, and return it."""
    assert answer.status_code == 422
    page = read(answer)
    assert {one["id"].removeprefix("errors-") for one in page.all("ul", class_="field-errors")} == set(fields)
    summary = page.one(id="error-summary")
    for name in fields:
        control = page.one(id=f"field-{name}")
        assert control["aria-invalid"] == "true"
        assert f"errors-{name}" in control["aria-describedby"].split()
        assert [one.text for one in summary.all("a", href=f"#field-{name}")]
    assert Operation.objects.count() == 0
    assert not AuditEvent.objects.filter(type__startswith="pat.create").exists()
    return page


def error_beside(page: Page, field: str) -> str:
    return page.one("ul", id=f"errors-{field}").text


def test_it_answers_other_methods_with_405(alice: Person) -> None:
    for method in ("put", "patch", "delete"):
        assert getattr(alice.browser, method)("/tokens/new").status_code == 405


def test_it_shows_an_empty_form_with_sensible_defaults(world: World, alice: Person) -> None:
    answer = alice.browser.get("/tokens/new")
    page = read(answer)
    form = form_of(page)
    assert answer.status_code == 200
    assert typed(form) == {
        "name": [""],
        "organization": [world.alpha.name],
        "expires": ["30"],
        "expires_date": [""],
        "purpose": [""],
        "places": [""],
        "review_date": [""],
        "backup_email": [""],
    }
    assert len(form.value("key")) >= 32
    assert page.all(class_="field-errors") == []


def test_every_control_has_its_label(alice: Person) -> None:
    page = read(alice.browser.get("/tokens/new"))
    labels = {one["for"]: one.text for one in page.all("label") if one.get("for")}
    assert labels["field-name"] == "Name"
    assert labels["field-organization"] == "Organization"
    legends = [one.text for one in page.all("legend")]
    assert legends == ["Expires", "Scopes"]
    ids = [one["id"] for one in page.elements() if one.get("id")]
    assert len(ids) == len(set(ids))
    for name in ("aria-describedby", "aria-labelledby", "for"):
        for one in page.elements():
            assert set(one.get(name).split()) <= set(ids), f"{name} of {one.tag}"


def test_every_opening_of_the_form_has_a_key_of_its_own(alice: Person) -> None:
    keys = {form_of(read(alice.browser.get("/tokens/new"))).value("key") for _ in range(3)}
    assert len(keys) == 3


def test_it_creates_what_was_asked_for(world: World, alice: Person) -> None:
    form = form_of(read(alice.browser.get("/tokens/new")))
    answer = form.submit(
        alice.browser,
        name="  build agent 7 ",
        organization=world.beta.name,
        expires="90",
        scopes=["vso.code_write", "vso.code", "vso.build"],
    )
    assert answer.status_code == 200
    (truth,) = world.tenant.pats()
    assert truth.person == "alice@example.test"
    assert truth.organization == world.beta.name
    assert truth.display_name == "build agent 7"
    assert set(truth.scope.split()) == {"vso.code_write", "vso.build"}
    assert abs(truth.valid_to - timezone.now() - timedelta(days=90)) < timedelta(minutes=2)
    pat = Pat.objects.get()
    assert (pat.user, pat.name, pat.organization) == (alice.user, "build agent 7", world.beta)
    assert read(alice.browser.get("/")).names() == ["build agent 7"]


def test_a_date_of_ones_own_lasts_to_the_end_of_that_day(world: World, alice: Person) -> None:
    day = timezone.localdate() + timedelta(days=100)
    answer = alice.browser.post("/tokens/new", world.form(expires="custom", expires_date=str(day)))
    assert answer.status_code == 200
    end = timezone.localtime(Pat.objects.get().valid_to)
    assert (end.date(), end.hour, end.minute) == (day, 23, 59)


@pytest.mark.parametrize("days", [1, 364])
def test_the_first_and_the_last_day_are_accepted(world: World, alice: Person, days: int) -> None:
    day = timezone.localdate() + timedelta(days=days)
    answer = alice.browser.post("/tokens/new", world.form(expires="custom", expires_date=str(day)))
    assert answer.status_code == 200
    assert len(world.tenant.pats()) == 1


def test_full_access_alone_is_accepted(world: World, alice: Person) -> None:
    alice.browser.post("/tokens/new", world.form(scopes=["app_token"]))
    assert Pat.objects.get().scopes == ["app_token"]


def test_a_name_with_markup_is_a_name_like_any_other(world: World, alice: Person) -> None:
    name = '<img src=x onerror=alert(1)> & "friends" \'</title>'
    answer = alice.browser.post("/tokens/new", world.form(name=name))
    assert answer.status_code == 200
    assert "<img" not in answer.content.decode()
    assert name in read(answer).names()
    assert [one.display_name for one in world.tenant.pats()] == [name]


def test_names_of_all_scripts_are_accepted(world: World, alice: Person) -> None:
    for name in ("données d'été", "сборка", "部署", "نشر", "deploy 🚀", "a\u200db"):
        answer = alice.browser.post("/tokens/new", world.form(name=name))
        assert answer.status_code == 200, name
        assert name in read(answer).names()


# --- What it refuses -------------------------------------------------------------------------------

_TODAY = timezone.localdate()
BAD_INPUT: dict[str, tuple[dict[str, Any], str, str]] = {
    "no name": ({"name": ""}, "name", "Enter a name."),
    "blank name": ({"name": " \t "}, "name", "Enter a name."),
    "201 characters": ({"name": "n" * 201}, "name", "at most 200 characters; these are 201."),
    "10,000 characters": ({"name": "n" * 10_000}, "name", "these are 10000."),
    "right-to-left mark": ({"name": "abc\u202egpj.exe"}, "name", "invisible character"),
    "left-to-right isolate": ({"name": "abc\u2066def"}, "name", "invisible character"),
    "arabic letter mark": ({"name": "abc\u061cdef"}, "name", "invisible character"),
    "line break": ({"name": "one\ntwo"}, "name", "invisible character"),
    "line separator": ({"name": "one\u2028two"}, "name", "invisible character"),
    "escape": ({"name": "one\x1b[31mtwo"}, "name", "invisible character"),
    "NUL": ({"name": "one\x00two"}, "name", "invisible character"),
    "no organization": ({"organization": ""}, "organization", "Choose an organization."),
    "unknown organization": ({"organization": "contoso"}, "organization", "not set up in this portal"),
    "NUL organization": ({"organization": "a\x00"}, "organization", "not set up in this portal"),
    "no expiry": ({"expires": ""}, "expires", "Choose when it expires."),
    "expiry of its own": ({"expires": "9999"}, "expires", "Choose one of the expiry options."),
    "no date": ({"expires": "custom"}, "expires_date", "Enter the date on which it expires."),
    "no such date": (
        {"expires": "custom", "expires_date": "2027-02-30"},
        "expires_date",
        "Enter a date such as",
    ),
    "date in words": (
        {"expires": "custom", "expires_date": "tomorrow"},
        "expires_date",
        "Enter a date such as",
    ),
    "NUL date": (
        {"expires": "custom", "expires_date": "2027-01-\x0001"},
        "expires_date",
        "Enter a date such as",
    ),
    "today": ({"expires": "custom", "expires_date": str(_TODAY)}, "expires_date", "or later."),
    "past": ({"expires": "custom", "expires_date": "0001-01-01"}, "expires_date", "or later."),
    "a year": (
        {"expires": "custom", "expires_date": str(_TODAY + BEYOND_A_YEAR)},
        "expires_date",
        "at most a year",
    ),
    "far away": ({"expires": "custom", "expires_date": "9999-12-31"}, "expires_date", "at most a year"),
    "no scope": ({"scopes": []}, "scopes", "Choose at least one scope."),
    "unknown scope": ({"scopes": ["vso.code", "vso.everything"]}, "scopes", "not offered by this portal"),
    "NUL scope": ({"scopes": ["vso.code\x00"]}, "scopes", "not offered by this portal"),
    "too much": ({"scopes": ["app_token", "vso.code"]}, "scopes", "Choose it alone, or leave it out."),
}


def test_bad_input_gets_its_error_beside_its_field_and_loses_nothing(world: World, alice: Person) -> None:
    browser = alice.browser
    chosen = {
        "name": "kept",
        "organization": world.beta.name,
        "expires": "60",
        "scopes": ["vso.build", "vso.code"],
    }
    for case, (bad, field, sentence) in BAD_INPUT.items():
        sent = world.form(**chosen | bad)
        page = refused(browser.post("/tokens/new", sent), field)
        assert sentence in error_beside(page, field), case
        form = form_of(page)
        assert form.value("key") == sent["key"], case
        kept = typed(form)
        for name in {"name", "expires_date"} & sent.keys():
            assert kept[name] == [sent[name]], case
        if field != "organization":
            assert kept["organization"] == [world.beta.name], case
        if field != "expires":
            assert kept["expires"] == [sent["expires"]], case
        offered = [code for code in sent["scopes"] if code in {"vso.build", "vso.code", "app_token"}]
        assert set(kept.get("scopes", [])) == set(offered), case
    assert world.tenant.requests("pats") == []


def test_all_errors_come_at_once(alice: Person) -> None:
    page = refused(
        alice.browser.post("/tokens/new", {"key": "k" * 32}), "name", "organization", "expires", "scopes"
    )
    assert "Nothing was created yet" in page.one(id="error-summary").text


def test_markup_in_what_was_typed_comes_back_as_text(world: World, alice: Person) -> None:
    name = "<script>alert('x')</script>\"><b>" * 10
    answer = alice.browser.post("/tokens/new", world.form(name=name, expires_date='"><script>', scopes=[]))
    assert "<script>alert" not in answer.content.decode()
    kept = typed(form_of(read(answer)))
    assert (kept["name"], kept["expires_date"]) == ([name], ['"><script>'])


@pytest.mark.parametrize("field", ["name", "organization", "expires", "expires_date", "scopes", "key"])
def test_a_pasted_secret_is_refused_and_not_repeated(world: World, alice: Person, field: str) -> None:
    for shape, secret in secret_shapes().items():
        sent = world.form(name="kept name", **{} if field == "name" else {field: secret})
        sent |= {"name": secret} if field == "name" else {}
        sent |= {"expires": "custom"} if field == "expires_date" else {}
        answer = alice.browser.post("/tokens/new", sent)
        assert answer.status_code == 422, shape
        assert secret not in answer.content.decode(), shape
        assert secret not in str(answer.headers), shape
        page = read(answer)
        if field == "name":
            assert "looks like a secret" in error_beside(page, "name"), shape
        else:
            assert typed(form_of(page))["name"] == ["kept name"], shape
    assert Operation.objects.count() == 0


@pytest.mark.parametrize(
    "key", ["", "short", "k" * 15, "k" * 49, "k" * 10_000, "k" * 31 + "\x00", "orphan:" + "k" * 30]
)
def test_a_form_without_a_proper_key_becomes_a_fresh_one(world: World, alice: Person, key: str) -> None:
    sent = world.form(key=key, name="kept")
    answer = alice.browser.post("/tokens/new", sent)
    assert answer.status_code == 422
    page = read(answer)
    assert "It was incomplete and has been renewed" in page.one(id="error-summary").text
    assert Operation.objects.count() == 0
    form = form_of(page)
    assert typed(form)["name"] == ["kept"]
    assert form.submit(alice.browser).status_code == 200
    assert [one.display_name for one in world.tenant.pats()] == ["kept"]


def test_repeated_and_unknown_fields_do_no_harm(world: World, alice: Person) -> None:
    sent = world.form(name=["first", "second"], allOrgs="true", user="1", owner=["x"])
    answer = alice.browser.post("/tokens/new", sent)
    assert answer.status_code == 200
    (truth,) = world.tenant.pats()
    assert (truth.display_name, truth.all_orgs) == ("second", False)


def test_bytes_that_are_no_text_do_no_harm(alice: Person) -> None:
    body = b"key=%ff%fe&name=%ed%a0%80%ff&organization=%c3%28&expires=%80&scopes=%80"
    answer = alice.browser.generic("POST", "/tokens/new", body, "application/x-www-form-urlencoded")
    assert answer.status_code == 422
    assert "organization" in read(answer).one(id="error-summary").text.lower()


def test_a_request_that_is_no_form_is_an_empty_one(alice: Person) -> None:
    answer = alice.browser.post("/tokens/new", '{"name": "x"}', content_type="application/json")
    assert answer.status_code == 422


# --- Signed out ------------------------------------------------------------------------------------


def test_it_sends_whoever_is_not_signed_in_to_the_sign_in_page_and_back(client: Any) -> None:
    answer = client.get("/tokens/new?from=mail")
    assert answer.status_code == 302
    target = urlsplit(answer["Location"])
    assert (target.path, parse_qs(target.query)) == ("/sign-in", {"next": ["/tokens/new?from=mail"]})
