"""Write down what a PAT is for, where it is used, when to look at it again and who else may be asked."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit
from tokens.errors import BackupRefused, PatChanged
from tokens.models import BackupContact, EventType, Pat
from tokens.operations._backup import find_backup, lock_inviter, saved_backup
from tokens.operations._notes import Notes, notes_of, write_notes


def describe_pat(
    *,
    actor: Actor,
    owner: User,
    pat: Pat,
    now: datetime,
    notes: Notes,
    seen: str = "",
    seen_backup: str | None = None,
) -> str:
    """Make `notes` those of `pat`; an address that is named for the first time is asked by mail.

    `seen` is the digest of the notes that the person saw before: what was written elsewhere meanwhile is not
    overwritten unseen. `seen_backup` is the address of the backup owner that they saw: that one may have left
    since, and nobody is named again by a form from before. Where nothing differs, nothing is recorded.
    Returns the address that is asked now, "" where none is. Raises PatChanged, BackupRefused.
    """
    with transaction.atomic(durable=True):
        lock_inviter(owner)
        row = Pat.objects.select_for_update(of=("self",), no_key=True).get(pk=pat.pk)
        present, before = row.backup_contact, notes_of(pat=row)
        if seen not in {"", before.digest} and _as_stored(notes, present).digest != before.digest:
            raise PatChanged({})
        if seen_backup not in {None, before.backup_email} and notes.backup_email != before.backup_email:
            raise BackupRefused(detail="changed")
        backup = find_backup(email=notes.backup_email, owner=owner, now=now, present=present)
        differences = _differences(before, _as_stored(notes, backup))
        if not differences:
            return ""
        backup = saved_backup(backup, owner=owner, pat=row, actor=actor, now=now)
        write_notes(row, notes, backup=backup, now=now)
        audit.record(EventType.PAT_DESCRIBED, actor=actor, owner=owner, pat=row, data=differences)
    return backup.email if backup is not None and backup.asked_at == now else ""


def _as_stored(notes: Notes, backup: BackupContact | None) -> Notes:
    return replace(
        notes,
        places=tuple(dict.fromkeys(notes.places)),
        backup_email=backup.address if backup else "",
    )


def _differences(before: Notes, after: Notes) -> dict[str, list[object]]:
    """Return what was and what is noted, by column, where they differ."""
    was, becomes = before.values, after.values
    return {column: [was[column], becomes[column]] for column in was if was[column] != becomes[column]}


def describe_new(
    pat: Pat, notes: Notes, *, backup: BackupContact | None, actor: Actor, owner: User, now: datetime
) -> None:
    """Give a PAT that was just made its first notes, in the transaction that makes it; it refuses nothing.

    `backup` is what `find_backup` returned before Azure DevOps was asked for the PAT.
    """
    if notes != Notes():
        backup = saved_backup(backup, owner=owner, pat=pat, actor=actor, now=now)
        write_notes(pat, notes, backup=backup, now=now)
