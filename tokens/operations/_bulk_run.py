"""One lane of a bulk change: takes the next PAT, carries out the ordinary operation, and goes on.

After a while it makes way and enqueues itself again, so that others get their turn in the worker. It knows
the operations by their functions only; what became of each is their business, and settling's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from patportal.lib.actors import Actor
from tokens import enqueue
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.bulk_queries import BEING_REVOKED, INTERRUPTED, STOPPED, pause_of
from tokens.errors import (
    Busy,
    EntraUnavailable,
    GrantBusy,
    PortalMisconfigured,
    RefusedOddly,
    SignInNeeded,
    Throttled,
    TokensError,
)
from tokens.models import BulkChange, BulkItem, Operation
from tokens.operations._bulk_items import (
    MOST_TRIES,
    Claim,
    claim_next,
    conclude,
    end_waiting,
    give_back,
    item_key,
    operation_of,
    pause,
)
from tokens.operations._extend import extend_pat
from tokens.operations._guard import Seen
from tokens.operations._remote import Clock
from tokens.operations._revoke import revoke_pat
from tokens.operations._translate import error_code

# How long a lane keeps its place in the worker.
SLICE = timedelta(seconds=20)
# One list confirms all revocations that it shows; so the confirmations come after some more were sent.
CONFIRM_AFTER = timedelta(seconds=15)
BUSY_PAUSE = timedelta(seconds=3)
# Where Azure DevOps asks to slow down and does not say for how long; and the longest that is believed.
USUAL_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)

# What concerns the person and not the PAT: every other one would end the same way.
GRANT_ERRORS = (SignInNeeded, RefusedOddly, PortalMisconfigured)
_PASSING = {Busy.code, GrantBusy.code, Throttled.code, EntraUnavailable.code}


@dataclass(frozen=True, kw_only=True)
class _Work:
    client: AzureDevOpsClient
    actor: Actor
    clock: Clock


def run_bulk(
    *,
    bulk_id: UUID,
    lane: int,
    client: AzureDevOpsClient,
    actor: Actor,
    now: datetime,
    lasts: timedelta = SLICE,
) -> None:
    """Carry out the bulk change, one PAT after the other, until nothing waits or others are to have a turn.

    After it `lasts`, or where it is to wait, the lane enqueues itself. Safe to run twice and beside others: a
    PAT is one lane's at a time. Whatever Azure DevOps answers is the result of that PAT.
    """
    work, wait_until = _Work(client=client, actor=actor, clock=Clock(now)), now
    while wait_until <= work.clock.now() < now + lasts:
        claim = claim_next(bulk_id, now=work.clock.now())
        if claim is None:
            break
        wait_until = _carry_out(claim, work) or now
    _go_on(bulk_id, lane, wait_until=wait_until, now=work.clock.now())


def end_bulk(*, bulk_id: UUID, error: TokensError, actor: Actor, now: datetime) -> None:
    """Conclude all that waits as not done because of `error`, which stands in the way of every call."""
    end_waiting(bulk_id, code=error_code(error), activity_id=error.activity_id, actor=actor, now=now)


def _go_on(bulk_id: UUID, lane: int, *, wait_until: datetime, now: datetime) -> None:
    """Enqueue the lane again while something waits: at once, after its pause, or after that of the person."""
    bulk = BulkChange.objects.select_related("user").get(pk=bulk_id)
    if not bulk.items.filter(state=BulkItem.State.WAITING).exists():
        return
    at = max(wait_until, pause_of(bulk.user, now=now) or now)
    enqueue.run_bulk(bulk_id=bulk_id, user_id=bulk.user_id, lane=lane, at=at if at > now else None)


def _carry_out(claim: Claim, work: _Work) -> datetime | None:
    """Bring one PAT to its result, or back among those that wait; returns until when the lane is to pause."""
    item, operation, error = claim.item, claim.operation, None
    if operation is None:
        if reason := _reason_against(item):
            conclude(item, None, code=reason)
            return None
        try:
            operation = _act(item, work)
        except TokensError as exc:
            operation, error = operation_of(item), exc
    code = error_code(error) if error else _code_of(operation) if operation else ""
    if code in _PASSING:
        return _try_later(item, operation, error, code=code, work=work)
    conclude(item, operation, code=code, activity_id=error.activity_id if error else "")
    if isinstance(error, GRANT_ERRORS):
        end_bulk(bulk_id=item.bulk_id, error=error, actor=work.actor, now=work.clock.now())
    return None


def _reason_against(item: BulkItem) -> str:
    """Return why the PAT is to be left alone, "" where nothing speaks against its operation."""
    if item.bulk.stopped_at is not None:
        return STOPPED
    if item.tries >= MOST_TRIES:
        return INTERRUPTED
    revocations = Operation.objects.filter(pat=item.pat, verb=Operation.Verb.REVOKE, finished_at__isnull=True)
    is_wanted = item.bulk.verb == BulkChange.Verb.REVOKE and not item.pat.is_revoked
    return BEING_REVOKED if is_wanted and revocations.exists() else ""


def _act(item: BulkItem, work: _Work) -> Operation:
    match BulkChange.Verb(item.bulk.verb):
        case BulkChange.Verb.EXTEND:
            return _extend(item, work)
        case BulkChange.Verb.REVOKE:
            return revoke_pat(
                key=item_key(item),
                actor=work.actor,
                owner=item.bulk.user,
                pat=item.pat,
                client=work.client,
                now=work.clock.now(),
                confirm_after=CONFIRM_AFTER,
            )


def _extend(item: BulkItem, work: _Work) -> Operation:
    pat = item.pat
    if item.seen_valid_to is None or item.asked_valid_to is None:
        raise ValueError("An extension has the expiry that was seen and the one that is asked for.")
    changed = extend_pat(
        key=item_key(item),
        actor=work.actor,
        owner=item.bulk.user,
        pat=pat,
        client=work.client,
        now=work.clock.now(),
        seen=Seen(name=pat.name, scopes=frozenset(pat.scopes), valid_to=item.seen_valid_to),
        valid_to=item.asked_valid_to,
    )
    return changed.operation


def _code_of(operation: Operation) -> str:
    """Return why an operation of an abandoned attempt came to nothing, "" where it did not."""
    return operation.error_code if operation.has_come_to_nothing else ""


def _try_later(
    item: BulkItem, operation: Operation | None, error: TokensError | None, *, code: str, work: _Work
) -> datetime:
    """Let the PAT wait, and all of the person's where Azure DevOps asked for it; returns until when."""
    now = work.clock.now()
    until = now + (_pause_of(error) if isinstance(error, Throttled) else BUSY_PAUSE)
    if isinstance(error, Throttled):
        pause(item.bulk.user, until=until)
    give_back(item, operation, code=code, now=now, activity_id=error.activity_id if error else "")
    return until


def _pause_of(error: Throttled) -> timedelta:
    asked = USUAL_PAUSE if error.retry_after is None else timedelta(seconds=error.retry_after)
    return min(max(asked, BUSY_PAUSE), LONGEST_PAUSE)
