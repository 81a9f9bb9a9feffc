"""The token endpoint: a code or a refresh token goes in, fresh tokens come out, each refusal is numbered."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
import uuid
from typing import Any

from sandbox.calls import Call
from sandbox.entra import claims, scopes
from sandbox.entra.errors import AadstsError, client_info, json_error, stamped, unknown_client
from sandbox.signing import encoded
from sandbox.state import Person, RefreshGrant, Tenant
from sandbox.wire import Response, json_response
from sandbox.world import Code, World

CODE_SECONDS = 600
_MOST_REFRESH_TOKENS = 2_000


def answer(call: Call) -> Response:
    """Answer one request for tokens."""
    if call.request.method != "POST":
        return json_error(
            call, AadstsError(900561, "invalid_request", "The endpoint only accepts POST requests.")
        )
    form = call.request.form
    try:
        with call.site.world.lock:
            _check_client(call.tenant, form)
            payload = _redeemed(call, form)
    except AadstsError as exc:
        return json_error(call, exc)
    return stamped(call, json_response(payload))


def person_of(world: World, tenant: Tenant, form: dict[str, str]) -> Person | None:
    """Return whose tokens a request asks for, as far as can be told before any check."""
    with world.lock:
        code = world.codes.get(form.get("code", ""))
        grant = tenant.refresh_grants.get(form.get("refresh_token", ""))
        person_id = code.person_id if code else grant.person_id if grant else ""
        return tenant.people.get(person_id)


def _check_client(tenant: Tenant, form: dict[str, str]) -> None:
    client_id = _required(form, "client_id")
    if client_id.lower() != tenant.client_id:
        raise unknown_client(client_id, tenant)
    if "client_secret" not in form:
        raise AadstsError(7000218, "invalid_client")
    if not hmac.compare_digest(form["client_secret"].encode(), tenant.client_secret.encode()):
        raise AadstsError(7000215, "invalid_client")


def _required(form: dict[str, str], name: str) -> str:
    if not form.get(name):
        detail = f"The request body must contain the following parameter: '{name}'."
        raise AadstsError(900144, "invalid_request", detail)
    return form[name]


def _redeemed(call: Call, form: dict[str, str]) -> dict[str, Any]:
    grant_type = _required(form, "grant_type")
    if grant_type == "authorization_code":
        code = _redeem_code(call, form)
        asked = scopes.checked(form["scope"]) if form.get("scope") else code.scopes
        return _issued(call, code.person_id, asked, sid=code.sid, family=str(uuid.uuid4()), nonce=code.nonce)
    if grant_type == "refresh_token":
        grant = _use_refresh_token(call, _required(form, "refresh_token"))
        asked = scopes.checked(form["scope"]) if form.get("scope") else grant.scopes
        return _issued(call, grant.person_id, asked, sid=grant.sid, family=grant.family, nonce="")
    detail = f"The app requested an unsupported grant type '{grant_type}'."
    raise AadstsError(70003, "unsupported_grant_type", detail)


def _redeem_code(call: Call, form: dict[str, str]) -> Code:
    code = call.site.world.codes.get(_required(form, "code"))
    if code is None or code.tenant_id != call.tenant.tenant_id:
        raise AadstsError(70000, "invalid_grant")
    if code.is_redeemed:
        raise AadstsError(54005, "invalid_grant")
    if code.expires_at < time.time():
        raise AadstsError(70008, "invalid_grant")
    if form.get("redirect_uri") != code.redirect_uri:
        raise AadstsError(500112, "invalid_client")
    digest = encoded(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
    if digest != code.challenge:
        raise AadstsError(501481, "invalid_grant")
    _active_person(call.tenant, code.person_id)
    code.is_redeemed = True
    return code


def _use_refresh_token(call: Call, value: str) -> RefreshGrant:
    tenant = call.tenant
    grant = tenant.refresh_grants.get(value)
    if grant is None:
        raise AadstsError(70000, "invalid_grant", suberror="bad_token")
    if tenant.settings.one_time_refresh and grant.is_used:
        revoke(tenant, family=grant.family)
        call.site.world.changed()
        raise AadstsError(70000, "invalid_grant", suberror="bad_token")
    if grant.is_revoked:
        raise AadstsError(50173, "invalid_grant", suberror="bad_token")
    if grant.used_at + tenant.settings.refresh_token_seconds < time.time():
        raise AadstsError(700082, "invalid_grant")
    _active_person(tenant, grant.person_id)
    grant.is_used, grant.used_at = True, time.time()
    return grant


def _active_person(tenant: Tenant, person_id: str) -> Person:
    person = tenant.people.get(person_id)
    if person is None:
        raise AadstsError(50034, "invalid_grant", "The user account does not exist in the directory.")
    if person.is_disabled:
        raise AadstsError(50057, "invalid_grant")
    return person


def revoke(tenant: Tenant, *, family: str | None = None, person_id: str | None = None) -> int:
    """Revoke the refresh tokens of a family, of a person, or of everybody; return how many."""
    count = 0
    for grant in tenant.refresh_grants.values():
        if family in {None, grant.family} and person_id in {None, grant.person_id} and not grant.is_revoked:
            grant.is_revoked = True
            count += 1
    return count


def _make_room(tenant: Tenant) -> None:
    # Reusable refresh tokens pile up in a demo that runs for weeks; the oldest are forgotten.
    if len(tenant.refresh_grants) >= _MOST_REFRESH_TOKENS:
        oldest = sorted(tenant.refresh_grants, key=lambda value: tenant.refresh_grants[value].used_at)
        for value in oldest[: _MOST_REFRESH_TOKENS // 2]:
            del tenant.refresh_grants[value]


def _issued(
    call: Call, person_id: str, asked: list[str], *, sid: str, family: str, nonce: str
) -> dict[str, Any]:
    tenant, settings = call.tenant, call.tenant.settings
    person = tenant.people[person_id]
    granted = scopes.granted(tenant, asked)
    payload: dict[str, Any] = {
        "token_type": "Bearer",
        "scope": granted.shown,
        "expires_in": settings.access_token_seconds,
        "ext_expires_in": settings.access_token_seconds,
        "access_token": claims.access_token(call, person, granted),
        "client_info": client_info(*claims.home_of(tenant, person)),
    }
    if settings.refresh_in is not None:
        payload["refresh_in"] = settings.refresh_in
    if "offline_access" in asked:
        value = f"1.SANDBOX.{secrets.token_urlsafe(48)}"
        _make_room(tenant)
        tenant.refresh_grants[value] = RefreshGrant(family, person_id, asked, sid, time.time())
        payload["refresh_token"] = value
    if "openid" in asked:
        payload["id_token"] = claims.id_token(call, person, asked, sid=sid, nonce=nonce)
    call.site.world.changed()
    return payload
