"""What the control interface is asked to put into people's way, and what it shows of it."""

from __future__ import annotations

import uuid
from dataclasses import asdict, fields
from typing import Any

from sandbox import orders
from sandbox.conditions import next_challenge
from sandbox.credentials import Credential, credential, new_identity
from sandbox.entra import refusals
from sandbox.orders import UnknownThingError
from sandbox.state import Tenant


def challenges(method: str, tenant: Tenant, path: list[str], body: dict[str, Any]) -> Any:
    """Challenge a person, or end what challenges them."""
    if method == "POST" and not path:
        orders.known(body, {"person", "kind"})
        person = orders.found_person(tenant, body["person"])
        made = next_challenge(body.get("kind", "revoked"), tenant.challenges.get(person.object_id))
        tenant.challenges[person.object_id] = made
    elif method == "DELETE" and len(path) == 1:
        tenant.challenges.pop(orders.found_person(tenant, path[0]).object_id, None)
    elif method != "GET" or path:
        return None
    return {
        "challenges": [
            {"person": person_id, "kind": one.kind, "claims": one.claims}
            for person_id, one in tenant.challenges.items()
        ]
    }


def waiting_refusals(method: str, tenant: Tenant, path: list[str], body: dict[str, Any]) -> Any:
    """Order a refusal of Entra, or end one or all of them."""
    made = None
    if method == "POST" and not path:
        orders.known(body, {"number", "person", "place", "times"})
        person = orders.found_person(tenant, body["person"]) if body.get("person") else None
        made = str(uuid.uuid4())
        tenant.refusals[made] = refusals.ordered(
            int(body["number"]), person, place=body.get("place"), times=body.get("times")
        )
    elif method == "DELETE" and len(path) <= 1:
        for key in path or list(tenant.refusals):
            tenant.refusals.pop(key, None)
    elif method != "GET" or path:
        return None
    return {"refusal_id": made, "refusals": {key: asdict(one) for key, one in tenant.refusals.items()}}


def credentials(method: str, tenant: Tenant, path: list[str], body: dict[str, Any]) -> Any:
    """Register a credential of the application, change its end, or withdraw it."""
    made = None
    if method == "POST" and not path:
        orders.known(body, {one.name for one in fields(Credential)})
        made = str(uuid.uuid4())
        tenant.credentials[made] = credential(body)
    elif len(path) == 1 and method in {"PATCH", "DELETE"}:
        if path[0] not in tenant.credentials:
            raise UnknownThingError(path[0])
        if method == "DELETE":
            del tenant.credentials[path[0]]
        else:
            orders.known(body, {"expires_at"})
            tenant.credentials[path[0]].expires_at = body["expires_at"]
    elif method != "GET" or path:
        return None
    return {
        "credential_id": made,
        "credentials": {key: asdict(one) for key, one in tenant.credentials.items()},
    }


def identities(tenant: Tenant, body: dict[str, Any], *, address: str, issuer: str) -> Any:
    """Make a managed identity; unless told otherwise, the application trusts it."""
    orders.known(body, {"is_trusted"})
    made = new_identity()
    tenant.identities[made.client_id] = made
    if body.get("is_trusted", True):
        order = {"kind": "federated", "value": "", "issuer": issuer, "subject": made.object_id}
        tenant.credentials[str(uuid.uuid4())] = credential(order)
    return asdict(made) | {"endpoint": address}
