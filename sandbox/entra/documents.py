"""The two documents that a relying party reads: discovery and keys."""

from __future__ import annotations

from typing import Any

from sandbox.calls import Call
from sandbox.entra import refusals
from sandbox.entra.errors import AadstsError, json_error
from sandbox.wire import Response, json_response

_KEPT = "max-age=86400, private"


def discovery(call: Call) -> Response:
    """Answer with the tenant's OpenID configuration."""
    try:
        refusals.strike(call, "discovery")
    except AadstsError as exc:
        return json_error(call, exc)
    secure = f"{call.site.https_url}/{call.tenant.tenant_id}"
    pages = f"{call.site.pages_url}/{call.tenant.tenant_id}"
    document: dict[str, Any] = {
        "token_endpoint": f"{secure}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "jwks_uri": f"{secure}/discovery/v2.0/keys",
        "response_modes_supported": ["query"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": call.site.issuer(call.tenant),
        "request_uri_parameter_supported": False,
        "authorization_endpoint": f"{pages}/oauth2/v2.0/authorize",
        "end_session_endpoint": f"{pages}/oauth2/v2.0/logout",
        "http_logout_supported": True,
        "frontchannel_logout_supported": True,
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": [
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "nonce",
            "preferred_username",
            "name",
            "tid",
            "email",
        ],
        "tenant_region_scope": "EU",
    }
    return _kept(document | call.forge)


def keys(call: Call) -> Response:
    """Answer with the keys that the tenant signs or lately signed with, the newest last."""
    return _kept(call.site.keys.public_keys(call.tenant.key_ids, call.site.issuer(call.tenant)))


def _kept(document: dict[str, Any]) -> Response:
    response = json_response(document)
    response.headers += [("Cache-Control", _KEPT), ("Access-Control-Allow-Origin", "*")]
    return response
