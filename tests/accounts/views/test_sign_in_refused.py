"""Sign-ins that end without a session: each says why, records it, and repeats nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from accounts import signals
from accounts.alarms import open_alarms
from accounts.claims import Role
from accounts.errors import RefusalReason
from accounts.models import Grant, User
from tests.accounts.browsers import Browser, Heard, path_of, query_of, text_of
from tests.sandbox_control import SandboxControl, Tenant


def refusal(answer: Any, heard: Heard) -> dict[str, Any]:
    (event,) = heard.named("sign_in_refused")
    assert heard.named("signed_in") == []
    assert answer.templates[0].name == "accounts/sign_in_failed.html"
    return event


def test_a_person_who_cancels_is_told_so(
    browser: Browser, sandbox_control: SandboxControl, heard: Heard
) -> None:
    answer = browser.get(path_of(sandbox_control.decline(browser.start())))
    assert answer.status_code == 403
    assert answer.context["problem"].title == "You did not give permission"
    assert UUID(answer.context["correlation_id"])
    assert answer.context["code"] == "AADSTS65004"
    assert answer.context["at"]
    assert browser.user is None
    assert heard.events == []  # anybody could have written that query


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("error=invalid_client&error_description=AADSTS7000215", 400),
        ("error=invalid_client&code=", 400),
        ("error=unauthorized_client&code=short", 400),
        (f"error=invalid_client&code={'x' * 20}%20y", 400),
        ("error=access_denied&error_description=AADSTS50105", 403),
        ("error=server_error", 400),
        ("", 403),
    ],
)
def test_what_only_the_query_says_is_no_record_and_no_alarm(
    browser: Browser, heard: Heard, caplog: pytest.LogCaptureFixture, query: str, status: int
) -> None:
    state = query_of(browser.start())["state"]
    browser.tenant.forget_requests()
    assert browser.get(f"/getAToken?state={state}&{query}").status_code == status
    assert heard.events == []
    assert browser.tenant.requests() == []
    written = [one for one in caplog.records if "sign_in_failed" in str(one.msg)]
    assert [one.levelname for one in written] == ["INFO"]
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


def test_a_code_that_entra_refuses_is_recorded(browser: Browser, heard: Heard) -> None:
    state = query_of(browser.start())["state"]
    answer = browser.get("/getAToken", {"state": state, "code": "1.A-code_of.nobody~!*$"})
    assert answer.status_code == 400
    event = refusal(answer, heard)
    assert event["reason"] == RefusalReason.FLOW_SPENT
    assert event["correlation_id"] == answer.context["correlation_id"]


def test_nothing_of_the_query_is_repeated(browser: Browser) -> None:
    state = query_of(browser.start())["state"]
    marker = "<b>marker</b> call 0800-EVIL"
    query = f"state={state}&error={quote(marker)}&error_description={quote('AADSTS99999: ' + marker)}"
    answer = browser.get(f"/getAToken?{query}")
    assert answer.status_code == 403
    for text in ("marker", "EVIL", "99999", state):
        assert text not in text_of(answer)
    assert answer.context["code"] == ""


def test_an_error_of_no_flow_here_is_not_even_read(browser: Browser, heard: Heard) -> None:
    answer = browser.get("/getAToken?state=x&error=access_denied&error_description=AADSTS50105")
    assert answer.status_code == 400
    assert answer.context["code"] == ""
    assert heard.events == []


def test_values_beyond_any_measure_are_passed_over(browser: Browser) -> None:
    state = query_of(browser.start())["state"]
    answer = browser.get("/getAToken", {"state": state, "error": "x", "error_description": "x" * 100_000})
    assert answer.status_code == 403


def test_a_forged_id_token_opens_no_session_and_stores_no_grant(
    browser: Browser, tenant: Tenant, heard: Heard
) -> None:
    with tenant.fault("token_endpoint", forge={"nonce": "0" * 64}):
        answer = browser.try_sign_in("alice")
    assert answer.status_code == 403
    assert refusal(answer, heard)["reason"] == RefusalReason.ID_TOKEN_INVALID
    assert browser.user is None
    assert User.objects.count() == Grant.objects.count() == 0


def test_a_person_switched_off_here_is_refused(browser: Browser, tenant: Tenant, heard: Heard) -> None:
    user = browser.sign_in("alice")
    User.objects.update(is_active=False)
    heard.events.clear()
    answer = Browser(tenant).try_sign_in("alice")
    assert answer.status_code == 403
    event = refusal(answer, heard)
    assert event["reason"] == RefusalReason.PERSON_DISABLED
    assert event["actor"].object_id == user.object_id
    assert browser.get("/tokens/new").status_code == 302  # their other session is over as well


def test_a_role_can_be_required(browser: Browser, settings: Any, heard: Heard) -> None:
    settings.SIGN_IN_REQUIRES_ROLE = True
    answer = browser.try_sign_in("alice")
    assert answer.status_code == 403
    assert refusal(answer, heard)["reason"] == RefusalReason.ROLE_MISSING
    assert User.objects.count() == 0
    assert browser.sign_in("carol").roles == {Role.AUDITOR}


def test_a_refused_role_takes_former_rights_away(browser: Browser, tenant: Tenant, settings: Any) -> None:
    user = browser.sign_in("dave")
    settings.SIGN_IN_REQUIRES_ROLE = True
    tenant.change_person("dave", roles=[])
    assert Browser(tenant).try_sign_in("dave").status_code == 403
    user = User.objects.get(pk=user.pk)
    assert not user.is_staff
    assert user.roles == frozenset()


def test_entra_being_down_at_the_start_is_a_sentence(browser: Browser, tenant: Tenant) -> None:
    with tenant.fault("discovery", drop="before"):
        answer = browser.post("/sign-in/start", {"next": "/tokens/new"})
    assert answer.status_code == 503
    assert "/sign-in?next=%2Ftokens%2Fnew" in answer.context["problem"].sign_in_url


def test_entra_being_down_at_the_end_is_a_sentence(browser: Browser, tenant: Tenant, heard: Heard) -> None:
    callback = browser.authorize("alice", browser.start())
    with tenant.fault("token_endpoint", status=503, html=True):
        assert browser.get(callback).status_code == 503
    assert heard.events == []


def test_a_portal_that_entra_refuses_is_a_sentence_and_an_alarm(
    browser: Browser, settings: Any, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ENTRA_CLIENT_SECRET = "an old secret"
    answer = browser.try_sign_in("alice")
    assert answer.status_code == 502
    assert answer.context["code"] == "AADSTS7000215"
    assert refusal(answer, heard)["reason"] == "portal_misconfigured"
    assert [one for one in caplog.records if one.levelname == "ERROR" and "'alarm'" in str(one.msg)]
    assert [alarm.aadsts for alarm in open_alarms()] == [7000215]
    assert "an old secret" not in caplog.text


def test_a_receiver_that_fails_fails_the_sign_in(browser: Browser) -> None:
    def fail(sender: type, **details: Any) -> None:
        raise ZeroDivisionError

    signals.signed_in.connect(fail)
    try:
        with pytest.raises(ZeroDivisionError):
            browser.try_sign_in("alice")
    finally:
        signals.signed_in.disconnect(fail)
    assert browser.user is None
    assert User.objects.count() == Grant.objects.count() == 0


def test_no_code_or_verifier_is_logged(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    callback = browser.authorize("alice", browser.start())
    code = query_of(callback)["code"]
    verifier = browser.session["entra_flows"][query_of(callback)["state"]]["flow"]["code_verifier"]
    browser.get(callback)
    assert code not in caplog.text
    assert verifier not in caplog.text
