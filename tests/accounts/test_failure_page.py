"""The page of a sign-in that did not work, for every reason and every number."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils.html import escape

from accounts.aadsts import Aadsts, Who, entries, entry_for
from accounts.errors import PortalMisconfigured, RefusalReason
from accounts.messages import MESSAGES, problem_for
from accounts.views.ways_on import WaysOn, ways_on

CORRELATION_ID = "12345678-1234-4234-8234-123456789012"
LINK = "https://login.example/t/v2.0/adminconsent?client_id=a&scope=b%2F.default"
PRIMARY = '<button class="button button-primary"'


def page(code: str, *, entry: Aadsts | None = None, **changes: Any) -> str:
    """Return the page for a code, with line breaks and runs of spaces made one space."""
    request = RequestFactory().get("/getAToken")
    request.user = AnonymousUser()
    context = {
        "problem": problem_for(code, reference=CORRELATION_ID),
        "code": entry.label if entry else "",
        "correlation_id": CORRELATION_ID,
        "at": datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
        "next": "/tokens/new",
        "entry": entry,
        "ways": ways_on(code, entry=entry),
        "tenant": "",
    }
    return " ".join(render_to_string("accounts/sign_in_failed.html", context | changes, request).split())


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_every_reason_has_its_own_words_and_a_next_step(code: str) -> None:
    text, message = page(code), MESSAGES[code]
    assert f"<h1>{escape(str(message.title))}</h1>" in text
    assert escape(str(message.sentence)) in text
    assert escape(str(message.next_step)) in text
    assert CORRELATION_ID in text
    assert 'datetime="2026-11-23T12:00:00+00:00"' in text
    assert (PRIMARY in text) == (">Try once more<" not in text)
    assert f"<title>{escape(str(message.title))} \u2013 PAT Portal</title>" in text
    assert "What the numbers mean" not in text
    assert 'name="next" value="/tokens/new"' in text


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.label)
def test_a_number_that_is_more_exact_has_the_word(entry: Aadsts) -> None:
    text = page(RefusalReason.ENTRA_REFUSED, entry=entry)
    assert f"<h1>{escape(entry.title)}</h1>" in text
    assert f"<title>{escape(entry.title)} \u2013 PAT Portal</title>" in text
    assert escape(entry.meaning) in text
    assert escape(entry.next_step) in text
    assert escape(entry.operator_step) in text
    assert f"<code>{entry.label}</code>" in text
    assert f'/help/sign-in?code={entry.label}">What the numbers mean<' in text
    assert escape(str(MESSAGES[RefusalReason.ENTRA_REFUSED].title)) not in text
    # What only others can solve is not offered as the thing to do now.
    assert (PRIMARY in text) == (entry.who in {Who.YOU, Who.NOBODY})


def test_permission_is_asked_for_with_a_button() -> None:
    text = page(RefusalReason.CONSENT_MISSING)
    assert 'name="permission" value="ask">Give permission</button>' in text
    assert "Try again" not in text


def test_the_link_for_administrators_can_be_copied() -> None:
    ways = WaysOn(can_retry=False, admin_consent_url=LINK)
    text = page(RefusalReason.ADMIN_APPROVAL, entry=entry_for(90094), ways=ways)
    assert f'value="{escape(LINK)}" readonly' in text
    assert '<label for="approval-1">' in text
    assert "adminconsent" not in page(RefusalReason.NOT_ASSIGNED)


def test_a_portal_that_is_refused_is_not_tried_with_another_account() -> None:
    text = page(PortalMisconfigured.code)
    assert '<button class="button button-quiet" type="submit">Try once more</button>' in text
    assert "Use another account" not in text


def test_the_wrong_account_is_answered_with_another_one() -> None:
    text = page(RefusalReason.PERSONAL_ACCOUNT)
    assert text.count(PRIMARY) == 1
    assert f'{PRIMARY} type="submit" name="account" value="other">Use another account</button>' in text


def test_the_next_try_goes_to_the_same_tenant() -> None:
    tenant = "aaaaaaaa-0000-4000-8000-000000000001"
    assert f'name="tenant" value="{tenant}"' in page(RefusalReason.FLOW_EXPIRED, tenant=tenant)
    assert 'name="tenant"' not in page(RefusalReason.FLOW_EXPIRED)


def test_an_approval_is_told_without_a_promise() -> None:
    text = render_to_string("accounts/approved.html", {}, RequestFactory().get("/getAToken"))
    assert "If you have just approved the portal, you can sign in now" in text
    assert 'href="/sign-in"' in text
