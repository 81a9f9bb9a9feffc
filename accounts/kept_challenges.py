"""Claims challenges on the way to the interactive sign-in that answers them.

Azure DevOps' waits in the person's grant. Entra's, of a sign-in that it refused half-way, waits in the
session in which that happened, one at a time and for ten minutes.
"""

import json
import time
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from accounts.challenges import checked_challenge

_SESSION_KEY = "claims_challenge"
_LIFE_SECONDS = 600


def keep_challenge(session: SessionBase, claims: str) -> None:
    """Remember what Entra asked for; what is no usable challenge is passed over."""
    checked = checked_challenge(claims) if claims else ""
    if checked:
        session[_SESSION_KEY] = {"claims": checked, "at": int(time.time())}


def kept_challenge(session: SessionBase) -> str:
    """Return what the next sign-in of this session has to carry, as JSON text, or ""."""
    kept = session.get(_SESSION_KEY)
    if kept is None or int(time.time()) - kept["at"] >= _LIFE_SECONDS:
        return ""
    return str(kept["claims"])


def forget_challenge(session: SessionBase) -> None:
    """Forget it: a sign-in has answered it."""
    session.pop(_SESSION_KEY, None)


def merged(first: str, second: str) -> str:
    """Return one challenge that asks for what both ask; where they differ, for what the second asks."""
    if not (first and second):
        return first or second
    wanted: dict[str, Any] = json.loads(first)
    for place, claims in json.loads(second).items():
        earlier = wanted.get(place)
        if isinstance(earlier, dict) and isinstance(claims, dict):
            wanted[place] = {**earlier, **claims}
        else:
            wanted[place] = claims
    # Together they may be too long for an address; what Entra asked for just now is the one that counts.
    return checked_challenge(json.dumps(wanted)) or second
