"""The guard against lost updates: nobody overwrites what they have not seen.

A page may have been open for an hour, and PATs are changed elsewhere as well; so Azure DevOps itself is asked
before a change is sent.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from patportal.lib.actors import Actor, system_actor
from patportal.lib.redaction import redact
from tokens import audit, rules
from tokens.azure_devops import errors as wire
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.azure_devops.types import PatMetadata
from tokens.errors import ChangeUnderWay, PatChanged
from tokens.models import EventType, Pat
from tokens.operations._intent import open_changes
from tokens.operations._mirror import differences_of, metadata_fields, write_metadata
from tokens.operations._remote import Clock
from tokens.operations._translate import meaning_of

Differences = dict[str, tuple[object, object]]


@dataclass(frozen=True)
class Seen:
    """What a person saw of a PAT when they began to change it."""

    name: str
    scopes: frozenset[str]
    valid_to: datetime


def seen_of(pat: Pat) -> Seen:
    """Return what a page shows of `pat` at the moment."""
    return Seen(name=pat.name, scopes=frozenset(pat.scopes), valid_to=pat.valid_to)


def differences(seen: Seen, found: Seen) -> Differences:
    """Return what was seen and what was found, by column; dates differ beyond rounding only."""
    columns: Differences = {}
    if seen.name != found.name:
        columns["name"] = (seen.name, found.name)
    if seen.scopes != found.scopes:
        columns["scopes"] = (sorted(seen.scopes), sorted(found.scopes))
    if not rules.is_same_date(seen.valid_to, found.valid_to):
        columns["valid_to"] = (seen.valid_to, found.valid_to)
    return columns


def confirm_unchanged(
    seen: Seen,
    *,
    pat: Pat,
    client: AzureDevOpsClient,
    actor: Actor,
    owner: User,
    clock: Clock,
) -> None:
    """Ask Azure DevOps for `pat` as `look_at` does and compare what it is with `seen`.

    Raises PatChanged and what `look_at` raises.
    """
    metadata = look_at(pat, client=client, actor=actor, owner=owner, clock=clock)
    changed = differences(seen, seen_of(pat)) or differences(seen, _seen_in(metadata))
    if changed:
        raise PatChanged(changed)


def look_at(pat: Pat, *, client: AzureDevOpsClient, actor: Actor, owner: User, clock: Clock) -> PatMetadata:
    """Ask Azure DevOps for `pat`, bring the mirror and `pat` itself up to date, and return the answer.

    Raises ChangeUnderWay where a change of the portal may be what differs, and the meaning of what the call
    raises.
    """
    asked_at = clock.now()
    try:
        metadata = client.get_pat(pat.organization.name, pat.authorization_id)
    except wire.AzureDevOpsError as exc:
        raise meaning_of(exc, is_known=pat.organization.instance_id is not None) from exc
    # Whoever came upon a change made elsewhere is not who made it.
    finder = system_actor("guard", request_id=actor.origin.request_id)
    _bring_up_to_date(pat, metadata, asked_at=asked_at, actor=finder, owner=owner, now=clock.now())
    return metadata


def _seen_in(metadata: PatMetadata) -> Seen:
    name = redact(metadata.display_name)
    return Seen(name=name, scopes=metadata.scopes, valid_to=metadata.valid_to)


def _bring_up_to_date(
    pat: Pat, metadata: PatMetadata, *, asked_at: datetime, actor: Actor, owner: User, now: datetime
) -> None:
    with transaction.atomic(durable=True):
        locked = Pat.objects.select_for_update(no_key=True, of=("self",)).get(pk=pat.pk)
        rival = open_changes(pat).first()
        if rival is not None:
            raise ChangeUnderWay(rival.id)
        found = differences_of(locked, metadata)
        # What the portal itself has changed since it asked is newer than the answer.
        if found and (locked.changed_at is None or locked.changed_at < asked_at):
            # A list that lags behind must not turn it back: it counts as changed just now.
            write_metadata(locked, metadata, now=now)
            audit.record(
                EventType.PAT_CHANGED_OUTSIDE,
                actor=actor,
                owner=owner,
                pat=locked,
                activity_id=metadata.activity_id,
                data=found,
            )
    for name in metadata_fields(metadata):
        setattr(pat, name, getattr(locked, name))
