"""Changing a PAT: what is left out stays, the secret and the moment of its making stay always."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from sandbox.azure_devops import answers, dates, listing, policies, verdicts, wishes
from sandbox.azure_devops.policies import Policies
from sandbox.azure_devops.verdicts import PatRefusedError
from sandbox.calls import Call
from sandbox.state import Organization, Pat, Person, Tenant
from sandbox.wire import Response


def answer(call: Call, organization: Organization, person: Person) -> Response:
    """Answer one update."""
    order = wishes.read(call, "PatTokenUpdateRequest")
    if isinstance(order, Response):
        return order
    text = order.get("authorizationId") or ""
    try:
        authorization_id = str(uuid.UUID(text))
    except ValueError:
        return answers.binding_error(f"The value '{text}' is not valid for authorizationId.")
    try:
        pat = _changeable(call.tenant, organization, person, authorization_id)
        changed = _changed(call.tenant, organization, pat, order)
    except PatRefusedError as exc:
        return verdicts.refusal(call, str(exc))
    call.tenant.pats[authorization_id] = changed
    call.site.world.changed()
    return verdicts.result(call, listing.as_json(changed))


def _changeable(tenant: Tenant, organization: Organization, person: Person, authorization_id: str) -> Pat:
    pat, settings = tenant.pats.get(authorization_id), tenant.settings
    if pat is None or pat.owner_id != person.object_id:
        raise PatRefusedError("authorizationNotFound")
    if not listing.is_visible(pat, organization, person) and settings.foreign_update != "allowed":
        raise PatRefusedError("authorizationNotFound")
    status = listing.status_of(pat, dates.ticks(tenant.now()))
    if status == "revoked":
        raise PatRefusedError(settings.revoked_update)
    if status == "expired" and settings.expired_update != "allowed":
        raise PatRefusedError("expiredPatCannotBeExtended")
    return pat


def _changed(tenant: Tenant, organization: Organization, pat: Pat, order: dict[str, Any]) -> Pat:
    """Return the PAT as ordered. Raises PatRefusedError by the first check that it fails."""
    name = pat.display_name if order.get("displayName") is None else wishes.name(order["displayName"])
    wished_end = None if order.get("validTo") is None else wishes.end(order["validTo"], tenant.now())
    scope = pat.scope if order.get("scope") is None else wishes.scope(order["scope"])
    rules = policies.policies_of(tenant, organization)
    error = policies.change_violation(rules, pat.scope, scope, makes_global=bool(order.get("allOrgs")))
    if error is not None:
        raise PatRefusedError(error)
    valid_to = pat.valid_to if wished_end is None else _end(tenant, rules, pat, wished_end)
    place = organization.instance_id if order.get("allOrgs") is False else pat.organization_id
    return replace(pat, display_name=name, scope=scope, valid_to=valid_to, organization_id=place)


def _end(tenant: Tenant, rules: Policies, pat: Pat, wished: int) -> int:
    """Return the end that a PAT gets for the one that is wished. Raises PatRefusedError."""
    if wished < pat.valid_to and tenant.settings.shortening != "allowed":
        if tenant.settings.shortening == "ignored":
            return pat.valid_to
        raise PatRefusedError("invalidValidTo")
    allowed = policies.allowed_end(rules, pat.valid_from, wished)
    # A maximum that counts from the making may be over by now, and is then no end to grant.
    if allowed is None or allowed <= dates.ticks(tenant.now()):
        raise PatRefusedError("patLifespanPolicyViolation")
    return allowed
