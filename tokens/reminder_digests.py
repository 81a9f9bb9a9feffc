"""The digests of one person's day: of which kind a PAT is told, under which key, and what the day has had."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from tokens.models import OutgoingMail, Pat, global_stop_at

DIGESTS = (
    OutgoingMail.Kind.REMINDER_DIGEST,
    OutgoingMail.Kind.GLOBAL_STOP,
    OutgoingMail.Kind.WELCOME_DIGEST,
)
# A digest of this day, wherever that is, was due within these; being tried again only makes it due later.
_MADE_WITHIN = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Digests:
    """How many digests of each kind were made for one person's day, and what kinds that day has had.

    It has had those that were sent or still wait; one that told nothing counts as none. `untried` is of each
    kind one that nobody has begun to send, as far as can be told without a lock.
    """

    made: Mapping[OutgoingMail.Kind, int] = field(default_factory=dict)
    had: Collection[OutgoingMail.Kind] = ()
    untried: Mapping[OutgoingMail.Kind, UUID] = field(default_factory=dict)


def kind_of(pat: Pat) -> OutgoingMail.Kind:
    """Return the kind of digest for a PAT: that which Microsoft's stop ends has a warning of its own."""
    is_stopped = pat.is_global and pat.stops_at == global_stop_at() < pat.valid_to
    return OutgoingMail.Kind.GLOBAL_STOP if is_stopped else OutgoingMail.Kind.REMINDER_DIGEST


def mail_key(kind: OutgoingMail.Kind, user_id: int, day: date, *further: int) -> str:
    """Return the key of a mail of its kind for each person and day; further ones add numbers."""
    return ":".join([kind.value, str(user_id), day.isoformat(), *map(str, further)])


def untried(mails: Collection[UUID], *, now: datetime) -> QuerySet[OutgoingMail]:
    """Return those of `mails` that are due, in nobody's hands, and never were."""
    rows = OutgoingMail.objects.filter(pk__in=mails, due_at__lte=now, claimed_until=None, attempts=0)
    return rows.filter(sent_at=None, given_up_at=None, not_needed_at=None)


def digests_of(days: Mapping[int, date], *, now: datetime) -> dict[int, Digests]:
    """Return the digests that were made for people, by their ids, on the day that it is where they are."""
    made: dict[int, Counter[OutgoingMail.Kind]] = defaultdict(Counter)
    had: dict[int, set[OutgoingMail.Kind]] = defaultdict(set)
    waiting: dict[int, dict[OutgoingMail.Kind, UUID]] = defaultdict(dict)
    lately = OutgoingMail.objects.filter(user__in=days, kind__in=DIGESTS, due_at__gt=now - _MADE_WITHIN)
    for mail in lately.only("key", "kind", "user", "sent_at", "given_up_at", "not_needed_at", "attempts"):
        kind, user_id = OutgoingMail.Kind(mail.kind), mail.user_id or 0
        first = mail_key(kind, user_id, days[user_id])
        if mail.key != first and not mail.key.startswith(f"{first}:"):
            continue
        made[user_id][kind] += 1
        if mail.is_open_or_sent:
            # The first digest is of every kind.
            kinds = set(DIGESTS) if kind == OutgoingMail.Kind.WELCOME_DIGEST else {kind}
            had[user_id] |= kinds
            if mail.sent_at is None and not mail.attempts:
                waiting[user_id] |= dict.fromkeys(kinds, mail.pk)
    return {user_id: Digests(made[user_id], had[user_id], waiting[user_id]) for user_id in days}
