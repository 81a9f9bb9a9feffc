"""What can be wrong with the chain of the audit log, and the sentence for it.

Lasting facts may stand in a sentence; what people typed may not, for it can be erased.
"""

from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """What is wrong; a chain that is whole has none of them."""

    MISSING = "missing"
    ALTERED = "altered"
    PERSONAL_ALTERED = "personal_altered"
    OUT_OF_ORDER = "out_of_order"
    GAP = "gap"
    UNLINKED = "unlinked"
    WRONG_HASH = "wrong_hash"
    WRONG_PREDECESSOR = "wrong_predecessor"
    CHECKPOINT_DIFFERS = "checkpoint_differs"
    BEHIND_CHECKPOINT = "behind_checkpoint"
    ERASED_WITHOUT_RECORD = "erased_without_record"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: where, of which event, what, and in words."""

    position: int | None
    event_id: int | None
    kind: FindingKind
    sentence: str


class ExportRefused(Exception):
    """The log is not the one that was exported before; the message says what is wrong."""


class SigningRefused(Exception):
    """The chain is not what the newest checkpoint vouches for; the message says what is wrong."""


class ErasureDisturbed(Exception):
    """Events about the person went on being written meanwhile; nothing was erased."""
