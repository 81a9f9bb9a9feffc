"""End the PAT that a rotation replaced: bring its own expiry forward, and revoke it when its time has come.

Either alone is enough: the expiry ends it while the portal is down, the revocation where a policy does not
allow a shorter life, or somebody put the expiry off again. It knows nothing of how an end is scheduled
(`_receive`) or cancelled (`_keep_old`).
"""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, Subquery

from accounts.grant_life import usable
from patportal.lib.actors import Actor
from tokens import enqueue, rules
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.errors import AlreadySubmitted, ChangeUnderWay, NotEnding, PatNotFound, TokensError
from tokens.models import CHANGE_VERBS, Operation, Pat, PatQuerySet
from tokens.operations._attempts import RETRY_AT_EARLIEST, RETRY_AT_LATEST, due_again
from tokens.operations._change import Asked, change
from tokens.operations._change_kind import END
from tokens.operations._guard import look_at
from tokens.operations._remote import Clock
from tokens.operations._revoke import SWEEP_AT_MOST, revoke_unattended


def end_pat(*, pat_id: str, client: AzureDevOpsClient, actor: Actor, now: datetime) -> None:
    """Bring the expiry of a PAT forward to the end that is scheduled for it.

    Safe to call again: once Azure DevOps has answered, whatever it answered, it is not asked a second time.
    Raises as `change` does, but for what says that there is nothing to do.
    """
    pat = _to_bring_forward(now).select_related("user", "organization").filter(pk=pat_id).first()
    if pat is None or pat.ends_at is None or pat.is_owned_elsewhere:
        return
    _remember_full_life(pat)
    attempts = Operation.objects.filter(pat=pat, verb=Operation.Verb.END).count()
    try:
        change(
            END,
            key=f"bring-forward:{pat.id}:{attempts}",
            actor=actor,
            owner=pat.user,
            pat=pat,
            client=client,
            now=now,
            asked=Asked(valid_to=pat.ends_at),
            check=partial(_check_ending, pat.id, pat.ends_at),
        )
    except (AlreadySubmitted, ChangeUnderWay, NotEnding):
        return  # another worker began the same, or somebody changed or kept it meanwhile


def finish_end(*, pat_id: str, client: AzureDevOpsClient, actor: Actor, now: datetime) -> None:
    """Revoke a PAT whose scheduled end has come, unless Azure DevOps says that it works no more.

    Safe to call again, and too early. Raises as `revoke_pat` does, but for AlreadySubmitted, and what stood
    in the way of asking; then the portal asks again later.
    """
    pat = _to_finish(now).select_related("user", "organization").filter(pk=pat_id).first()
    if pat is None or pat.ends_at is None or pat.is_owned_elsewhere:
        return
    is_over = not pat.is_active(now=now + rules.DATE_TOLERANCE)
    if is_over and _has_ended(pat, client=client, actor=actor, now=now):
        Pat.objects.filter(pk=pat.pk, ends_at=pat.ends_at).update(ends_at=None)  # nothing is left to do
        return
    try:
        revoke_unattended(
            prefix=f"end:{pat.id}",
            actor=actor,
            owner=pat.user,
            pat=pat,
            client=client,
            now=now,
            check=partial(_check_ending, pat.id, pat.ends_at),
        )
    except NotEnding:
        return  # kept at the last moment


def ends_to_do(*, now: datetime) -> list[Pat]:
    """Return PATs whose expiry is to be brought forward or whose end has come, and nobody is at it.

    Those of people who have to sign in again wait until they did; what was tried in vain waits longer each
    time.
    """
    late = due_again(_to_finish(now), operations="operations", verb=Operation.Verb.REVOKE, now=now)
    early = due_again(_to_bring_forward(now), operations="operations", verb=Operation.Verb.END, now=now)
    found: list[Pat] = []
    for rows in (late, early):
        alive = rows.filter(usable(now=now, prefix="user__grant__")).select_related("organization")
        found += [pat for pat in alive.order_by("ends_at")[:SWEEP_AT_MOST] if not pat.is_owned_elsewhere]
    return found


def _to_bring_forward(now: datetime) -> PatQuerySet:
    """PATs that would live beyond their scheduled end, which is still to come."""
    rotations = Operation.objects.filter(
        replaces=OuterRef("pk"), verb=Operation.Verb.ROTATE, state=Operation.State.DONE
    )
    replaced_at = rotations.order_by("-finished_at").values("finished_at")[:1]
    is_open = Q(state=Operation.State.REQUESTED)
    # Where Azure DevOps refused or ignored it, the revocation is what ends the PAT.
    is_answered = Q(
        verb=Operation.Verb.END,
        state__in=[Operation.State.DONE, Operation.State.REFUSED],
        requested_at__gte=OuterRef("replaced_at"),
    )
    changes = Operation.objects.filter(pat=OuterRef("pk"), verb__in=CHANGE_VERBS)
    too_long = Q(ends_at__gt=now, valid_to__gt=F("ends_at") + rules.DATE_TOLERANCE)
    ending = Pat.objects.active(now=now).filter(too_long).annotate(replaced_at=Subquery(replaced_at))
    return ending.exclude(Exists(changes.filter(is_open | is_answered)))


def _to_finish(now: datetime) -> PatQuerySet:
    """PATs whose scheduled end has come; that they expired is believed once Azure DevOps was asked."""
    return Pat.objects.filter(ends_at__lte=now, revoked_at=None, vanished_at=None)


def _has_ended(pat: Pat, *, client: AzureDevOpsClient, actor: Actor, now: datetime) -> bool:
    """Ask Azure DevOps, who knows of an expiry that somebody put off since, and bring `pat` up to date."""
    clock = Clock(now)
    try:
        look_at(pat, client=client, actor=actor, owner=pat.user, clock=clock)
    except PatNotFound:
        return True
    except TokensError:
        _ask_again(pat, now=clock.now())
        raise
    return not pat.is_active(now=clock.now() + rules.DATE_TOLERANCE)


def _ask_again(pat: Pat, *, now: datetime) -> None:
    """Have it tried again after as long as its end is past: no operation says when it was tried last."""
    if pat.ends_at is not None:
        pause = min(max(now - pat.ends_at, RETRY_AT_EARLIEST), RETRY_AT_LATEST)
        enqueue.finish_overdue_end(pat_id=pat.id, at=now + pause)


def _remember_full_life(pat: Pat) -> None:
    """Keep the expiry that `pat` goes back to, should its owner want to keep it after all."""
    if pat.full_valid_to is None or pat.full_valid_to < pat.valid_to:
        Pat.objects.filter(pk=pat.pk, ends_at=pat.ends_at).update(full_valid_to=pat.valid_to)


def _check_ending(pat_id: UUID, ends_at: datetime) -> None:
    """Raise NotEnding where the end was cancelled or put off; until the transaction ends nobody can do so."""
    row = Pat.objects.select_for_update(no_key=True).filter(pk=pat_id, ends_at=ends_at, revoked_at=None)
    if row.first() is None:
        raise NotEnding
