"""The values that pass between the portal and the Azure DevOps client.

They exist so that nobody outside this package ever handles JSON, headers or a bare secret. They know nothing
of HTTP, Django or the rest of the portal.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NoReturn, Protocol, SupportsIndex, final
from uuid import UUID

_MASK = "Secret(********)"


@final
class Secret:
    """Text that may be seen only by whoever calls `reveal()`.

    It masks itself wherever text is made of it, cannot be pickled, copied or put into JSON, and compares in
    constant time.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the plaintext: the word to search for in a review."""
        return self._text

    def __repr__(self) -> str:
        return _MASK

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return _MASK

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_octets(self._text), _octets(other._text))

    __hash__ = None  # type: ignore[assignment]  # a hash would tell something about the plaintext

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("A secret is neither pickled nor copied.")


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


class PatFilter(StrEnum):
    """Which PATs a list contains, in the words of the API."""

    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class PatMetadata:
    """All that Azure DevOps tells about a PAT; moments are aware and in UTC.

    `activity_id` is that of the answer, "" in a list: it says nothing of the PAT, and is not compared.
    """

    authorization_id: UUID
    display_name: str
    scopes: frozenset[str]
    target_accounts: tuple[UUID, ...] | None
    valid_from: datetime
    valid_to: datetime
    activity_id: str = field(default="", compare=False)

    @property
    def is_global(self) -> bool:
        """Tell whether the PAT works in every organization of its owner."""
        return self.target_accounts is None


@dataclass(frozen=True, slots=True)
class NewPat:
    """A PAT that was just created, with the only copy of its secret."""

    metadata: PatMetadata
    secret: Secret
    activity_id: str


@dataclass(frozen=True, slots=True)
class Connection:
    """Which organization stands behind a name; `tenant_id` is all zeros where no Entra tenant backs it."""

    instance_id: UUID
    tenant_id: UUID | None


@dataclass(frozen=True, slots=True)
class Probe:
    """What somebody without an access token learns about an organization.

    `status` is None where no answer came, and `reason` then says why. `tenant_id` is all zeros where no
    Entra tenant backs the organization. `clock_offset` is the server's clock minus ours.
    """

    status: int | None
    reason: str = ""
    tenant_id: UUID | None = None
    clock_offset: timedelta | None = None
    is_offline: bool = False

    @property
    def is_reachable(self) -> bool:
        """Tell whether anybody answered."""
        return self.status is not None

    @property
    def is_found(self) -> bool:
        """Tell whether the name seems to stand for an organization."""
        return self.status is not None and self.status != 404 and self.status < 500


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long one attempt may take, in seconds.

    `connect` bounds each of three steps: connecting (TCP, proxy and TLS together), sending the header,
    sending the body. `read` bounds the whole answer, from the end of sending to its last byte.
    """

    connect: float = 5
    read: float = 60

    def __post_init__(self) -> None:
        if min(self.connect, self.read) <= 0:
            raise ValueError("Timeouts are positive numbers of seconds.")

    @property
    def attempt_seconds(self) -> float:
        """Return the longest that one attempt can take, in seconds."""
        return 3 * self.connect + self.read


class AccessTokenSource(Protocol):
    """Gives the Entra access token of the person for whom the client acts.

    With `fresh` the one that it gave last was refused, and another is wanted; `claims` is the challenge that
    came with the refusal, base64 as sent. If one comes with the refusal of that other as well, the source is
    called again, which is its occasion to raise; what it gives instead is tried, up to the third in all.
    Whatever it raises passes through the client unchanged and means that nothing took effect.
    """

    def __call__(self, *, fresh: bool = False, claims: str = "") -> str: ...
