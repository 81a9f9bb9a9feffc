"""Creating a PAT where Azure DevOps or Entra does not play along: a sentence, an id, nothing lost."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest

from patportal.lib.problems import Message
from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tests.tokens.views.test_pat_create import form_of, typed
from tokens import errors, messages
from tokens.azure_devops._refusals import repeats_after
from tokens.models import AuditEvent, Operation, Outcome, Pat


def wish(world: World) -> dict[str, Any]:
    """Return a form that is not the default in any field."""
    return world.form(
        name="kept <name>",
        organization=world.beta.name,
        expires="60",
        expires_date="2027-01-01",
        scopes=["vso.build", "vso.code"],
        purpose="restores packages",
        places="the nightly build",
        review_date="2027-02-01",
        backup_email="bob@example.test",
    )


def check_form_is_back(answer: Any, sent: dict[str, Any]) -> Page:
    """Check that all that was typed is there, in a form that is a fresh one only where its key is spent."""
    page = read(answer)
    assert page.title == "Error: New token \u2013 PAT Portal"
    form = form_of(page)
    kept = typed(form)
    assert set(kept.pop("scopes")) == set(sent["scopes"])
    assert kept == {name: [sent[name]] for name in sent if name not in {"key", "scopes"}}
    is_spent = Operation.objects.filter(key=sent["key"]).exists()
    assert form.value("key")
    assert (form.value("key") != sent["key"]) == is_spent
    return page


def check_problem(page: Page, message: Message, reference: str) -> None:
    (alert,) = page.all("div", class_="alert")
    assert alert.one("h2").text == message.title
    assert str(message.sentence) in alert.text
    assert str(message.next_step) in alert.text
    assert alert.one("code").text == reference


def last_event() -> AuditEvent:
    event = AuditEvent.objects.order_by("-id").first()
    assert event is not None
    return event


def test_every_refusal_of_azure_devops_has_its_sentence(world: World, alice: Person) -> None:
    for code in [*messages.SERVICE_MESSAGES, "aCodeOfTomorrow"]:
        message = messages.problem_for(errors.Refused(code), asked_for="60 days").message
        sent = wish(world)
        world.tenant.forget_requests()
        with world.tenant.fault("pats", verb="create", pat_error=code):
            answer = alice.browser.post("/tokens/new", sent)
        *passing, request = world.tenant.requests("pats")
        assert len(passing) == repeats_after(code)
        assert answer.status_code == message.status == HTTPStatus.UNPROCESSABLE_ENTITY, code
        check_problem(check_form_is_back(answer, sent), message, request.activity_id)
        event = last_event()
        assert (event.type, event.outcome) == ("pat.create_refused", Outcome.REFUSED)
        assert (event.error_code, event.activity_id) == (code, request.activity_id)
        assert (event.pat_name, event.organization) == (sent["name"], world.beta.name)
        operation = Operation.objects.get(key=sent["key"])
        assert (operation.state, operation.activity_id) == (Operation.State.REFUSED, request.activity_id)
    assert Pat.objects.count() == 0


def test_our_advice_stands_below_what_the_service_says(world: World, alice: Person, settings: Any) -> None:
    settings.AZURE_DEVOPS_API_VERSION = "7.2-preview.1"
    world.tenant.change(policies={"max_days": 7})
    alert = read(alice.browser.post("/tokens/new", world.form(expires="90"))).one("div", class_="alert")
    assert "Azure DevOps calls it patLifespanPolicyViolation." in alert.text
    assert "You asked for 90 days." in alert.text
    advice = "Choose an earlier expiry: 60, 30 or 7 days, or an earlier date."
    assert alert.text.index("Azure DevOps says:") < alert.text.index(advice)
    assert alert.one("q").text


def test_what_the_service_says_is_text_and_never_markup(world: World, alice: Person) -> None:
    said = {"patTokenErrorMessage": "no <b>really</b> <script>alert(1)</script> 1 < 2 & more"}
    world.tenant.fault("pats", verb="create", status=200, body={"patTokenError": "accessDenied", **said})
    answer = alice.browser.post("/tokens/new", world.form())
    assert "<q>no really alert(1) 1 &lt; 2 &amp; more</q>" in answer.content.decode()


def test_policies_of_the_sandbox_are_told_as_such(world: World, alice: Person) -> None:
    world.tenant.change(policies={"max_days": 7, "no_full_scope": True})
    answer = alice.browser.post("/tokens/new", world.form(expires="90"))
    assert "The token would live too long" in read(answer).text
    answer = alice.browser.post("/tokens/new", world.form(expires="7", scopes=["app_token"]))
    assert "Full access is not allowed" in read(answer).text


def test_a_refused_form_can_be_corrected_and_sent(world: World, alice: Person) -> None:
    world.tenant.change(policies={"max_days": 30})
    page = read(alice.browser.post("/tokens/new", world.form(name="kept", expires="90")))
    answer = form_of(page).submit(alice.browser, expires="7")
    assert answer.status_code == 200
    assert [one.display_name for one in world.tenant.pats()] == ["kept"]


def test_a_shortened_life_is_told_with_the_secret(world: World, alice: Person) -> None:
    world.tenant.change(policies={"max_days": 7, "lifespan_mode": "clamp"})
    page = read(alice.browser.post("/tokens/new", world.form(expires="90")))
    assert "It expires earlier than you asked" in page.text
    shortened = page.one("div", class_="alert").all("time")[-1]
    assert shortened["datetime"] == Pat.objects.get().valid_to.isoformat()


ODD_TEXT = "<script>alert(1)</script>"
DEFINITE: list[tuple[str, dict[str, Any], type[errors.TokensError], str]] = [
    ("not accepted", {"status": 401}, errors.NoAccess, "no_access"),
    ("sign-in page", {"html": True}, errors.NoAccess, "no_access"),
    (
        "redirect",
        {"status": 302, "headers": {"Location": "https://evil.example/"}},
        errors.NoAccess,
        "no_access",
    ),
    ("Conditional Access", {"status": 403}, errors.ConditionalAccess, "conditional_access"),
    ("no such place", {"status": 404}, errors.OrganizationNotFound, "organization_not_found"),
    (
        "other directory",
        {"status": 401, "headers": {"X-VSS-ResourceTenant": "00000000-0000-0000-0000-000000000000"}},
        errors.OtherDirectory,
        "other_directory",
    ),
    (
        "not a person",
        {"status": 403, "body": {"typeKey": "InvalidAccessException", "message": "not allowed"}},
        errors.NotAPerson,
        "not_a_person",
    ),
    (
        "offline",
        {"status": 503, "headers": {"X-VSS-HostOfflineError": "off"}},
        errors.OrganizationOffline,
        "organization_offline",
    ),
    ("too many", {"status": 429, "headers": {"Retry-After": "120"}}, errors.Throttled, "throttled"),
    (
        "odd refusal",
        {"status": 400, "body": {"typeKey": "OddException", "message": ODD_TEXT}},
        errors.Refused,
        "OddException",
    ),
    (
        "plain refusal",
        {"status": 400, "body": {"count": 1, "value": {"Message": ODD_TEXT}}},
        errors.Refused,
        "HTTP400",
    ),
]


def test_definite_failures_have_their_sentences(world: World, alice: Person) -> None:
    for case, deed, error, code in DEFINITE:
        message = messages.MESSAGES[error.code]
        sent = wish(world)
        world.tenant.forget_requests()
        with world.tenant.fault("pats", verb="create", **deed):
            answer = alice.browser.post("/tokens/new", sent)
        assert answer.status_code == message.status, case
        assert ODD_TEXT not in answer.content.decode()
        last_request = world.tenant.requests("pats")[-1]
        check_problem(check_form_is_back(answer, sent), message, last_request.activity_id)
        event = last_event()
        assert (event.type, event.error_code) == (
            "pat.create_refused" if error is errors.Refused else "pat.create_failed",
            code,
        ), case
        assert event.activity_id == last_request.activity_id
    assert world.tenant.pats() == []


def test_an_address_where_nobody_listens_means_that_nothing_was_sent(
    world: World, alice: Person, settings: Any
) -> None:
    settings.AZURE_DEVOPS_VSSPS_URL = "https://127.0.0.1:1/vssps"
    sent = wish(world)
    answer = alice.browser.post("/tokens/new", sent)
    assert answer.status_code == HTTPStatus.BAD_GATEWAY
    page = check_form_is_back(answer, sent)
    check_problem(page, messages.MESSAGES["unreachable"], answer["X-Request-ID"])
    assert last_event().error_code == "unreachable"


LOST: list[tuple[str, dict[str, Any], bool]] = [
    ("cut before the effect", {"drop": "before"}, False),
    ("cut after the effect", {"drop": "after"}, False),
    ("failed", {"status": 500}, True),
    ("failed behind a gateway", {"html": True, "status": 502}, True),
    ("gateway lost patience", {"status": 504, "effect": True}, True),
    ("garbage", {"body": "{garbage", "effect": True}, True),
    ("empty", {"body": ""}, True),
    ("a list", {"body": []}, True),
    ("no secret", {"body": {"patToken": {"displayName": "x"}, "patTokenError": "none"}}, True),
]


def test_lost_answers_lead_to_the_page_that_finds_out(world: World, alice: Person) -> None:
    for case, deed, has_id in LOST:
        sent = wish(world)
        world.tenant.forget_requests()
        with world.tenant.fault("pats", verb="create", **deed):
            answer = alice.browser.post("/tokens/new", sent)
        (request,) = world.tenant.requests("pats")
        operation = Operation.objects.get(key=sent["key"])
        assert (answer.status_code, answer["Location"]) == (302, f"/operations/{operation.id}"), case
        assert operation.state == Operation.State.REQUESTED
        event = last_event()
        assert (event.type, event.outcome) == ("pat.create_answer_lost", Outcome.UNKNOWN), case
        page = read(alice.browser.get(answer["Location"]))
        assert page.heading == "The answer was lost"
        assert "The portal is finding out whether the token exists" in page.text
        assert page.names() == [sent["name"]]
        assert page.one(id="operation")["hx-trigger"] == "every 2s"
        references = [one.text for one in page.all("code")]
        assert references == ([request.activity_id] if has_id else []), case


# --- Entra and the grant ---------------------------------------------------------------------------


@pytest.fixture
def alice_with_short_access(world: World) -> Person:
    """Alice, whose access token is too short to be used: every call needs Entra."""
    world.tenant.change(access_token_seconds=30)
    return world.alice


def test_with_cached_access_entra_may_be_down(world: World, alice: Person) -> None:
    with entra_down(world):
        assert alice.browser.post("/tokens/new", world.form()).status_code == 200
        assert alice.browser.get("/").status_code == 200
    assert len(world.tenant.pats()) == 1


@contextmanager
def entra_down(world: World) -> Iterator[None]:
    with ExitStack() as faults:
        for surface in ("token_endpoint", "discovery", "keys"):
            faults.enter_context(world.tenant.fault(surface, drop="before"))
        yield


ENTRA_TROUBLES: list[dict[str, Any]] = [
    {"drop": "before"},
    {"status": 503},
    {"html": True, "status": 200},
    {"aadsts": {"code": 90033, "error": "temporarily_unavailable"}},
]


def test_without_access_and_entra_nothing_is_sent_and_nothing_lost(
    world: World, alice_with_short_access: Person
) -> None:
    for deed in ENTRA_TROUBLES:
        sent = wish(world)
        with world.tenant.fault("token_endpoint", **deed):
            answer = alice_with_short_access.browser.post("/tokens/new", sent)
        assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE, deed
        page = check_form_is_back(answer, sent)
        check_problem(page, messages.MESSAGES["entra_unavailable"], answer["X-Request-ID"])
    assert world.tenant.requests("pats") == []
    assert Operation.objects.count() == 0
    assert alice_with_short_access.user.grant.is_active


def test_a_portal_that_entra_refuses_is_not_the_persons_fault(
    world: World, alice_with_short_access: Person
) -> None:
    sent = wish(world)
    with world.tenant.fault("token_endpoint", aadsts={"code": 7000215, "error": "invalid_client"}):
        answer = alice_with_short_access.browser.post("/tokens/new", sent)
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    page = check_form_is_back(answer, sent)
    check_problem(page, messages.MESSAGES["portal_misconfigured"], answer["X-Request-ID"])
    assert "signing in again does not help" in page.text


def test_an_access_token_that_is_refused_once_is_renewed_on_the_way(world: World, alice: Person) -> None:
    world.tenant.forget_requests()
    with world.tenant.fault("pats", times=1, verb="create", status=401):
        answer = alice.browser.post("/tokens/new", world.form())
    assert answer.status_code == 200
    assert [one.status for one in world.tenant.requests("pats")] == [401, 200]
    assert len(world.tenant.requests("token_endpoint")) == 1
    assert len(world.tenant.pats()) == 1


def test_a_problem_never_shows_an_id_that_is_none(world: World, alice: Person) -> None:
    with world.tenant.fault(
        "pats", verb="create", status=403, headers={"ActivityId": "<b>1</b>", "X-VSS-E2EID": ""}
    ):
        answer = alice.browser.post("/tokens/new", wish(world))
    reference = read(answer).one("div", class_="alert").one("code").text
    assert reference == answer["X-Request-ID"]
    assert UUID(reference)
