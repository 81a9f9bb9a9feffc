"""What its owner notes about a PAT: what it is for, where it is used, who else may be asked.

The portal alone knows these notes. This module keeps the rows; asking a backup owner is `_backup`'s.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime

from tokens.models import BackupContact, Pat, Place


@dataclass(frozen=True, kw_only=True)
class Notes:
    """The notes of one PAT as a person writes them; what is empty is not noted."""

    purpose: str = ""
    places: tuple[str, ...] = ()
    review_date: date | None = None
    backup_email: str = ""

    @property
    def values(self) -> dict[str, object]:
        """All of them as plain values, as events tell them."""
        return {
            "purpose": self.purpose,
            "places": list(self.places),
            "review_date": self.review_date.isoformat() if self.review_date else "",
            "backup_email": self.backup_email,
        }

    @property
    def digest(self) -> str:
        """What tells them from others; without the backup owner, who may leave while a form is open."""
        own = {column: value for column, value in self.values.items() if column != "backup_email"}
        return hashlib.sha256(json.dumps(own).encode()).hexdigest()[:16]

    @property
    def content(self) -> dict[str, object]:
        """What is noted, as plain values: what makes two submissions the same."""
        return {column: value for column, value in self.values.items() if value}


def notes_of(pat: Pat) -> Notes:
    """Return the notes of `pat` as they are stored."""
    contact = pat.backup_contact
    return Notes(
        purpose=pat.purpose,
        places=tuple(place.text for place in pat.places.all()),
        review_date=pat.review_date,
        backup_email=contact.address if contact else "",
    )


def write_notes(pat: Pat, notes: Notes, *, backup: BackupContact | None, now: datetime) -> None:
    """Store `notes` with `pat` in the transaction that is open; places that stay keep their tick.

    `backup` is the saved row that `notes.backup_email` stands for.
    """
    pat.purpose, pat.review_date, pat.backup_contact = notes.purpose, notes.review_date, backup
    pat.written_at = now
    pat.save(update_fields=["purpose", "review_date", "backup_contact", "written_at"])
    write_places(pat, notes.places)


def write_places(pat: Pat, texts: tuple[str, ...]) -> None:
    """Make the places of `pat` those of `texts`, in that order; none stands there twice."""
    wanted = list(dict.fromkeys(texts))
    known = {place.text: place for place in pat.places.all()}
    Place.objects.filter(pat=pat).exclude(text__in=wanted).delete()
    for position, text in enumerate(wanted):
        if text not in known:
            Place.objects.create(pat=pat, position=position, text=text)
        elif known[text].position != position:
            Place.objects.filter(pk=known[text].pk).update(position=position)


def copy_notes(old: Pat, new: Pat, *, now: datetime) -> None:
    """Give `new` the notes of the PAT it takes over from, no place ticked, in the open transaction."""
    write_notes(new, notes_of(pat=old), backup=old.backup_contact, now=now)
