"""The stand-in for App Service's address of managed identities, as MSAL asks it and as strangers do."""

from __future__ import annotations

from typing import Any

import msal
import pytest
import requests

from tests.sandbox.visitors import Visitor
from tests.sandbox_records import SandboxIdentity

AUDIENCE = "api://AzureADTokenExchange"


def asked(visitor: Visitor, identity: SandboxIdentity, **changes: str) -> requests.Response:
    query = {"api-version": "2019-08-01", "resource": AUDIENCE, "client_id": identity.client_id}
    header = changes.pop("header", identity.header)
    headers = {"X-IDENTITY-HEADER": header} if header else {}
    return visitor.session.get(identity.endpoint, params=query | changes, headers=headers, timeout=10)


def msal_assertion(visitor: Visitor, identity: SandboxIdentity) -> dict[str, Any]:
    client = msal.ManagedIdentityClient(
        msal.UserAssignedManagedIdentity(client_id=identity.client_id), http_client=visitor.session
    )
    result: dict[str, Any] = client.acquire_token_for_client(resource=AUDIENCE)
    return result


def test_msal_signs_in_with_a_managed_identity(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    identity = visitor.tenant.add_identity()
    for name, value in identity.environment().items():
        monkeypatch.setenv(name, value)
    found = msal_assertion(visitor, identity)
    assert found["expires_in"] > 3600
    application = visitor.application(client_credential={"client_assertion": lambda: found["access_token"]})
    assert "access_token" in visitor.signed_in(application)
    assert [one.status for one in visitor.tenant.requests("managed_identity")] == [200]


def test_an_identity_that_is_not_trusted_vouches_for_nobody(visitor: Visitor) -> None:
    identity = visitor.tenant.add_identity(is_trusted=False)
    text = asked(visitor, identity).json()["access_token"]
    application = visitor.application(client_credential={"client_assertion": lambda: text})
    assert visitor.signed_in(application)["error_codes"] == [700027]
    visitor.tenant.trust(visitor.tenant.issuer, identity.object_id)
    again = visitor.application(client_credential={"client_assertion": lambda: text})
    assert "access_token" in visitor.signed_in(again)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"header": ""}, 401),
        ({"header": "WRONG"}, 401),
        ({"api-version": "2017-09-01"}, 400),
        ({"client_id": "00000000-0000-0000-0000-000000000001"}, 400),
        ({"client_id": ""}, 400),
        ({"resource": "https://graph.example"}, 500),
    ],
)
def test_others_are_told_in_the_shape_of_the_platform(
    visitor: Visitor, changes: dict[str, str], status: int
) -> None:
    answer = asked(visitor, visitor.tenant.add_identity(), **changes)
    assert answer.status_code == status
    assert answer.json()["statusCode"] == status
    assert answer.json()["message"]


def test_an_assertion_can_be_forged_and_the_address_can_fail(visitor: Visitor) -> None:
    identity = visitor.tenant.add_identity()
    with visitor.tenant.fault("managed_identity", forge={"idtyp": "user"}):
        text = asked(visitor, identity).json()["access_token"]
    application = visitor.application(client_credential={"client_assertion": lambda: text})
    assert visitor.signed_in(application)["error_codes"] == [700229]
    with visitor.tenant.fault("managed_identity", status=500, body={"statusCode": 500, "message": "later"}):
        assert asked(visitor, identity).json()["message"] == "later"
