"""The PAT Lifecycle API: list, get, create, update, revoke, and the refusals that come with status 200."""

from __future__ import annotations

import time
import uuid
from typing import Any

from sandbox.azure_devops import access, answers, dates, listing, policies, updates, verdicts, wishes
from sandbox.azure_devops.verdicts import PatRefusedError
from sandbox.calls import Call
from sandbox.state import Organization, Pat, Person, Tenant, make_secret
from sandbox.wire import Response

_DEFAULT_DAYS = 30
_VERBS = {"GET": "list", "POST": "create", "PUT": "update", "DELETE": "revoke"}


def verb_of(call_method: str, *, has_id: bool) -> str:
    """Return the operation that a method means on the resource."""
    return "get" if call_method == "GET" and has_id else _VERBS.get(call_method, call_method.lower())


def answer(call: Call) -> Response:
    """Answer one call of the resource."""
    caller = access.caller_of(call.site, call.request)
    needed = access.READING_SCOPES if call.verb in {"list", "get"} else access.WRITING_SCOPES
    denied = access.denial(call, caller, needed)
    if denied is not None or caller is None or call.organization is None:
        return answers.stamped(call, denied or answers.unknown_place())
    version = access.version_of(call.request)
    response = access.version_error(version) or _operation(call, call.organization, caller.person)
    if response.status < 300 and response.body:
        shown = access.shown_version(version)
        response.replace_header("Content-Type", f"application/json; charset=utf-8; api-version={shown}")
    response.headers.append(access.user_data(caller))
    return answers.stamped(call, response)


def _operation(call: Call, organization: Organization, person: Person) -> Response:
    with call.site.world.lock:
        if call.verb == "list":
            return listing.page(call.tenant, organization, person, call.request)
        if call.verb == "create":
            return _create(call, organization, person)
        if call.verb == "update":
            return updates.answer(call, organization, person)
        if call.verb in {"get", "revoke"}:
            return _one(call, organization, person)
    return answers.method_not_allowed("GET, POST, PUT, DELETE")


def _one(call: Call, organization: Organization, person: Person) -> Response:
    text = call.request.argument("authorizationId") or ""
    try:
        authorization_id = str(uuid.UUID(text))
    except ValueError:
        return answers.binding_error(f"The value '{text}' is not valid for authorizationId.")
    pat = call.tenant.pats.get(authorization_id)
    if pat is not None and not listing.is_visible(pat, organization, person):
        pat = None
    if call.verb == "revoke":
        return _revoke(call, pat)
    return (
        verdicts.result(call, listing.as_json(pat))
        if pat
        else verdicts.refusal(call, "authorizationNotFound")
    )


def _revoke(call: Call, pat: Pat | None) -> Response:
    if pat is None:
        return _unknown_revoke(call)
    if not pat.is_revoked:
        pat.is_revoked = True
        pat.revoked_at = time.time()
        call.site.world.changed()
    return Response(204)


def _unknown_revoke(call: Call) -> Response:
    manner = call.tenant.settings.unknown_revoke
    if manner == "enum":
        return verdicts.refusal(call, "authorizationNotFound")
    if manner == "404":
        return answers.envelope(404, "VssServiceException", "The authorization was not found.")
    return Response(204)


def _create(call: Call, organization: Organization, person: Person) -> Response:
    order = wishes.read(call, "PatTokenCreateRequest")
    if isinstance(order, Response):
        return order
    try:
        pat = _made(call.tenant, organization, person, order)
    except PatRefusedError as exc:
        return verdicts.refusal(call, str(exc))
    call.tenant.pats[pat.authorization_id] = pat
    call.site.world.changed()
    return verdicts.result(call, listing.as_json(pat) | {"token": pat.secret})


def _made(tenant: Tenant, organization: Organization, person: Person, order: dict[str, Any]) -> Pat:
    """Return the PAT that was ordered. Raises PatRefusedError by the first check that it fails."""
    moment = tenant.now()
    now = dates.ticks(moment)
    name = wishes.name(order.get("displayName"))
    wished = order.get("validTo")
    valid_to = now + _DEFAULT_DAYS * dates.TICKS_PER_DAY if wished is None else wishes.end(wished, moment)
    scope = wishes.scope(order.get("scope"))
    rules = policies.policies_of(tenant, organization)
    error = policies.violation(rules, person, scope, is_global=bool(order.get("allOrgs")))
    if error is not None:
        raise PatRefusedError(error)
    end = policies.allowed_end(rules, now, valid_to)
    if end is None:
        raise PatRefusedError("patLifespanPolicyViolation")
    return Pat(
        authorization_id=str(uuid.uuid4()),
        owner_id=person.object_id,
        display_name=name,
        scope=scope,
        organization_id=organization.instance_id,
        valid_from=now,
        valid_to=end,
        secret=make_secret(),
        created_at=time.time(),
    )
