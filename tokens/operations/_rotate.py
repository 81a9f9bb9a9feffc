"""Rotate a PAT: make its successor. The old one is not touched; it ends after the receipt of the new secret.

This module knows nothing of how the old one ends (`_receive` schedules that, `_end` does it).
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from django.db.models import F

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import enqueue
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.errors import AlreadyReplaced, ChangeUnderWay, OwnedElsewhere, PatChanged, RotationUnfinished
from tokens.models import EventType, Operation, Organization, OutgoingMail, Pat
from tokens.models.pat import RECEIPT_PATIENCE
from tokens.operations._guard import Seen, confirm_unchanged, differences, seen_of
from tokens.operations._intent import Intent, refuse_repeated
from tokens.operations._issue import EVENTS, IssuedPat, issue
from tokens.operations._notes import copy_notes
from tokens.operations._refusal import refuse
from tokens.operations._remote import Clock

REFUSALS = (AlreadyReplaced, ChangeUnderWay, OwnedElsewhere, PatChanged)


def rotate_pat(
    *,
    key: str,
    actor: Actor,
    owner: User,
    pat: Pat,
    client: AzureDevOpsClient,
    now: datetime,
    seen: Seen,
    organization: Organization,
    valid_to: datetime,
    asked_for: str,
    overlap: timedelta | None,
) -> IssuedPat:
    """Make a successor of `pat`, with its name and scopes, and return it with its secret.

    `seen` is what the person saw of `pat`; Azure DevOps is asked first whether one that works is still that,
    for a successor gets what the old one has. `valid_to` is the marked expiry of the successor, `asked_for`
    the expiry as it was chosen. `organization` counts for a PAT of all organizations alone. `overlap` is how
    long `pat` goes on to work once the secret is stored; None, and for a PAT that has ended or is for all
    organizations always, means that the portal does not end it.

    Raises PatChanged, OwnedElsewhere, RotationUnfinished, AlreadyReplaced, ChangeUnderWay and the meaning of
    what the question raises before anything is sent; then what `create_pat` raises.
    """
    clock, is_active = Clock(now), pat.is_active(now=now)
    home = organization if pat.is_global else pat.organization
    content = _content(pat, seen, asked_for=asked_for, overlap=overlap)
    intent = replace(
        _intent(pat, home, key=key, owner=owner, content=content),
        asked_valid_to=valid_to,
        overlap_seconds=_seconds(overlap) if is_active and not pat.is_global else None,
        check=partial(_check_rotatable, pat, home, seen=seen, now=now),
    )
    refuse_repeated(intent)
    try:
        _check_rotatable(pat, home, seen=seen, now=now)
        if is_active:
            confirm_unchanged(seen, pat=pat, client=client, actor=actor, owner=owner, clock=clock)
        return issue(
            intent, valid_to=valid_to, client=client, actor=actor, now=clock.now(), accompany=_take_over
        )
    except REFUSALS as exc:
        # What is in the way may be this very form, sent a moment ago.
        refuse_repeated(intent)
        refuse(exc, EventType.PAT_ROTATE_REFUSED, actor=actor, owner=owner, pat=pat)


def _intent(
    pat: Pat, organization: Organization, *, key: str, owner: User, content: dict[str, object]
) -> Intent:
    return Intent(
        verb=Operation.Verb.ROTATE,
        event_type=EVENTS[Operation.Verb.ROTATE].requested,
        key=key,
        owner=owner,
        organization=organization,
        name=pat.name,
        scopes=frozenset(pat.scopes),
        replaces=pat,
        content=content,
    )


def _seconds(overlap: timedelta | None) -> int | None:
    return None if overlap is None else round(overlap.total_seconds())


def _content(pat: Pat, seen: Seen, *, asked_for: str, overlap: timedelta | None) -> dict[str, object]:
    return {
        "replaces": str(pat.authorization_id),
        "name": seen.name,
        "scopes": sorted(seen.scopes),
        "expires": asked_for,
        "overlap_seconds": _seconds(overlap),
    }


def _check_rotatable(pat: Pat, organization: Organization, *, seen: Seen, now: datetime) -> None:
    """Raise OwnedElsewhere, PatChanged where the mirror tells something else, or as `_refuse_second` does."""
    if pat.is_owned_elsewhere:
        raise OwnedElsewhere
    if changed := differences(seen, seen_of(Pat.objects.get(pk=pat.pk))):
        raise PatChanged(changed)
    _refuse_second(pat, organization, now=now)


def _refuse_second(pat: Pat, organization: Organization, *, now: datetime) -> None:
    """Raise RotationUnfinished or AlreadyReplaced where `pat` has a working successor in `organization`."""
    working = Pat.objects.active(now=now).filter(replaces=pat, organization=organization)
    # One whose revocation was sent is on its way out; that is how a rotation is undone.
    found = working.filter(revocation_sent_at=None).order_by(F("received_at").asc(nulls_first=True)).first()
    if found is None:
        return
    raise RotationUnfinished(found.id) if found.received_at is None else AlreadyReplaced(found.id)


def _take_over(operation: Operation, pat: Pat, now: datetime) -> None:
    """Note from whom `pat` takes over, with the notes of that one, and look for the receipt in time."""
    old = operation.replaces
    if old is not None:
        pat.replaces = old
        pat.save(update_fields=["replaces"])
        # As they are now: while Azure DevOps was asked, they may have been changed, or a backup owner left.
        copy_notes(Pat.objects.get(pk=old.pk), pat, now=now)
    mail = OutgoingMail.objects.create(
        kind=OutgoingMail.Kind.ROTATION_UNCONFIRMED,
        key=f"rotation_unconfirmed:{operation.id}",
        user=operation.user,
        facts={"operation_id": str(operation.id)},
        due_at=now + RECEIPT_PATIENCE,
    )
    enqueue.send_mail(mail_id=mail.id, at=mail.due_at)
