"""Create a PAT that takes over from no other, with what its owner notes about it."""

from datetime import datetime
from functools import partial

from accounts.models import User
from patportal.lib.actors import Actor
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.models import BackupContact, Operation, Organization, Pat
from tokens.operations._backup import find_backup
from tokens.operations._describe import describe_new
from tokens.operations._intent import Intent, refuse_repeated
from tokens.operations._issue import EVENTS, IssuedPat, issue
from tokens.operations._notes import Notes

NO_NOTES = Notes()


def create_pat(
    *,
    key: str,
    actor: Actor,
    owner: User,
    organization: Organization,
    client: AzureDevOpsClient,
    now: datetime,
    name: str,
    scopes: frozenset[str],
    valid_to: datetime,
    asked_for: str,
    notes: Notes = NO_NOTES,
) -> IssuedPat:
    """Create a PAT for `owner` and return it with its secret; `notes` are stored along with it.

    `key` is the random value of the form, `valid_to` the marked expiry (see `rules.with_mark`),
    `asked_for` the expiry as it was chosen, which unlike the mark is the same when the form comes again.

    Raises BackupRefused, AlreadySubmitted, KeyReused, OutcomeUnknown (settling will find out), OutcomeTaken,
    and the errors that mean that nothing was made.
    """
    intent = Intent(
        verb=Operation.Verb.CREATE,
        event_type=EVENTS[Operation.Verb.CREATE].requested,
        key=key,
        owner=owner,
        organization=organization,
        name=name,
        scopes=scopes,
        asked_valid_to=valid_to,
        content={"name": name, "scopes": sorted(scopes), "expires": asked_for, **notes.content},
    )
    refuse_repeated(intent)
    backup = find_backup(email=notes.backup_email, owner=owner, now=now)
    describe = partial(_describe, notes=notes, backup=backup, actor=actor)
    return issue(intent, valid_to=valid_to, client=client, actor=actor, now=now, accompany=describe)


def _describe(
    operation: Operation,
    pat: Pat,
    now: datetime,
    *,
    notes: Notes,
    backup: BackupContact | None,
    actor: Actor,
) -> None:
    describe_new(pat, notes, backup=backup, actor=actor, owner=operation.user, now=now)
