"""A token endpoint that shows what it is asked with, and answers as it is told; it knows no people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accounts.credentials import CredentialKind, CredentialSource
from accounts.entra import EntraClient
from accounts.entra_types import EntraConfig
from tests.accounts.little_server import Asked, serving, tls
from tests.accounts.signing import CLIENT, PERSON, TENANT

CALLBACK = "https://pats.example/getAToken"
# What Entra says to a code that it has never given out.
NO_SUCH_CODE = (400, {"error": "invalid_grant", "error_description": "AADSTS70000: no such code"})
QUERY_CODE = "a code that the authorize page gave"
_KEPT = {"home_account_id": f"{PERSON}.{TENANT}", "environment": "127.0.0.1"}
# A cache of MSAL's with a refresh token for somebody here.
KEPT_CACHE = json.dumps(
    {
        "Account": {"x": {**_KEPT, "realm": TENANT, "local_account_id": PERSON, "username": "alice"}},
        "RefreshToken": {
            "y": {
                **_KEPT,
                "credential_type": "RefreshToken",
                "client_id": CLIENT,
                "secret": "a-refresh-token-of-nobody",
                "target": "499b84ac-1321-427f-aa17-267ca6975798/.default",
            }
        },
    }
)


@dataclass
class LittleEntra:
    """`answer` decides about each form that the token endpoint gets; `forms` keeps them."""

    base_url: str
    ca_bundle: str
    answer: Callable[[dict[str, str]], tuple[int, Any]] = lambda _form: NO_SUCH_CODE
    forms: list[dict[str, str]] = field(default_factory=list)

    @property
    def authority(self) -> str:
        return f"{self.base_url}/{TENANT}"

    @property
    def token_endpoint(self) -> str:
        return f"{self.authority}/oauth2/v2.0/token"

    def client(self, *sources: CredentialSource, **wish: Any) -> EntraClient:
        config = EntraConfig(
            authority=self.authority,
            client_id=CLIENT,
            credentials=sources,
            scopes=("499b84ac-1321-427f-aa17-267ca6975798/.default",),
            redirect_uri=CALLBACK,
            ca_bundle=self.ca_bundle,
            proxy=None,
            is_loopback_page_allowed=True,
        )
        return EntraClient(config, **wish)

    def handle(self, asked: Asked) -> tuple[int, Any]:
        if asked.path.endswith("/openid-configuration"):
            return 200, {
                "issuer": f"{self.authority}/v2.0",
                "authorization_endpoint": f"{self.authority}/oauth2/v2.0/authorize",
                "token_endpoint": self.token_endpoint,
                "jwks_uri": f"{self.authority}/discovery/v2.0/keys",
            }
        self.forms.append(asked.form)
        return self.answer(asked.form)


@contextmanager
def little_entra(folder: Path) -> Iterator[LittleEntra]:
    """Serve one for the length of the block."""
    context, bundle = tls(folder)
    made = LittleEntra("", bundle)
    with serving(made.handle, context=context) as address:
        made.base_url = address
        yield made


def secret_source(value: str, variable: str = "ENTRA_CLIENT_SECRET") -> CredentialSource:
    return CredentialSource(CredentialKind.SECRET, variable, value)


def refused(number: int, error: str = "invalid_client", **facts: Any) -> tuple[int, Any]:
    """Return what Entra answers where it refuses with a number."""
    return 401, {
        "error": error,
        "error_codes": [number],
        "error_description": f"AADSTS{number}: no",
        "correlation_id": "12121212-3434-4565-8787-909090909090",
        **facts,
    }
