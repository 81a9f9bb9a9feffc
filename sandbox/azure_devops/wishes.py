"""What somebody wishes a PAT to be, checked in the order in which the service checks it."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any

from sandbox.azure_devops import answers, dates, scopes
from sandbox.azure_devops.verdicts import PatRefusedError
from sandbox.calls import Call
from sandbox.wire import Response

_LONGEST_NAME = 255


def read(call: Call, kind: str) -> dict[str, Any] | Response:
    """Return the order in a request's body, or the 400 of one that cannot be bound to that kind."""
    try:
        order = call.request.json()
    except ValueError:
        message = "TF400898: An Internal Error Occurred. The JSON reader met something unexpected."
        return answers.envelope(400, "JsonReaderException", message, namespace="Newtonsoft.Json")
    if not isinstance(order, dict) or not _is_bindable(order):
        return answers.binding_error(f"The request body could not be bound to a {kind}.")
    return order


def _is_bindable(order: dict[str, Any]) -> bool:
    texts = (order.get("displayName"), order.get("scope"), order.get("validTo"), order.get("authorizationId"))
    has_texts = all(one is None or isinstance(one, str) for one in texts)
    return has_texts and isinstance(order.get("allOrgs") or False, bool)


def name(text: str | None) -> str:
    """Return a wished name. Raises PatRefusedError."""
    wished = (text or "").strip()
    if not wished:
        raise PatRefusedError("displayNameRequired")
    if len(wished) > _LONGEST_NAME or any(unicodedata.category(one) in {"Cc", "Cs"} for one in wished):
        raise PatRefusedError("invalidDisplayName")
    return wished


def end(text: str, now: datetime) -> int:
    """Return a wished end in ticks. Raises PatRefusedError unless it is in the future and within a year."""
    try:
        wished = dates.read(text)
    except dates.NotADateError as exc:
        raise PatRefusedError("invalidValidTo") from exc
    if not dates.ticks(now) < wished <= dates.ticks(dates.a_year_after(now)):
        raise PatRefusedError("invalidValidTo")
    return wished


def scope(text: str | None) -> str:
    """Return wished scopes as one sorted string. Raises PatRefusedError."""
    wished = scopes.normalised(text or "")
    if wished is None:
        raise PatRefusedError("invalidScope")
    return wished
