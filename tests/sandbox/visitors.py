"""What a portal does to the sandbox: signs people in with MSAL, calls the PAT API for them."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msal
import requests

from tests.sandbox_control import Tenant

RESOURCE = "499b84ac-1321-427f-aa17-267ca6975798"
DEFAULT_SCOPES = [f"{RESOURCE}/.default"]
REDIRECT_URI = "http://localhost:8000/getAToken"
VERSION = "7.1-preview.1"


class Visitor:
    """One application of one tenant, with the people who sign in to it."""

    def __init__(self, tenant: Tenant, session: requests.Session) -> None:
        self.tenant = tenant
        self.session = session
        self._access_tokens: dict[str, str] = {}

    def application(self, **options: Any) -> msal.ConfidentialClientApplication:
        """Return MSAL as the portal sets it up."""
        settings: dict[str, Any] = {
            "client_credential": self.tenant.client_secret,
            "authority": self.tenant.authority,
            "instance_discovery": False,
            "http_client": self.session,
        }
        return msal.ConfidentialClientApplication(self.tenant.client_id, **(settings | options))

    def flow(
        self,
        application: msal.ConfidentialClientApplication,
        scopes: list[str] | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Begin a sign-in; `options` are MSAL's, such as `prompt` and `claims_challenge`."""
        with warnings.catch_warnings():
            # MSAL recommends form_post with a warning; the portal keeps query on purpose.
            warnings.filterwarnings("ignore", message=".*response_mode.*", category=UserWarning)
            flow: dict[str, Any] = application.initiate_auth_code_flow(
                scopes or DEFAULT_SCOPES, redirect_uri=REDIRECT_URI, **options
            )
        return flow

    def callback(self, flow: dict[str, Any], person: str = "alice") -> dict[str, str]:
        """Choose a person; return the arguments that come back."""
        return dict(parse_qsl(urlsplit(self.tenant.sign_in(flow["auth_uri"], person)).query))

    def signed_in(
        self,
        application: msal.ConfidentialClientApplication,
        person: str = "alice",
        scopes: list[str] | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Sign a person in; return MSAL's result."""
        flow = self.flow(application, scopes, **options)
        result: dict[str, Any] = application.acquire_token_by_auth_code_flow(
            flow, self.callback(flow, person)
        )
        return result

    def refreshed(
        self, application: msal.ConfidentialClientApplication, scopes: list[str] | None = None, **options: Any
    ) -> dict[str, Any]:
        """Refresh the access token of whoever signed in to this application; return MSAL's result."""
        account = application.get_accounts()[0]
        result: dict[str, Any] = application.acquire_token_silent_with_error(
            scopes or DEFAULT_SCOPES, account, force_refresh=True, **options
        )
        return result

    def bearer(self, person: str = "alice") -> str:
        """Return an access token of a person, signing in at most once."""
        if person not in self._access_tokens:
            self._access_tokens[person] = self.signed_in(self.application(), person)["access_token"]
        return self._access_tokens[person]

    def call(
        self,
        method: str = "GET",
        *,
        person: str | None = "alice",
        access_token: str | None = None,
        organization: str = "alpha",
        version: str | None = VERSION,
        headers: dict[str, str] | None = None,
        body: Any = None,
        **query: str,
    ) -> requests.Response:
        """Call the PAT API as a person or with an access token; `person` None sends no credential."""
        place = self.tenant.organization(organization).name
        bearer = access_token or (self.bearer(person) if person else None)
        sent = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        parameters = query | ({"api-version": version} if version else {})
        return self.session.request(
            method,
            f"{self.tenant.vssps_url}/{place}/_apis/Tokens/Pats",
            params=parameters,
            headers={"Accept": "application/json", **sent, **(headers or {})},
            json=body,
            allow_redirects=False,
            timeout=(5, 20),
        )

    def create(self, name: str = "ci read", *, days: float = 30, **fields: Any) -> requests.Response:
        """Create a PAT."""
        valid_to = (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        order = {"displayName": name, "scope": "vso.code", "validTo": valid_to, "allOrgs": False}
        options = {
            key: fields.pop(key) for key in ("person", "organization", "version", "headers") if key in fields
        }
        return self.call("POST", body=order | fields, **options)

    def names(self, **query: Any) -> list[str]:
        """Return the names on the first page of a list."""
        return [one["displayName"] for one in self.call(**query).json()["patTokens"]]
