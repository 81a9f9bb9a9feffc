"""What is still going on for a person, to be known before the portal's access is taken away."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from tokens.bulk_queries import unfinished_counts
from tokens.models import BulkChange, Operation, Pat

_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class UnfinishedWork:
    """Operations without an outcome, bulk changes with what is left, ends to come, unconfirmed secrets."""

    operations: list[Operation]
    bulks: list[tuple[BulkChange, int, int]]
    ending: list[Pat]
    unreceived: list[Pat]

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is going on."""
        return not (self.operations or self.bulks or self.ending or self.unreceived)


def unfinished_work(user: User, *, now: datetime) -> UnfinishedWork:
    """Return what is going on for the person, of each kind the first few: four queries."""
    pats = Pat.objects.active(now=now).filter(user=user, revocation_sent_at=None)
    open_ones = Operation.objects.filter(user=user, finished_at=None).select_related(
        "organization", "pat", "replaces"
    )
    ending = pats.filter(ends_at__isnull=False).order_by("ends_at")
    unreceived = pats.filter(issued_at__isnull=False, received_at=None).order_by("issued_at")
    return UnfinishedWork(
        operations=list(open_ones.order_by("requested_at")[:_MOST_SHOWN]),
        bulks=unfinished_counts(user),
        ending=list(ending[:_MOST_SHOWN]),
        unreceived=list(unreceived[:_MOST_SHOWN]),
    )
