"""Secrets of the application: several, expired ones, wrong ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.sandbox.visitors import Visitor


def outcome(visitor: Visitor, secret: Any) -> int | None:
    """Return the number with which a client is refused, None for one that is accepted."""
    form = {"grant_type": "refresh_token", "refresh_token": "unknown", "client_id": visitor.tenant.client_id}
    sent = form if secret is None else form | {"client_secret": secret}
    answer = visitor.session.post(visitor.tenant.token_endpoint, data=sent, timeout=10)
    number = int(answer.json()["error_codes"][0])
    assert answer.status_code == (400 if number == 70000 else 401)
    return None if number == 70000 else number


def test_a_secret_is_right_wrong_or_missing(visitor: Visitor) -> None:
    wrong = f"{visitor.tenant.client_secret}x"
    assert [outcome(visitor, one) for one in (visitor.tenant.client_secret, wrong, "", None)] == [
        None,
        7000215,
        7000218,
        7000218,
    ]


def test_an_expired_secret_has_a_number_of_its_own(visitor: Visitor) -> None:
    visitor.tenant.expire_secret()
    assert outcome(visitor, visitor.tenant.client_secret) == 7000222
    assert outcome(visitor, "another") == 7000215
    visitor.tenant.expire_secret(is_expired=False)
    assert outcome(visitor, visitor.tenant.client_secret) is None


def test_two_secrets_are_good_during_a_change(visitor: Visitor) -> None:
    second = visitor.tenant.add_secret(expires_at=datetime.now(UTC) + timedelta(days=1))
    assert outcome(visitor, second.value) is None
    visitor.tenant.expire_secret()
    assert outcome(visitor, second.value) is None
    second.expire(datetime.now(UTC) - timedelta(seconds=1))
    assert outcome(visitor, second.value) == 7000222
    second.remove()
    assert outcome(visitor, second.value) == 7000215


def test_the_client_is_checked_before_a_code_is_touched(visitor: Visitor) -> None:
    flow = visitor.flow(visitor.application())
    answers = visitor.callback(flow)
    refused = visitor.application(client_credential="wrong").acquire_token_by_auth_code_flow(
        dict(flow), answers
    )
    assert refused["error_codes"] == [7000215]
    assert "access_token" in visitor.application().acquire_token_by_auth_code_flow(dict(flow), answers)


def test_the_client_is_checked_before_a_refresh_token_is_touched(visitor: Visitor) -> None:
    visitor.tenant.change(one_time_refresh=True)
    first = visitor.application()
    visitor.signed_in(first)
    wrong = visitor.application(client_credential="wrong", token_cache=first.token_cache)
    assert visitor.refreshed(wrong)["error_codes"] == [7000215]
    assert "access_token" in visitor.refreshed(first)


@pytest.mark.parametrize(
    "order",
    [
        {"kind": "password", "value": "x"},
        {"kind": "secret", "value": ""},
        {"kind": "certificate", "value": "no PEM"},
        {"kind": "federated", "value": "", "issuer": "https://issuer.example"},
        {"kind": "federated", "value": "no PEM", "issuer": "https://issuer.example", "subject": "s"},
        {"kind": "secret", "value": "x", "colour": "red"},
    ],
)
def test_a_credential_that_proves_nothing_is_told(visitor: Visitor, order: dict[str, str]) -> None:
    with pytest.raises(requests.HTTPError) as caught:
        visitor.tenant.control.call("POST", f"tenants/{visitor.tenant.tenant_id}/credentials", order)
    assert caught.value.response.status_code == 400


def test_tenants_may_share_one_application(visitor: Visitor) -> None:
    tenant = visitor.tenant
    sister = tenant.control.create_tenant(client_id=tenant.client_id, client_secret=tenant.client_secret)
    other = Visitor(sister, visitor.session)
    assert "access_token" in other.signed_in(other.application())
    flow = other.flow(other.application())
    answers = other.callback(flow)
    own = visitor.application()
    assert own.acquire_token_by_auth_code_flow(dict(flow), answers)["error_codes"] == [700005]
    sister.remove()
