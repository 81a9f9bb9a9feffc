"""`connectionData`: which organization this is, of which tenant, and who asks."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from sandbox.azure_devops import access, answers
from sandbox.calls import Call
from sandbox.wire import Response


def answer(call: Call) -> Response:
    """Answer one call; any bearer of a member will do."""
    if call.request.method != "GET":
        return answers.stamped(call, answers.method_not_allowed("GET"))
    caller = access.caller_of(call.site, call.request)
    denied = access.denial(call, caller, caller.scopes if caller else frozenset())
    if denied is not None or caller is None or call.organization is None:
        return answers.stamped(call, denied or answers.unknown_place())
    named = access.version_of(call.request)
    response = access.version_error(named) if named else None
    if response is None:
        payload = _payload(call.organization.instance_id, _identity(caller))
        response = answers.json_answer(payload, version=access.shown_version(named))
    response.headers.append(access.user_data(caller))
    return answers.stamped(call, response)


def _identity(caller: access.Caller) -> dict[str, Any]:
    identity = answers.identity_id(caller.tenant, caller.person)
    account = caller.person.user_name
    described = base64.urlsafe_b64encode(uuid.UUID(identity).bytes).decode().rstrip("=")
    return {
        "id": identity,
        "descriptor": f"Microsoft.IdentityModel.Claims.ClaimsIdentity;{caller.tenant.tenant_id}\\{account}",
        "subjectDescriptor": f"aad.{described}",
        "providerDisplayName": caller.person.name,
        "isActive": True,
        "properties": {"Account": {"$type": "System.String", "$value": account}},
        "resourceVersion": 2,
        "metaTypeId": 0,
    }


def _payload(instance_id: str, identity: dict[str, Any]) -> dict[str, Any]:
    return {
        "authenticatedUser": identity,
        "authorizedUser": identity,
        "instanceId": instance_id,
        "deploymentId": str(uuid.uuid5(uuid.UUID(instance_id), "deployment")),
        "deploymentType": "hosted",
        "locationServiceData": {
            "serviceOwner": str(uuid.UUID(int=0)),
            "defaultAccessMappingMoniker": "HostGuidAccessMapping",
        },
    }
