"""A stand-in for the address at which App Service hands a program the assertions of its managed identity.

Shape and errors follow the published contract of that address; nothing was compared with a real one.
"""

from __future__ import annotations

import hmac
import time
import uuid

from sandbox.calls import Call
from sandbox.credentials import EXCHANGE_AUDIENCE, ManagedIdentity
from sandbox.state import Tenant
from sandbox.wire import Response, json_response

_VERSION = "2019-08-01"
_SECONDS = 86_400


def address(pages_url: str, tenant: Tenant) -> str:
    """Return what belongs into IDENTITY_ENDPOINT."""
    return f"{pages_url}/{tenant.tenant_id}/msi/token"


def answer(call: Call) -> Response:
    """Answer a program that asks for an assertion."""
    request, identities = call.request, call.tenant.identities
    given = request.header("X-IDENTITY-HEADER")
    if not any(hmac.compare_digest(given.encode(), one.header.encode()) for one in identities.values()):
        return _refused(401, "The X-IDENTITY-HEADER is missing or wrong.")
    if request.argument("api-version") != _VERSION:
        return _refused(400, f"The api-version has to be {_VERSION}.")
    identity = identities.get((request.argument("client_id") or "").lower())
    if identity is None:
        return _refused(400, "No user-assigned identity of that client_id belongs to this place.")
    resource = request.argument("resource") or ""
    if resource != EXCHANGE_AUDIENCE:
        return _refused(500, f"The sandbox knows no resource but {EXCHANGE_AUDIENCE}.")
    expires_at = int(time.time()) + _SECONDS
    return json_response(
        {
            "access_token": _assertion(call, identity, expires_at),
            "expires_on": str(expires_at),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": identity.client_id,
        }
    )


def _assertion(call: Call, identity: ManagedIdentity, expires_at: int) -> str:
    now = int(time.time())
    claims = {
        "aud": EXCHANGE_AUDIENCE,
        "iss": call.site.issuer(call.tenant),
        "iat": now,
        "nbf": now,
        "exp": expires_at,
        "appid": identity.client_id,
        "idtyp": "app",
        "oid": identity.object_id,
        "sub": identity.object_id,
        "tid": call.tenant.tenant_id,
        "uti": str(uuid.uuid4()),
        "ver": "2.0",
    }
    return call.site.keys.sign(claims | call.forge, call.tenant.key_ids[-1])


def _refused(status: int, message: str) -> Response:
    return json_response({"statusCode": status, "message": message}, status)
