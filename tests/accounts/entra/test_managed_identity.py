"""The endpoint that vouches for a managed identity, against a stand-in of the one that App Service has.

The endpoints themselves exist in Azure alone; nothing here proves that theirs answer like this one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.entra.managed_identity import ManagedIdentity, exchange_resource
from accounts.errors import EntraUnreachable, PortalMisconfigured
from tests.accounts.little_server import Asked, serving

HOME = "https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555"
IDENTITY = "77777777-2222-4333-8444-555555555555"


class Endpoint:
    """Says `answer` to whoever knows the header's value."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.status: int = 200
        self.answer: Any = {"access_token": "an.assertion", "expires_on": str(int(time.time()) + 86_400)}

    def __call__(self, asked: Asked) -> tuple[int, Any]:
        self.asked.append(asked)
        if asked.headers.get("x-identity-header") != "the value of the header":
            return 401, {"statusCode": 401, "message": "no"}
        return self.status, self.answer


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    made = Endpoint()
    with serving(made) as address:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{address}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "the value of the header")
        yield made


def identity() -> ManagedIdentity:
    return ManagedIdentity(IDENTITY, authority=HOME)


def test_it_asks_for_an_assertion_of_one_identity_and_keeps_it(endpoint: Endpoint) -> None:
    found = identity()
    assert [found.assertion(), found.assertion()] == ["an.assertion", "an.assertion"]
    (asked,) = endpoint.asked
    assert asked.path == "/msi/token"
    assert asked.query["resource"] == "api://AzureADTokenExchange"
    assert asked.query["client_id"] == IDENTITY


def test_one_that_ends_soon_is_asked_for_again(endpoint: Endpoint) -> None:
    endpoint.answer["expires_on"] = str(int(time.time()) + 60)
    found = identity()
    found.assertion()
    found.assertion()
    assert len(endpoint.asked) == 2


@pytest.mark.parametrize(
    ("host", "resource"),
    [
        ("login.microsoftonline.com", "api://AzureADTokenExchange"),
        ("login.microsoftonline.us", "api://AzureADTokenExchangeUSGov"),
        ("login.partner.microsoftonline.cn", "api://AzureADTokenExchangeChina"),
        ("127.0.0.1:8443", "api://AzureADTokenExchange"),
    ],
)
def test_each_cloud_has_its_own_word_for_it(host: str, resource: str) -> None:
    assert exchange_resource(f"https://{host}/contoso.example") == resource


def test_a_refusal_is_a_matter_of_setup_and_says_what_to_look_at(endpoint: Endpoint) -> None:
    endpoint.status = 400
    endpoint.answer = {"statusCode": 400, "message": "No User Assigned\nIdentity found"}
    with pytest.raises(PortalMisconfigured) as caught:
        identity().assertion()
    assert str(caught.value) == (
        "managed identity refused: 400, No User Assigned Identity found. Is the identity that "
        "ENTRA_MANAGED_IDENTITY_CLIENT_ID names assigned to where the portal runs?"
    )


def test_a_wrong_header_is_a_matter_of_setup(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", "an old value")
    with pytest.raises(PortalMisconfigured, match="refused: 401"):
        identity().assertion()


@pytest.mark.parametrize("status", [404, 410, 429, 500, 503])
def test_an_outage_of_it_will_pass(endpoint: Endpoint, status: int) -> None:
    endpoint.status = status
    with pytest.raises(EntraUnreachable, match=f"status {status}"):
        identity().assertion()


@pytest.mark.parametrize("body", ["<html>", "[]", '{"access_token": "x", "expires_on": "soon"}'])
def test_an_answer_in_another_shape_is_an_outage(endpoint: Endpoint, body: str) -> None:
    endpoint.answer = body
    with pytest.raises(EntraUnreachable, match="broken"):
        identity().assertion()


def test_an_access_token_that_is_no_text_is_refused(endpoint: Endpoint) -> None:
    endpoint.answer["access_token"] = None
    with pytest.raises(PortalMisconfigured):
        identity().assertion()


def test_it_is_not_sent_on_and_goes_through_no_proxy(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert identity().assertion() == "an.assertion"
    endpoint.status, endpoint.answer = 302, {}
    with pytest.raises(PortalMisconfigured):
        identity().assertion()
    assert len(endpoint.asked) == 2


def test_nobody_listening_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "the value of the header")
    with pytest.raises(EntraUnreachable, match="ConnectionError"):
        identity().assertion()


def test_a_service_fabric_without_tls_is_a_matter_of_setup(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_SERVER_THUMBPRINT", "0" * 40)
    with pytest.raises(PortalMisconfigured, match="HTTPS"):
        identity().assertion()
