"""What stands in somebody's way: challenges of Azure DevOps and refusals of Entra that wait for them.

Plain records that outlive the process; the surfaces decide when they strike.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

CHALLENGE_KINDS = ("revoked", "mfa", "network")


@dataclass
class Challenge:
    """Azure DevOps wants newer access tokens of one person: issued with the claim `nbf` of this value."""

    kind: str
    not_before: int

    @property
    def claims(self) -> str:
        """Return the claims request as JSON text, as Azure DevOps sends it inside base64."""
        wanted: dict[str, object] = {"nbf": {"essential": True, "value": str(self.not_before)}}
        if self.kind == "network":
            wanted["xms_rp_ipaddr"] = {"value": "203.0.113.7"}
        return json.dumps({"access_token": wanted}, separators=(",", ":"))

    def is_met_by(self, answered: int) -> bool:
        """Tell whether an access token that answered the challenge of that moment will do."""
        return self.kind != "network" and answered >= self.not_before


def next_challenge(kind: str, earlier: Challenge | None) -> Challenge:
    """Return a challenge that no access token meets yet. Raises ValueError for an unknown kind."""
    if kind not in CHALLENGE_KINDS:
        raise ValueError(f"kind is one of {CHALLENGE_KINDS}")
    # A second one within the same second must not be met by what met the first.
    return Challenge(kind, max(int(time.time()), earlier.not_before + 1 if earlier else 0))


@dataclass
class StandingRefusal:
    """Entra refuses with a number: one person or everybody, at one place or wherever it raises it.

    `times` None lasts until it is removed; `policy_id` names the rule in the claims that go with it.
    """

    number: int
    person_id: str | None
    place: str | None
    times: int | None
    policy_id: str
