"""The `claims` parameter: what an application says it can do, and which challenge it answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sandbox.entra.errors import AadstsError
from sandbox.state import Person, Tenant


@dataclass(frozen=True)
class ClaimsRequest:
    """A read claims parameter; `not_before` is 0 when it answers no challenge."""

    has_cp1: bool = False
    not_before: int = 0
    text: str = ""


def read(text: str | None) -> ClaimsRequest:
    """Return what a claims parameter asks for. Raises AadstsError for anything but a JSON object."""
    if not text:
        return ClaimsRequest()
    try:
        wanted = json.loads(text).get("access_token") or {}
        capabilities = _entry(wanted, "xms_cc").get("values") or []
        not_before = int(_entry(wanted, "nbf").get("value") or 0)
    except (ValueError, TypeError, AttributeError) as exc:
        detail = "The value of the parameter 'claims' is not a JSON object as the protocol describes it."
        raise AadstsError.of(90014, detail=detail) from exc
    return ClaimsRequest("cp1" in {str(one).lower() for one in capabilities}, not_before, text)


def _entry(wanted: dict[str, Any], name: str) -> dict[str, Any]:
    return wanted.get(name) or {}


def answered(
    tenant: Tenant, person: Person, asked: ClaimsRequest, *, so_far: int, is_interactive: bool
) -> int:
    """Return the moment of the latest challenge that is answered now; `so_far` that of earlier answers.

    Raises AadstsError where only a sign-in that the person sees can answer it.
    """
    challenge = tenant.challenges.get(person.object_id)
    if challenge is None or asked.not_before < challenge.not_before or challenge.is_met_by(so_far):
        return so_far
    if challenge.kind == "mfa" and not is_interactive:
        raise AadstsError(50076, "interaction_required", suberror="basic_action", claims=challenge.claims)
    return so_far if challenge.kind == "network" else asked.not_before
