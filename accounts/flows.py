"""Sign-ins under way: kept in the session that started them, several at a time, each good for one return.

A session alone cannot make a return single-use (two requests at once both read it before one writes), so the
return is claimed by a row of its own.
"""

import hashlib
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase, UpdateError

from accounts.models import SpentFlow

_SESSION_KEY = "entra_flows"
_MOST_FLOWS = 5
_LIFE_SECONDS = 600
_CLAIM_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class TakenFlow:
    """MSAL's flow with the path that the person wanted to go to.

    `tenant_id` is the tenant that they were sent to, None for the home tenant; `challenged` the username of
    the person whose claims challenge went with it, or empty.
    """

    flow: dict[str, Any] = field(repr=False)
    next_path: str
    tenant_id: UUID | None = None
    challenged: str = ""


def keep_flow(
    session: SessionBase,
    flow: dict[str, Any],
    *,
    next_path: str,
    tenant_id: UUID | None = None,
    challenged: str = "",
) -> None:
    """Remember `flow` for 10 minutes; of more than five the oldest is forgotten."""
    flows = _live_flows(session)
    flows[flow["state"]] = {
        "flow": flow,
        "created_at": int(time.time()),
        "next": next_path,
        "tenant": str(tenant_id or ""),
        "challenged": challenged,
    }
    # Dictionaries keep their order: what was added last stays.
    session[_SESSION_KEY] = dict(list(flows.items())[-_MOST_FLOWS:])


def take_flow(session: SessionBase, state: str, *, now: datetime) -> TakenFlow | None:
    """Return the flow of `state` and make sure that nobody gets it again; None where there is none.

    The session is saved before this returns.
    """
    flows = _live_flows(session)
    entry = flows.pop(state, None)
    if entry is None:
        return None
    session[_SESSION_KEY] = flows
    try:
        session.save()
    except UpdateError:
        return None  # the session was ended by another request meanwhile
    finally:
        # What this request knows of it grows old while Entra is asked: only a sign-in writes it again.
        session.modified = False
    if not _claim(state, now=now):
        return None
    return TakenFlow(
        flow=entry["flow"],
        next_path=entry["next"],
        tenant_id=UUID(entry["tenant"]) if entry["tenant"] else None,
        challenged=entry["challenged"],
    )


def _live_flows(session: SessionBase) -> dict[str, dict[str, Any]]:
    oldest = int(time.time()) - _LIFE_SECONDS
    flows = session.get(_SESSION_KEY, {})
    return {state: entry for state, entry in flows.items() if entry["created_at"] > oldest}


def _claim(state: str, *, now: datetime) -> bool:
    """Write the row that only one request can write; rows of flows long dead are cleared away."""
    SpentFlow.objects.filter(spent_at__lt=now - _CLAIM_LIFE).delete()
    state_hash = hashlib.sha256(state.encode()).hexdigest()
    _, is_ours = SpentFlow.objects.get_or_create(state_hash=state_hash, defaults={"spent_at": now})
    return is_ours
