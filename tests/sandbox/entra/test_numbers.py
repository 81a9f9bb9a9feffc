"""The table of AADSTS numbers."""

from __future__ import annotations

import pytest

from sandbox.entra import numbers

EXPECTED = """
    50011 500112 700016 700011 70001 7000112 7000215 7000222 7000218 700027 50012 700005 50105
    65001 65004 90094 90095 90093 90008 650056 650057 650052 500011 50020 16000 50034
    51004 50014 500208 500021 500212 500213 50194 90002 50076 50079 50072 50074 50078
    500121 50158 53000 53001 50097 50129 50155 53002 530035 53003 530032 50131 53004
    53011 70043 70008 700082 50173 50132 50133 70000 50089 54005 501481 50053 50055
    50144 50057 50126 50058 50196 90033 90006 90024 50033 80001 80002 700022 70011
    28002 700229
"""
OAUTH_WORDS = {
    "access_denied",
    "consent_required",
    "interaction_required",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_resource",
    "invalid_scope",
    "invalid_tenant",
    "login_required",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
}
SUBERRORS = {
    "",
    "message_only",
    "basic_action",
    "additional_action",
    "consent_required",
    "user_password_expired",
    "bad_token",
    "device_authentication_failed",
}


def test_the_table_has_every_number_that_a_portal_may_meet() -> None:
    assert {int(number) for number in EXPECTED.split()} <= {one.number for one in numbers.entries()}


@pytest.mark.parametrize("entry", numbers.entries(), ids=lambda one: str(one.number))
def test_every_line_is_well_formed(entry: numbers.Entry) -> None:
    assert entry.error in OAUTH_WORDS
    assert entry.suberror in SUBERRORS
    assert entry.places <= set(numbers.PLACES)
    assert entry.status in {400, 401}
    assert entry.sentence.endswith(".")


def test_a_number_may_be_worded_differently_at_another_place() -> None:
    assert numbers.entry(65001, "redirect").error == "consent_required"
    assert numbers.entry(65001, "refresh").error == "invalid_grant"
    assert numbers.entry(65001, "token").suberror == "consent_required"


def test_a_token_endpoint_entry_counts_for_both_grants() -> None:
    assert numbers.is_raised_at(53003, "code")
    assert numbers.is_raised_at(53003, "refresh")
    assert not numbers.is_raised_at(54005, "refresh")
    assert not numbers.is_raised_at(54005, "page")


def test_unknown_numbers_have_no_line() -> None:
    assert not numbers.is_known(1)
    with pytest.raises(KeyError):
        numbers.entry(1)
