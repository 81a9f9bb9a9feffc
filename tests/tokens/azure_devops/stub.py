"""A transport for requests that raises or answers as a test says, without a network."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from tests.tokens.azure_devops.people import Naps, steady_access_token
from tokens.azure_devops import AzureDevOpsClient, build_session


class StubTransport(BaseAdapter):
    """Hands every request to `respond`."""

    def __init__(self, respond: Callable[[requests.PreparedRequest], requests.Response]) -> None:
        super().__init__()
        self._respond = respond
        self.sent = 0

    def send(  # type: ignore[override]  # what else requests passes on is of no interest
        self, request: requests.PreparedRequest, **_options: Any
    ) -> requests.Response:
        self.sent += 1
        return self._respond(request)

    def close(self) -> None:
        """Hold nothing."""


def stub_client(transport: StubTransport, **parts: Any) -> AzureDevOpsClient:
    """Return a client whose requests go to `transport`."""
    session = build_session(ca_bundle=None, proxy=None)
    session.mount("https://", transport)
    given: dict[str, Any] = {
        "access_token": steady_access_token,
        "session": session,
        "vssps_url": "https://vssps.example.test",
        "devops_url": "https://devops.example.test",
        "sleep": Naps(),
    }
    return AzureDevOpsClient(**(given | parts))


def unused() -> StubTransport:
    """Return a transport for clients that are given another one, or that never send."""
    return StubTransport(lambda _request: response(500))


def response(status: int, body: bytes = b"", **headers: str) -> requests.Response:
    """Return an answer as requests would build it."""
    built = requests.Response()
    built.status_code = status
    built.headers = CaseInsensitiveDict({name.replace("_", "-"): value for name, value in headers.items()})
    built.raw = BytesIO(body)
    return built
