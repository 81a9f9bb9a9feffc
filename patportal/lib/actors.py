"""Who does something, as a value that is built at the edge and passed down.

Knows nothing of requests, models or sign-in: the edges translate into it.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    """What kind of actor stands behind an event."""

    PERSON = "person"
    SYSTEM = "system"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from: our own request id, the client's address and its user agent."""

    request_id: str = ""
    address: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """One actor; `tenant_id` and `object_id` are Entra's and empty for the system and operators."""

    kind: ActorKind
    label: str
    tenant_id: UUID | None = None
    object_id: UUID | None = None
    origin: Origin = Origin()


def system_actor(label: str, *, request_id: str = "") -> Actor:
    """Return the portal itself as an actor, for work that nobody started by hand.

    `label` names the part, for instance "settling"; `request_id` groups what one job does.
    """
    return Actor(kind=ActorKind.SYSTEM, label=label, origin=Origin(request_id=request_id))
