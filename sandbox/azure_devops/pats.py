"""The PAT Lifecycle API: list, get, create and revoke, with the refusals that it answers with status 200."""

from __future__ import annotations

import time
import unicodedata
import uuid
from typing import Any

from sandbox.azure_devops import access, answers, dates, listing, policies, scopes
from sandbox.calls import Call
from sandbox.state import Organization, Pat, Person, Tenant, make_secret
from sandbox.wire import Response

_LONGEST_NAME = 255
_DEFAULT_DAYS = 30
_VERBS = {"GET": "list", "POST": "create", "PUT": "update", "DELETE": "revoke"}

_MESSAGES = {
    "displayNameRequired": "A display name is required.",
    "invalidDisplayName": "The display name is too long or contains characters that are not allowed.",
    "invalidValidTo": "The expiration date must lie in the future and within one year.",
    "invalidScope": "The scope is missing or unknown.",
    "authorizationNotFound": "The authorization was not found.",
    "disablePatCreationPolicyViolation": "Your organization restricts who creates personal access tokens.",
    "globalPATCreationBlocked": "Personal access tokens for all organizations can no longer be created.",
    "globalPatPolicyViolation": "Your administrator forbids personal access tokens for all organizations.",
    "fullScopePatPolicyViolation": "Your administrator forbids personal access tokens with full access.",
    "patLifespanPolicyViolation": "Your administrator limits the lifespan of personal access tokens.",
}


class PatRefusedError(Exception):
    """A PAT cannot be made; the argument is the `patTokenError`."""


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
        if call.verb in {"get", "revoke"}:
            return _one(call, organization, person)
    return answers.method_not_allowed("GET, POST, DELETE")


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
    return _result(call, listing.as_json(pat)) if pat else _refusal(call, "authorizationNotFound")


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
        return _refusal(call, "authorizationNotFound")
    if manner == "404":
        return answers.envelope(404, "VssServiceException", "The authorization was not found.")
    return Response(204)


def _create(call: Call, organization: Organization, person: Person) -> Response:
    try:
        order = call.request.json()
    except ValueError:
        message = "TF400898: An Internal Error Occurred. The JSON reader met something unexpected."
        return answers.envelope(400, "JsonReaderException", message, namespace="Newtonsoft.Json")
    if not _is_bindable(order):
        return answers.binding_error("The request body could not be bound to a PatTokenCreateRequest.")
    try:
        pat = _made(call.tenant, organization, person, order)
    except PatRefusedError as exc:
        return _refusal(call, str(exc))
    call.tenant.pats[pat.authorization_id] = pat
    call.site.world.changed()
    return _result(call, listing.as_json(pat) | {"token": pat.secret})


def _is_bindable(order: Any) -> bool:
    if not isinstance(order, dict):
        return False
    texts = (order.get("displayName"), order.get("scope"), order.get("validTo"))
    has_texts = all(one is None or isinstance(one, str) for one in texts)
    return has_texts and isinstance(order.get("allOrgs") or False, bool)


def _made(tenant: Tenant, organization: Organization, person: Person, order: dict[str, Any]) -> Pat:
    """Return the PAT that was ordered. Raises PatRefusedError by the first check that it fails."""
    now = dates.ticks(tenant.now())
    name = _wished_name(order.get("displayName"))
    valid_to = _wished_end(order.get("validTo"), now, tenant)
    scope = scopes.normalised(order.get("scope") or "")
    if scope is None:
        raise PatRefusedError("invalidScope")
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


def _wished_name(text: str | None) -> str:
    name = (text or "").strip()
    if not name:
        raise PatRefusedError("displayNameRequired")
    if len(name) > _LONGEST_NAME or any(unicodedata.category(one) in {"Cc", "Cs"} for one in name):
        raise PatRefusedError("invalidDisplayName")
    return name


def _wished_end(text: str | None, now: int, tenant: Tenant) -> int:
    if text is None:
        return now + _DEFAULT_DAYS * dates.TICKS_PER_DAY
    try:
        wished = dates.read(text)
    except dates.NotADateError as exc:
        raise PatRefusedError("invalidValidTo") from exc
    if not now < wished <= dates.ticks(dates.a_year_after(tenant.now())):
        raise PatRefusedError("invalidValidTo")
    return wished


def _refusal(call: Call, error: str) -> Response:
    return answers.json_answer(
        _with_message(call, {"patToken": None, "patTokenError": error}, _MESSAGES[error])
    )


def _result(call: Call, pat: dict[str, Any]) -> Response:
    return answers.json_answer(_with_message(call, {"patToken": pat, "patTokenError": "none"}, None))


def _with_message(call: Call, payload: dict[str, Any], message: str | None) -> dict[str, Any]:
    if access.describes_errors(access.version_of(call.request) or ""):
        return payload | {"patTokenErrorMessage": message}
    return payload
