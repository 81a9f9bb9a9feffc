"""Microsoft Entra over HTTP: the only module that imports MSAL, and the only one here that opens connections.

MSAL reaches the network through `_Transport` alone, which lets it see our checked discovery document and post
to our checked token endpoint, and nothing else. This module knows no models: caches go in and out as text.
"""

import json
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from uuid import UUID

import msal
import requests
from django.conf import settings
from msal.exceptions import MsalServiceError

from accounts.discovery import Discovery, Untrusted, discovery_url, parse_discovery
from accounts.entra_answers import (
    EntraAnswer,
    has_code,
    portal_error,
    redirect_error,
    refresh_error,
    sign_in_error,
)
from accounts.entra_types import EntraConfig, Refreshed, SignedIn
from accounts.errors import EntraUnreachable, PortalMisconfigured, RefusalReason, SignInRefused
from accounts.fetched import KeptCopy
from accounts.id_token import Expected, IdTokenInvalid, validate
from accounts.signing_keys import SigningKey, SigningKeys, parse_key_set

_CONNECT_SECONDS, _READ_SECONDS = 5, 15
# The longest that one request may take; a lock that is held over it has to outlast this.
LONGEST_CALL_SECONDS = _CONNECT_SECONDS + _READ_SECONDS

# What MSAL raises over an answer of an unexpected shape; a wrong nonce is a RuntimeError.
_BROKEN = (ValueError, RuntimeError, LookupError, TypeError, AttributeError)

# MSAL recommends form_post, with which a SameSite=Lax session cookie would not come back. The code in the
# query is single-use and bound to the PKCE verifier.
warnings.filterwarnings("ignore", message="response_mode='form_post' is recommended", category=UserWarning)


def entra_client() -> "EntraClient":
    """Return this process's client for the current settings."""
    return _client_for(
        EntraConfig(
            authority=settings.ENTRA_AUTHORITY,
            client_id=settings.ENTRA_CLIENT_ID,
            client_secret=settings.ENTRA_CLIENT_SECRET,
            scopes=tuple(settings.ENTRA_SCOPES),
            ca_bundle=settings.ENTRA_CA_BUNDLE,
            proxy=settings.OUTBOUND_PROXY,
            is_loopback_page_allowed=settings.ALLOW_OTHER_HOSTS,
        )
    )


@lru_cache(maxsize=8)
def _client_for(config: EntraConfig) -> "EntraClient":
    return EntraClient(config)


class EntraClient:
    """One tenant and one registration. Every method raises `EntraUnreachable` or `PortalMisconfigured`."""

    def __init__(self, config: EntraConfig, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._session = _build_session(config)
        self._discovery = KeptCopy("discovery", self._fetch_discovery, clock=clock)
        self._keys = SigningKeys(KeptCopy("keys", self._fetch_keys, clock=clock))
        self._http_cache: dict[str, Any] = {}
        self._http_cache_of: Discovery | None = None

    def discovery(self) -> Discovery:
        """Return the tenant's checked addresses."""
        return self._discovery.get()

    def find_key(self, kid: str) -> SigningKey | None:
        """Return the tenant's signing key of this id."""
        return self._keys.find(kid)

    def start_flow(self, *, redirect_uri: str, login_hint: str = "", prompt: str = "") -> dict[str, Any]:
        """Return a new flow: plain JSON with secrets in it, a `state`, and the `auth_uri` to go to."""
        flow: dict[str, Any] = self._application(msal.SerializableTokenCache()).initiate_auth_code_flow(
            list(self._config.scopes),
            redirect_uri=redirect_uri,
            login_hint=login_hint or None,
            prompt=prompt or None,
        )
        return flow

    def redeem(self, flow: Mapping[str, Any], *, query: Mapping[str, str]) -> SignedIn:
        """Redeem the code in `query` and validate the ID token; raises `SignInRefused` as well.

        MSAL fills the cache before it checks the nonce, so the cache is a throw-away one that leaves this
        function only after our own checks. `flow` must be the one that `query["state"]` names.
        """
        if not has_code(query):
            raise redirect_error(query)
        cache = msal.SerializableTokenCache()
        application = self._application(cache)
        try:
            answer = application.acquire_token_by_auth_code_flow(dict(flow), dict(query))
        except requests.RequestException as exc:
            raise EntraUnreachable(type(exc).__name__) from exc
        except MsalServiceError as exc:
            raise EntraUnreachable("the token endpoint failed") from exc
        except _BROKEN as exc:
            # The nonce, or an ID token that cannot even be decoded; transport and state were checked before.
            raise SignInRefused(type(exc).__name__, code=RefusalReason.ID_TOKEN_INVALID) from exc
        if "error" in answer:
            raise sign_in_error(EntraAnswer.of_token_endpoint(answer))
        claims = self._validated(answer.get("id_token"), nonce=str(flow["nonce"]))
        return SignedIn(claims, cache.serialize(), _scopes_in(answer))

    def refresh(self, cache_text: str, *, tenant_id: UUID, object_id: UUID) -> Refreshed:
        """Get a new access token for the person with the refresh token in `cache_text`.

        Raises nothing for what Entra answers: the cache has to be saved together with the error. Raises
        `EntraUnreachable` or `PortalMisconfigured` where no request was made.
        """
        cache = msal.SerializableTokenCache()
        application = self._application(cache)
        cache.deserialize(cache_text)
        account = _account_in(cache, tenant_id=tenant_id, object_id=object_id)
        try:
            answer = application.acquire_token_silent_with_error(
                list(self._config.scopes), account=account, force_refresh=True
            )
        except (requests.RequestException, MsalServiceError, *_BROKEN) as exc:
            return Refreshed(_changed(cache), EntraUnreachable(type(exc).__name__))
        except EntraUnreachable as exc:
            return Refreshed(_changed(cache), exc)
        if answer is None:
            answer = {"error": "invalid_grant", "error_codes": [700082]}
        error = refresh_error(EntraAnswer.of_token_endpoint(answer)) if "error" in answer else None
        return Refreshed(
            _changed(cache),
            error,
            access_token=str(answer.get("access_token") or ""),
            scopes=_scopes_in(answer),
            id_token=str(answer.get("id_token") or ""),
        )

    def refreshed_claims(self, id_token: str, *, object_id: UUID) -> dict[str, Any]:
        """Return the claims of an ID token that a refresh brought the person; raises `SignInRefused` too."""
        claims = self._validated(id_token, nonce=None)
        if UUID(claims["oid"]) != object_id:
            raise SignInRefused("another person", code=RefusalReason.ID_TOKEN_INVALID)
        return claims

    def _validated(self, id_token: Any, *, nonce: str | None) -> dict[str, Any]:
        discovery = self.discovery()
        expected = Expected(
            client_id=self._config.client_id,
            issuer=discovery.issuer,
            tenant_id=discovery.tenant_id,
            nonce=nonce,
        )
        if not isinstance(id_token, str):
            raise SignInRefused("no ID token", code=RefusalReason.ID_TOKEN_INVALID)
        try:
            return validate(id_token, expected=expected, find_key=self.find_key)
        except IdTokenInvalid as exc:
            raise SignInRefused(str(exc), code=RefusalReason.ID_TOKEN_INVALID) from exc

    def _application(self, cache: Any) -> Any:
        discovery = self.discovery()
        if discovery != self._http_cache_of:
            self._http_cache, self._http_cache_of = {}, discovery
        return msal.ConfidentialClientApplication(
            self._config.client_id,
            client_credential=self._config.client_secret,
            authority=self._config.authority,
            instance_discovery=False,
            token_cache=cache,
            http_client=_Transport(self._session, discovery),
            http_cache=self._http_cache,
        )

    def _fetch_discovery(self) -> Discovery:
        document = self._fetch_json(discovery_url(self._config.authority))
        try:
            return parse_discovery(
                document,
                authority=self._config.authority,
                is_loopback_page_allowed=self._config.is_loopback_page_allowed,
            )
        except Untrusted as exc:
            raise PortalMisconfigured(f"Entra's discovery document: {exc}") from exc

    def _fetch_keys(self) -> dict[str, SigningKey]:
        keys = parse_key_set(self._fetch_json(self.discovery().jwks_uri))
        if not keys:
            raise EntraUnreachable("no signing key in Entra's key set")
        return keys

    def _fetch_json(self, url: str) -> dict[str, Any]:
        try:
            response = self._session.get(
                url, timeout=(_CONNECT_SECONDS, _READ_SECONDS), allow_redirects=False
            )
        except requests.RequestException as exc:
            raise EntraUnreachable(type(exc).__name__) from exc
        document = _json_object(response.text)
        if response.status_code != HTTPStatus.OK or document is None:
            answer = EntraAnswer.of_token_endpoint(document or {})
            raise portal_error(answer) or EntraUnreachable(f"status {response.status_code}")
        return document


class _Transport:
    """MSAL's way to the network: it reads our discovery document and posts to our token endpoint."""

    def __init__(self, session: requests.Session, discovery: Discovery) -> None:
        self._session, self._discovery = session, discovery

    def get(self, url: str, **_: Any) -> "_Answer":
        """Return the checked discovery document, whatever address of it MSAL has made up."""
        document = {
            "issuer": self._discovery.issuer,
            "authorization_endpoint": self._discovery.authorization_endpoint,
            "token_endpoint": self._discovery.token_endpoint,
        }
        if not url.endswith("/.well-known/openid-configuration"):
            raise EntraUnreachable("MSAL asked for an address that the portal does not use")
        return _Answer(HTTPStatus.OK, json.dumps(document), {})

    def post(
        self, url: str, *, data: Any = None, headers: Any = None, params: Any = None, **_: Any
    ) -> "_Answer":
        """Post to the token endpoint. Too many requests count as an outage, which MSAL then waits out."""
        if url != self._discovery.token_endpoint:
            raise EntraUnreachable("MSAL posted to an address that the portal does not use")
        response = self._session.post(
            url,
            data=data,
            headers=headers,
            params=params,
            timeout=(_CONNECT_SECONDS, _READ_SECONDS),
            allow_redirects=False,
        )
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            status = HTTPStatus.SERVICE_UNAVAILABLE
        if status < HTTPStatus.INTERNAL_SERVER_ERROR and _json_object(response.text) is None:
            # MSAL would write the body, whatever is in it, into the log.
            raise EntraUnreachable(f"status {status} without JSON")
        return _Answer(status, response.text, dict(response.headers))


@dataclass(frozen=True, slots=True)
class _Answer:
    status_code: int
    text: str = field(repr=False)
    headers: dict[str, str]


def _build_session(config: EntraConfig) -> requests.Session:
    session = requests.Session()
    # REQUESTS_CA_BUNDLE and proxy variables of the environment would win over what is configured here.
    session.trust_env = False
    session.verify = config.ca_bundle or True
    if config.proxy:
        session.proxies = {"https": config.proxy}
    return session


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _account_in(cache: Any, *, tenant_id: UUID, object_id: UUID) -> dict[str, Any] | None:
    """Return the person's account. Of a guest the home account names another tenant, so that is not asked."""
    accounts = cache.search(
        msal.TokenCache.CredentialType.ACCOUNT,
        query={"local_account_id": str(object_id), "realm": str(tenant_id)},
    )
    return next(iter(accounts), None)


def _changed(cache: Any) -> str | None:
    return cache.serialize() if cache.has_state_changed else None


def _scopes_in(answer: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(answer.get("scope") or "").split())
