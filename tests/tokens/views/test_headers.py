"""The headers that every answer carries, whatever it is an answer to."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client

from tests.people import Person, World
from tests.tokens.views.page import read
from tests.tokens.views.rows import make_operation, make_pat

PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def expected_policy() -> dict[str, set[str]]:
    """Return the content policy as it should be, written down apart from the settings."""
    entra = urlsplit(settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"][1])
    assert (entra.scheme, entra.hostname) == ("https", "127.0.0.1")
    return {
        "default-src": {"'none'"},
        "script-src": {"'self'"},
        "style-src": {"'self'"},
        "img-src": {"'self'", "data:"},
        "font-src": {"'self'"},
        "connect-src": {"'self'"},
        "manifest-src": {"'self'"},
        # Signing in and out are forms whose answers lead to Entra, the sandbox's pages being plain http.
        "form-action": {"'self'", f"https://{entra.netloc}", "http://127.0.0.1:*"},
        "frame-ancestors": {"'none'"},
        "base-uri": {"'none'"},
    }


def check_headers(answer: Any) -> None:
    directives = [one.strip().partition(" ") for one in answer["Content-Security-Policy"].split(";")]
    policy = {name: set(values.split()) for name, _, values in directives}
    assert policy == expected_policy()
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Permissions-Policy"] == PERMISSIONS
    assert len(answer["X-Request-ID"]) == 32
    assert "Server" not in answer


def check_private(answer: Any) -> None:
    check_headers(answer)
    assert answer["Referrer-Policy"] == "same-origin"
    assert {"no-store", "private"} <= {one.strip() for one in answer["Cache-Control"].split(",")}


def test_every_answer_to_a_person_is_private_and_guarded(world: World, alice: Person) -> None:
    pat = make_pat(world, alice)
    operation = make_operation(world, alice)
    for path in ("/", "/tokens/new", f"/tokens/{pat.pk}/revoke", f"/operations/{operation.pk}"):
        answer = alice.browser.get(path)
        assert answer.status_code == 200
        check_private(answer)
    for path in ("/tokens/refresh", f"/tokens/{pat.pk}/keep", f"/tokens/{pat.pk}/received"):
        answer = alice.browser.post(path)
        assert answer.status_code == 302
        check_private(answer)
    check_private(alice.browser.post("/tokens/new", world.form()))
    check_private(alice.browser.post("/tokens/new", {}))
    check_private(alice.browser.get("/", headers={"HX-Request": "true"}))
    check_private(alice.browser.get("/nothing/here"))
    check_private(alice.browser.delete("/"))
    check_private(world.carol.browser.get("/admin/"))
    with world.tenant.fault("pats", verb="create", status=403):
        check_private(alice.browser.post("/tokens/new", world.form()))


def test_so_are_the_answers_to_strangers(world: World, client: Client) -> None:
    for path in ("/", "/sign-in", "/signed-out", "/help/sign-in", "/admin/", "/nothing/here"):
        check_private(client.get(path))
    check_private(client.post("/tokens/new", {}))
    check_private(Client(enforce_csrf_checks=True).post("/sign-out"))
    check_private(client.post("/sign-in/start"))
    check_headers(client.get("/getAToken?code=x&state=y"))


def test_the_way_back_from_entra_passes_no_query_on(world: World, client: Client) -> None:
    answer = client.get("/getAToken?code=x&state=y")
    assert answer["Referrer-Policy"] in {"no-referrer", "strict-origin"}


def test_an_answer_after_a_failure_of_ours_is_guarded_too(alice: Person, settings: Any) -> None:
    settings.GRANT_KEYS = None  # as broken as can be: whatever needs a grant fails
    alice.browser.raise_request_exception = False
    answer = alice.browser.post("/tokens/new", {"name": "x", "key": "k" * 32})
    assert answer.status_code == 422
    answer = alice.browser.post(
        "/tokens/new",
        {
            "name": "typed before",
            "key": "k" * 32,
            "organization": settings.AZURE_DEVOPS_ORGANIZATIONS[0],
            "expires": "30",
            "scopes": ["vso.code"],
        },
    )
    assert answer.status_code == 500
    check_private(answer)
    page = read(answer)
    assert page.heading == "Something broke"
    assert page.one("code").text == answer["X-Request-ID"]
    assert "typed before" not in page.text


def test_pages_hold_nothing_that_their_policy_forbids(world: World, alice: Person) -> None:
    pat = make_pat(world, alice, is_left_over=True, scopes=["app_token", "vso.code", "vso.x", "vso.y"])
    operation = make_operation(world, alice)
    answers = [
        alice.browser.get(path)
        for path in (
            "/",
            "/?status=all&q=x",
            "/tokens/new",
            f"/tokens/{pat.pk}/revoke",
            f"/operations/{operation.pk}",
            "/nothing/here",
            "/signed-out",
            "/help/sign-in?code=50105",
        )
    ]
    answers += [alice.browser.post("/tokens/new", form) for form in ({}, world.form())]
    answers.append(Client().get("/sign-in"))
    for answer in answers:
        for one in read(answer).elements():
            assert one.tag not in {"style", "iframe", "object", "embed", "base"}
            assert one.tag != "script" or one["src"].startswith("/static/")
            assert not [
                name for name in one.attributes if name == "style" or name.startswith(("on", "hx-on"))
            ]
            assert one.tag != "link" or one["href"].startswith("/static/")
            assert one.tag != "img" or one["src"].startswith(("/static/", "data:"))
            # A form that closes its dialog is sent nowhere.
            closes = one.get("method") == "dialog" and "action" not in one.attributes
            assert one.tag != "form" or closes or one["action"].startswith("/")
            assert not one.get("href").lower().startswith("javascript:")


def test_what_htmx_is_told_keeps_nothing_and_evaluates_nothing(alice: Person) -> None:
    config = read(alice.browser.get("/")).one("meta", name="htmx-config")["content"]
    for wanted in (
        '"allowEval":false',
        '"historyCacheSize":0',
        '"refreshOnHistoryMiss":true',
        '"selfRequestsOnly":true',
        '"includeIndicatorStyles":false',
    ):
        assert wanted in config


def test_cookies_are_for_this_site_and_no_script(alice: Person) -> None:
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        cookie = _cookie(alice.browser, name)
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert cookie["domain"] == ""


def _cookie(browser: Client, name: str) -> Any:
    browser.get("/tokens/new")
    return browser.cookies[name]
