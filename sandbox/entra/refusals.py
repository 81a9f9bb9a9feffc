"""Refusals that were ordered: they strike at the place where Entra raises their number."""

from __future__ import annotations

import json
import uuid
from typing import Any

from sandbox.calls import Call
from sandbox.conditions import StandingRefusal
from sandbox.entra import numbers
from sandbox.entra.errors import AadstsError
from sandbox.state import Person, Tenant

_WITH_CLAIMS = ("basic_action", "additional_action")


def ordered(number: int, person: Person | None, *, place: str | None, times: int | None) -> StandingRefusal:
    """Return a refusal that waits. Raises ValueError for what the table does not know."""
    if not numbers.is_known(number):
        raise ValueError(f"refusals.tsv has no {number}; a fault can answer with any number")
    if place not in {None, *numbers.PLACES}:
        raise ValueError(f"place is one of {numbers.PLACES}")
    if times is not None and not (isinstance(times, int) and times > 0):
        raise ValueError("times is a positive number or null")
    person_id = person.object_id if person else None
    return StandingRefusal(number, person_id, place, times, str(uuid.uuid4()))


def strike(call: Call, place: str) -> None:
    """Raise AadstsError when a refusal waits for the person of a call at a place."""
    with call.site.world.lock:
        waiting = call.tenant.refusals
        for key, refusal in waiting.items():
            if _is_meant(refusal, call.person, place):
                _use_up(waiting, key)
                call.site.world.changed()
                raise _error(refusal, place)


def _is_meant(refusal: StandingRefusal, person: Person | None, place: str) -> bool:
    if refusal.person_id is not None and (person is None or person.object_id != refusal.person_id):
        return False
    if refusal.place is None:
        return numbers.is_raised_at(refusal.number, place)
    return refusal.place == place or (refusal.place == "token" and place in {"code", "refresh"})


def _use_up(waiting: dict[str, StandingRefusal], key: str) -> None:
    refusal = waiting[key]
    if refusal.times is not None:
        refusal.times -= 1
        if refusal.times == 0:
            del waiting[key]


def _error(refusal: StandingRefusal, place: str) -> AadstsError:
    error = AadstsError.of(refusal.number, place)
    if error.suberror in _WITH_CLAIMS and place in {"code", "refresh"}:
        wanted: dict[str, Any] = {"capolids": {"essential": True, "values": [refusal.policy_id]}}
        error.claims = json.dumps({"access_token": wanted}, separators=(",", ":"))
    return error


def satisfy(tenant: Tenant, person: Person, claims: str) -> None:
    """End a person's refusals whose claims came back with a sign-in that the person saw."""
    met = [
        key
        for key, one in tenant.refusals.items()
        if one.person_id == person.object_id and one.policy_id in claims
    ]
    for key in met:
        del tenant.refusals[key]
