"""Keep the PAT that a rotation replaced: it does not end with the overlap, but when it would have anyway."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit, rules
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.errors import ChangeUnderWay, NotEnding
from tokens.models import CHANGE_VERBS, EventType, Operation, Pat
from tokens.operations._change import Asked, ChangedPat, change
from tokens.operations._change_kind import EXTEND
from tokens.operations._refusal import refuse


def keep_old_pat(
    *, key: str, actor: Actor, owner: User, pat: Pat, client: AzureDevOpsClient, now: datetime
) -> ChangedPat | None:
    """Cancel the scheduled end of `pat`; where its expiry was brought forward, ask for the former one again.

    Returns what became of the expiry, None where it is as it was. A policy may not allow the former one: then
    `pat` is kept all the same, until the earlier one, and asking once more is possible. Raises NotEnding,
    ChangeUnderWay, and after the end was cancelled what `extend_pat` raises.
    """
    try:
        kept = _cancel_end(pat, actor=actor, owner=owner, now=now)
    except (NotEnding, ChangeUnderWay) as exc:
        if Operation.objects.filter(user=owner, key=key).exists():
            raise  # the form came again; what it did is recorded
        refuse(exc, EXTEND.failures.refused, actor=actor, owner=owner, pat=pat)
    if not _is_cut_short(kept):
        return None
    changed = change(
        EXTEND,
        key=key,
        actor=actor,
        owner=owner,
        pat=kept,
        client=client,
        now=now,
        asked=Asked(valid_to=kept.full_valid_to),
    )
    Pat.objects.filter(pk=kept.pk, ends_at=None).update(full_valid_to=None)
    return changed


def _cancel_end(pat: Pat, *, actor: Actor, owner: User, now: datetime) -> Pat:
    """Return `pat` without a scheduled end; what is being revoked is not kept."""
    with transaction.atomic(durable=True):
        rows = Pat.objects.select_for_update(no_key=True, of=("self",)).select_related("organization")
        kept = rows.get(pk=pat.pk)
        _check_keepable(kept, now=now)
        if kept.ends_at is None:
            return kept  # whoever cancelled its end died before the expiry was asked for
        ends_at, kept.ends_at = kept.ends_at, None
        kept.full_valid_to = kept.full_valid_to if _is_cut_short(kept) else None
        kept.written_at = now
        kept.save(update_fields=["ends_at", "full_valid_to", "written_at"])
        data = {"ends_at": ends_at.isoformat()}
        audit.record(EventType.PAT_END_CANCELLED, actor=actor, owner=owner, pat=kept, data=data)
    return kept


def _check_keepable(pat: Pat, *, now: datetime) -> None:
    unfinished = Operation.objects.filter(pat=pat, finished_at=None)
    is_ending = pat.ends_at is not None or _is_cut_short(pat)
    if not is_ending or not pat.is_active(now=now):
        raise NotEnding
    if unfinished.filter(verb=Operation.Verb.REVOKE).exists():
        raise NotEnding
    if change_of_it := unfinished.filter(verb__in=CHANGE_VERBS).first():
        raise ChangeUnderWay(change_of_it.id)


def _is_cut_short(pat: Pat) -> bool:
    full = pat.full_valid_to
    return full is not None and rules.was_shortened(asked=full, returned=pat.valid_to)
