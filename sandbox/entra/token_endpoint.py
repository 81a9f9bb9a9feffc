"""The token endpoint: a code or a refresh token goes in, fresh tokens come out, each refusal is numbered."""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from dataclasses import dataclass
from typing import Any

from sandbox.calls import Call
from sandbox.entra import claims, claims_request, client_proof, refusals, scopes
from sandbox.entra.errors import AadstsError, client_info, json_error, stamped
from sandbox.signing import encoded
from sandbox.state import Person, RefreshGrant, Tenant
from sandbox.wire import Response, json_response
from sandbox.world import Code, World

CODE_SECONDS = 600
_MOST_REFRESH_TOKENS = 2_000


def answer(call: Call) -> Response:
    """Answer one request for tokens."""
    if call.request.method != "POST":
        return json_error(call, AadstsError.of(900561))
    form = call.request.form
    try:
        with call.site.world.lock:
            client_proof.check(call)
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


def _required(form: dict[str, str], name: str) -> str:
    if not form.get(name):
        detail = f"The request body must contain the following parameter: '{name}'."
        raise AadstsError.of(900144, detail=detail)
    return form[name]


def _redeemed(call: Call, form: dict[str, str]) -> dict[str, Any]:
    grant_type = _required(form, "grant_type")
    if grant_type == "authorization_code":
        refusals.strike(call, "code")
        return _for_code(call, form)
    if grant_type == "refresh_token":
        refusals.strike(call, "refresh")
        return _for_refresh_token(call, form)
    detail = f"The app requested an unsupported grant type '{grant_type}'."
    raise AadstsError.of(70003, detail=detail)


def _for_code(call: Call, form: dict[str, str]) -> dict[str, Any]:
    asked = claims_request.read(form.get("claims"))
    code = _checked_code(call, form)
    person = _active_person(call.tenant, code.person_id)
    answered = claims_request.answered(call.tenant, person, asked, so_far=code.answered, is_interactive=False)
    wanted = scopes.checked(form["scope"]) if form.get("scope") else code.scopes
    code.is_redeemed = True
    issue = _Issue(person, wanted, code.sid, str(uuid.uuid4()), asked.has_cp1 or code.has_cp1, answered)
    return _issued(call, issue, nonce=code.nonce)


def _for_refresh_token(call: Call, form: dict[str, str]) -> dict[str, Any]:
    asked = claims_request.read(form.get("claims"))
    grant = _checked_grant(call, _required(form, "refresh_token"))
    person = _active_person(call.tenant, grant.person_id)
    if person.consent != "granted":
        raise AadstsError.of(65001, "refresh")
    answered = claims_request.answered(
        call.tenant, person, asked, so_far=grant.answered, is_interactive=False
    )
    wanted = scopes.checked(form["scope"]) if form.get("scope") else grant.scopes
    grant.is_used, grant.used_at = True, time.time()
    return _issued(call, _Issue(person, wanted, grant.sid, grant.family, asked.has_cp1, answered))


def _checked_code(call: Call, form: dict[str, str]) -> Code:
    code = call.site.world.codes.get(_required(form, "code"))
    if code is None:
        raise AadstsError.of(70000)
    if code.tenant_id != call.tenant.tenant_id:
        raise AadstsError.of(700005)
    if code.is_redeemed:
        raise AadstsError.of(54005)
    if code.expires_at < time.time():
        raise AadstsError.of(70008)
    if form.get("redirect_uri") != code.redirect_uri:
        raise AadstsError.of(500112)
    digest = encoded(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
    if digest != code.challenge:
        raise AadstsError.of(501481)
    return code


def _checked_grant(call: Call, value: str) -> RefreshGrant:
    tenant = call.tenant
    grant = tenant.refresh_grants.get(value)
    if grant is None:
        raise AadstsError.of(70000)
    if tenant.settings.one_time_refresh and grant.is_used:
        revoke(tenant, family=grant.family)
        call.site.world.changed()
        raise AadstsError.of(70000)
    if grant.is_revoked:
        raise AadstsError.of(50173)
    if grant.used_at + tenant.settings.refresh_token_seconds < time.time():
        raise AadstsError.of(700082)
    return grant


def _active_person(tenant: Tenant, person_id: str) -> Person:
    person = tenant.people.get(person_id)
    if person is None:
        raise AadstsError.of(50034)
    if person.is_disabled:
        raise AadstsError.of(50057)
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


@dataclass(frozen=True)
class _Issue:
    """What an answer is made of."""

    person: Person
    scopes: list[str]
    sid: str
    family: str
    has_cp1: bool
    answered: int


def _issued(call: Call, issue: _Issue, *, nonce: str = "") -> dict[str, Any]:
    tenant, person = call.tenant, issue.person
    granted = scopes.granted(tenant, issue.scopes)
    seconds = claims.access_token_seconds(tenant, has_cp1=issue.has_cp1)
    payload: dict[str, Any] = {
        "token_type": "Bearer",
        "scope": granted.shown,
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": claims.access_token(
            call, person, granted, has_cp1=issue.has_cp1, answered=issue.answered
        ),
        "client_info": client_info(*claims.home_of(tenant, person)),
    }
    if tenant.settings.refresh_in is not None:
        payload["refresh_in"] = tenant.settings.refresh_in
    if "offline_access" in issue.scopes:
        payload["refresh_token"] = _new_refresh_token(tenant, issue)
    if "openid" in issue.scopes:
        payload["id_token"] = claims.id_token(call, person, issue.scopes, sid=issue.sid, nonce=nonce)
    call.site.world.changed()
    return payload


def _new_refresh_token(tenant: Tenant, issue: _Issue) -> str:
    value = f"1.SANDBOX.{secrets.token_urlsafe(48)}"
    _make_room(tenant)
    tenant.refresh_grants[value] = RefreshGrant(
        issue.family, issue.person.object_id, issue.scopes, issue.sid, time.time(), answered=issue.answered
    )
    return value
