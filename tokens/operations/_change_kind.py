"""The verbs that change a PAT which goes on to exist, with the events that tell of each."""

from dataclasses import dataclass

from tokens.models import EventType, Operation
from tokens.operations._remote import FailureEvents


@dataclass(frozen=True, kw_only=True)
class ChangeKind:
    """One such verb: the events of its intent, its outcome, and of an outcome that had to be found out.

    `lengthens` says that it makes no sense for a PAT that is about to end.
    """

    verb: Operation.Verb
    requested: EventType
    done: EventType
    settled: EventType
    failures: FailureEvents
    lengthens: bool = False


UPDATE = ChangeKind(
    verb=Operation.Verb.UPDATE,
    requested=EventType.PAT_UPDATE_REQUESTED,
    done=EventType.PAT_UPDATED,
    settled=EventType.PAT_UPDATE_SETTLED,
    failures=FailureEvents(
        refused=EventType.PAT_UPDATE_REFUSED,
        failed=EventType.PAT_UPDATE_FAILED,
        answer_lost=EventType.PAT_UPDATE_ANSWER_LOST,
    ),
)
EXTEND = ChangeKind(
    verb=Operation.Verb.EXTEND,
    requested=EventType.PAT_EXTEND_REQUESTED,
    done=EventType.PAT_EXTENDED,
    settled=EventType.PAT_EXTEND_SETTLED,
    failures=FailureEvents(
        refused=EventType.PAT_EXTEND_REFUSED,
        failed=EventType.PAT_EXTEND_FAILED,
        answer_lost=EventType.PAT_EXTEND_ANSWER_LOST,
    ),
    lengthens=True,
)
END = ChangeKind(
    verb=Operation.Verb.END,
    requested=EventType.PAT_END_REQUESTED,
    done=EventType.PAT_END_SET,
    settled=EventType.PAT_END_SETTLED,
    failures=FailureEvents(
        refused=EventType.PAT_END_REFUSED,
        failed=EventType.PAT_END_FAILED,
        answer_lost=EventType.PAT_END_ANSWER_LOST,
    ),
)
KINDS: dict[str, ChangeKind] = {kind.verb: kind for kind in (UPDATE, EXTEND, END)}
