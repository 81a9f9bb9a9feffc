"""The conversation with Entra about people: signing in, redeeming codes, refreshing, and what to send admins.

Knows no models and no settings: caches go in and out as text, the configuration is passed in.
"""

import json
import secrets
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msal
from msal.exceptions import MsalServiceError

from accounts.discovery import Discovery, Untrusted, discovery_url, parse_discovery
from accounts.entra.proofs import Proof, Proofs, blamed, refusal_of_credential
from accounts.entra.transport import Transport, build_session, fetch_json, json_object
from accounts.entra_answers import (
    EntraAnswer,
    has_code,
    portal_error,
    redirect_error,
    refresh_error,
    sign_in_error,
)
from accounts.entra_types import EntraConfig, Refreshed, SignedIn
from accounts.errors import (
    AccountsError,
    EntraUnreachable,
    PortalMisconfigured,
    RefusalReason,
    SignInRefused,
)
from accounts.fetched import KeptCopy
from accounts.id_token import Expected, IdTokenInvalid, validate
from accounts.signing_keys import SigningKey, SigningKeys, parse_key_set

# What MSAL raises over an answer of an unexpected shape; a wrong nonce is a RuntimeError.
_BROKEN = (ValueError, RuntimeError, LookupError, TypeError, AttributeError)
# Says that the portal can handle claims challenges, with which Azure DevOps asks for another sign-in at once.
_CAPABILITIES = ["CP1"]

# MSAL recommends form_post, with which a SameSite=Lax session cookie would not come back. The code in the
# query is single-use and bound to the PKCE verifier.
warnings.filterwarnings("ignore", message="response_mode='form_post' is recommended", category=UserWarning)


class EntraClient:
    """One tenant and one registration. Every method raises `EntraUnreachable` or `PortalMisconfigured`."""

    def __init__(self, config: EntraConfig, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._session = build_session(ca_bundle=config.ca_bundle, proxy=config.proxy)
        self._discovery = KeptCopy("discovery", self._fetch_discovery, clock=clock)
        self._keys = SigningKeys(KeptCopy("keys", self._fetch_keys, clock=clock))
        self._proofs = Proofs(config.credentials, authority=config.authority, clock=clock)
        self._http_cache: dict[str, Any] = {}
        self._http_cache_of: Discovery | None = None

    @property
    def serving_credential(self) -> int:
        """Return the position of the credential that served last; 1 means that the first was refused."""
        return self._proofs.serving

    @property
    def kept_discovery(self) -> Discovery | None:
        """Return the tenant's checked addresses if this process has them, and never ask Entra."""
        return self._discovery.kept

    def discovery(self) -> Discovery:
        """Return the tenant's checked addresses."""
        return self._discovery.get()

    def find_key(self, kid: str) -> SigningKey | None:
        """Return the tenant's signing key of this id."""
        return self._keys.find(kid)

    def start_flow(
        self, *, redirect_uri: str, login_hint: str = "", prompt: str = "", claims_challenge: str = ""
    ) -> dict[str, Any]:
        """Return a new flow: plain JSON with secrets in it, a `state`, and the `auth_uri` to go to.

        `claims_challenge` is JSON text; MSAL sends it on now and again when the code is redeemed.
        """
        flow: dict[str, Any] = self._application(msal.SerializableTokenCache()).initiate_auth_code_flow(
            list(self._config.scopes),
            redirect_uri=redirect_uri,
            login_hint=login_hint or None,
            prompt=prompt or None,
            claims_challenge=_checked(claims_challenge),
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
        try:
            # A refused credential leaves the code as it was, so that the next one may redeem it.
            answer = self._ask(
                cache,
                lambda application: application.acquire_token_by_auth_code_flow(dict(flow), dict(query)),
                # MSAL pauses all codes together after a failure: one person's would hold up everybody's.
                pauses={},
            )
        except MsalServiceError as exc:
            raise EntraUnreachable(type(exc).__name__) from exc
        except _BROKEN as exc:
            # The nonce, or an ID token that cannot even be decoded; transport and state were checked before.
            raise SignInRefused(type(exc).__name__, code=RefusalReason.ID_TOKEN_INVALID) from exc
        if "error" in answer:
            raise sign_in_error(EntraAnswer.of_token_endpoint(answer))
        claims = self._validated(answer.get("id_token"), nonce=str(flow["nonce"]))
        return SignedIn(claims, cache.serialize(), _scopes_in(answer))

    def refresh(
        self, cache_text: str, *, tenant_id: UUID, object_id: UUID, claims_challenge: str = ""
    ) -> Refreshed:
        """Get a new access token for the person with the refresh token in `cache_text`.

        `claims_challenge` is the JSON text with which Azure DevOps refused the last one. Raises nothing for
        what Entra answers: the cache has to be saved together with the error.
        """
        self.discovery()
        cache = msal.SerializableTokenCache()
        cache.deserialize(cache_text)
        account = _account_in(cache, tenant_id=tenant_id, object_id=object_id)
        scopes, challenge = list(self._config.scopes), _checked(claims_challenge)
        try:
            answer = self._ask(
                cache,
                lambda application: application.acquire_token_silent_with_error(
                    scopes, account=account, force_refresh=True, claims_challenge=challenge
                ),
            )
        except (MsalServiceError, *_BROKEN) as exc:
            return Refreshed(_changed(cache), EntraUnreachable(type(exc).__name__))
        except (EntraUnreachable, PortalMisconfigured) as exc:
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

    def check_credential(self, position: int) -> AccountsError | None:
        """Ask Entra with the credential at `position` for nothing; return why it cannot serve, or None.

        The code in the request cannot exist, so that a good credential gets the code refused and no more.
        """
        try:
            application = self._application(msal.SerializableTokenCache(), self._proofs.proof(position))
            flow = application.initiate_auth_code_flow(
                list(self._config.scopes), redirect_uri=self._config.redirect_uri
            )
            query = {"state": flow["state"], "code": f"no-such-code-{secrets.token_urlsafe(24)}"}
            answer = application.acquire_token_by_auth_code_flow(flow, query)
        except (EntraUnreachable, PortalMisconfigured) as exc:
            return exc
        except (MsalServiceError, *_BROKEN) as exc:
            return EntraUnreachable(type(exc).__name__)
        return refusal_of_credential(answer) or portal_error(EntraAnswer.of_token_endpoint(answer))

    def admin_consent_url(self) -> str:
        """Return the page on which an administrator lets the portal in for everybody of the tenant."""
        # All scopes are of one resource: Entra refuses requests for several.
        resource = self._config.scopes[0].rpartition("/")[0]
        query = {
            "client_id": self._config.client_id,
            "scope": f"{resource}/.default",
            "redirect_uri": self._config.redirect_uri,
            "state": "admin_consent",
        }
        return f"{self._config.authority}/v2.0/adminconsent?{urlencode(query)}"

    def _ask(self, cache: Any, request: Callable[[Any], Any], *, pauses: dict[str, Any] | None = None) -> Any:
        """Return what MSAL makes of `request` with the first credential that Entra does not refuse.

        `pauses` is where MSAL notes for how long Entra wants to be left alone, by default for all refreshes.
        Where all fail it raises what stood in the way of one, see `blamed`; nothing else is tried twice.
        """
        failures: dict[int, AccountsError] = {}
        for position in self._proofs.order():
            try:
                proof = self._proofs.proof(position)
            except (EntraUnreachable, PortalMisconfigured) as exc:
                failures[position] = exc
            else:
                answer = request(self._application(cache, proof, pauses))
                refusal = refusal_of_credential(answer)
                if refusal is None:
                    if answer is not None:  # else nothing was there to ask for
                        self._proofs.note_served(position)
                    return answer
                failures[position] = refusal
            self._proofs.note_failed(position, failures[position])
        raise blamed(failures)

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

    def _application(
        self, cache: Any, proof: Proof | None = None, pauses: dict[str, Any] | None = None
    ) -> Any:
        """Return MSAL's application; without a proof it can only send people to Entra."""
        discovery = self.discovery()
        if discovery != self._http_cache_of:
            self._http_cache, self._http_cache_of = {}, discovery
        return msal.ConfidentialClientApplication(
            self._config.client_id,
            client_credential=proof,
            authority=self._config.authority,
            client_capabilities=_CAPABILITIES,
            instance_discovery=False,
            # MSAL asks for it by itself.
            exclude_scopes=None if self._config.is_offline_wanted else ["offline_access"],
            token_cache=cache,
            http_client=Transport(self._session, discovery),
            http_cache=self._http_cache if pauses is None else pauses,
        )

    def _fetch_discovery(self) -> Discovery:
        document = fetch_json(self._session, discovery_url(self._config.authority))
        try:
            return parse_discovery(
                document,
                authority=self._config.authority,
                is_loopback_page_allowed=self._config.is_loopback_page_allowed,
            )
        except Untrusted as exc:
            raise PortalMisconfigured(f"Entra's discovery document: {exc}") from exc

    def _fetch_keys(self) -> dict[str, SigningKey]:
        keys = parse_key_set(fetch_json(self._session, self.discovery().jwks_uri))
        if not keys:
            raise EntraUnreachable("no signing key in Entra's key set")
        return keys


def _checked(claims_challenge: str) -> str | None:
    """Return the challenge as MSAL can merge it: a JSON object whose parts are objects; else None."""
    challenge = json_object(claims_challenge) if claims_challenge else None
    if challenge is None or not isinstance(challenge.setdefault("access_token", {}), dict):
        return None
    return json.dumps(challenge)


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
