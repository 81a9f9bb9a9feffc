"""Which ways on are offered after which failure."""

from typing import Any
from uuid import UUID

import pytest

from accounts.aadsts import entries, entry_for
from accounts.errors import PortalMisconfigured, RefusalReason, SignInReason
from accounts.messages import MESSAGES
from accounts.views.ways_on import WaysOn, ways_on

OTHER = UUID("aaaaaaaa-0000-4000-8000-000000000001")


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_a_message_that_says_that_trying_is_of_no_use_offers_it_quietly(code: str) -> None:
    message = MESSAGES[code]
    said = f"{message.sentence} {message.next_step}".lower()
    if "will not help" in said or "would not help" in said:
        assert not ways_on(code).can_retry


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_a_message_that_names_the_other_account_first_puts_it_first(code: str) -> None:
    ways = ways_on(code)
    assert ways.can_use_other_account or "Use another account" not in MESSAGES[code].next_step
    if MESSAGES[code].next_step.startswith("Choose “Use another account”"):
        assert ways.wants_other_account


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.label)
def test_a_number_knows_better_whether_trying_is_of_use(entry: Any) -> None:
    for code in (RefusalReason.ENTRA_REFUSED.value, SignInReason.BLOCKED_BY_POLICY.value):
        assert ways_on(code, entry=entry).can_retry == entry.can_retry


def test_without_a_failure_everything_is_open() -> None:
    assert ways_on("") == WaysOn()


def test_a_portal_that_is_refused_is_refused_for_every_account() -> None:
    ways = ways_on(PortalMisconfigured.code, entry=entry_for(7000215))
    assert not ways.can_use_other_account
    assert not ways.can_retry


@pytest.mark.parametrize("code", [SignInReason.CONSENT_MISSING.value, RefusalReason.CONSENT_MISSING.value])
def test_a_permission_can_be_given_by_the_person_and_by_an_administrator(code: str, settings: Any) -> None:
    ways = ways_on(code)
    assert ways.asks_for_permission
    assert ways.admin_consent_url.startswith(f"{settings.ENTRA_AUTHORITY}/v2.0/adminconsent?")


def test_the_link_for_administrators_is_for_the_persons_tenant(settings: Any) -> None:
    settings.ENTRA_ADDITIONAL_TENANTS = {OTHER: "Tailwind"}
    link = ways_on(RefusalReason.ADMIN_APPROVAL.value, tenant_id=OTHER).admin_consent_url
    assert f"/{OTHER}/v2.0/adminconsent?" in link
    assert ways_on(RefusalReason.ADMIN_APPROVAL.value, tenant_id=UUID(int=1)).admin_consent_url == ""
    assert ways_on(RefusalReason.PERMISSION_DECLINED.value).admin_consent_url == ""
