"""The sign-in page with a reason: what it says, what it offers, and what it leaves out."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from django.utils.html import escape

from accounts.errors import SignInReason
from accounts.grant_store import lose_grant, put_reference
from accounts.messages import MESSAGES
from accounts.models import Grant
from patportal.lib.actors import system_actor
from tests.accounts.browsers import Browser, text_of

CORRELATION_ID = "12345678-1234-4234-8234-123456789012"
PRIMARY = 'class="button button-primary"'
QUIET = '<button class="button button-quiet" type="submit"'
OTHER_ACCOUNT = f'{QUIET} name="account" value="other">Use another account</button>'


def page_for(browser: Browser, code: str, *, aadsts: int = 0, correlation_id: str = "") -> tuple[Any, str]:
    """Return the answer, and its text with runs of spaces made one, for somebody whose grant is lost."""
    user = browser.sign_in("alice")
    grant = Grant.objects.get(user=user)
    put_reference(grant, aadsts=aadsts, correlation_id=correlation_id)
    lose_grant(grant, user, code=code, actor=system_actor("a test"), now=timezone.now())
    answer = browser.get("/sign-in")
    return answer, " ".join(text_of(answer).split())


def test_strangers_are_offered_another_account_and_help_with_a_number(browser: Browser) -> None:
    text = " ".join(text_of(browser.get("/sign-in")).split())
    assert "<title>Sign in \u2013 PAT Portal</title>" in text
    assert 'class="button button-large button-primary" type="submit">Sign in</button>' in text
    assert OTHER_ACCOUNT in text
    assert 'refuse you with a number? <a href="/help/sign-in">Look it up</a>' in text
    assert "What it never keeps" in text


@pytest.mark.parametrize("reason", list(SignInReason))
def test_the_reason_is_the_heading_and_the_title(browser: Browser, reason: SignInReason) -> None:
    _, text = page_for(browser, reason.value)
    title = escape(str(MESSAGES[reason.value].title))
    assert f"<h1>{title}</h1>" in text
    assert text.count("<h1>") == 1
    assert f"<title>{title} \u2013 PAT Portal</title>" in text
    for left_out in ("in one place", "What it keeps", "autofocus", "reference below"):
        assert left_out not in text
    assert text.count(PRIMARY) == (">Try once more</button>" not in text)


@pytest.mark.parametrize(
    "reason", [SignInReason.BLOCKED_BY_POLICY, SignInReason.NETWORK_REFUSED, SignInReason.NOT_ASSIGNED]
)
def test_what_another_try_cannot_change_has_no_button_that_stands_out(
    browser: Browser, reason: SignInReason
) -> None:
    _, text = page_for(browser, reason.value)
    assert PRIMARY not in text
    assert f"{QUIET}>Try once more</button>" in text
    assert OTHER_ACCOUNT in text


def test_what_entra_called_it_is_there_for_whoever_helps(browser: Browser) -> None:
    answer, text = page_for(browser, "blocked_by_policy", aadsts=53003, correlation_id=CORRELATION_ID)
    assert answer.context["entry"].number == 53003
    assert "What support will ask for" in text
    assert "<dt>Number</dt> <dd> <code>AADSTS53003</code>" in text
    assert f"<dt>Correlation id</dt> <dd> <code>{CORRELATION_ID}</code>" in text
    assert escape(answer.context["entry"].operator_step) in text
    assert '<a href="/help/sign-in?code=AADSTS53003">Look it up</a>' in text


def test_nothing_is_asked_for_where_nothing_is_known(browser: Browser) -> None:
    _, text = page_for(browser, "network_refused")
    assert "What support will ask for" not in text


def test_the_number_of_something_else_does_not_speak_for_the_reason(browser: Browser) -> None:
    answer, text = page_for(browser, "challenged", aadsts=53003, correlation_id=CORRELATION_ID)
    assert answer.context["entry"] is None
    assert "AADSTS53003" in text
    assert f'{PRIMARY} type="submit">Sign in</button>' in text


def test_a_sign_in_leaves_nothing_of_it(browser: Browser) -> None:
    page_for(browser, "blocked_by_policy", aadsts=53003, correlation_id=CORRELATION_ID)
    browser.sign_in("alice")
    text = text_of(browser.get("/sign-in?again=1"))
    assert "AADSTS" not in text
    assert CORRELATION_ID not in text


def test_a_missing_permission_can_be_given_by_an_administrator_too(browser: Browser) -> None:
    answer, text = page_for(browser, "consent_missing", aadsts=65001)
    link = answer.context["ways"].admin_consent_url
    assert 'name="permission" value="ask">Sign in</button>' in text
    assert f'value="{escape(link)}" readonly' in text
    assert "/v2.0/adminconsent?" in link
