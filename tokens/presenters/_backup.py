"""Backup owners in words: to the owner how it stands with them, to themselves the PATs that name them."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from tokens.models import BackupContact, Pat
from tokens.presenters._addresses import address
from tokens.presenters._pats import Badge, ScopeLabel, pat_row
from tokens.presenters._places import PlaceLabel


@dataclass(frozen=True, slots=True)
class BackupLabel:
    """Who is asked when the owner does not answer; in `sentence`, with their name, whether they agreed."""

    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class BackedPat:
    """Somebody else's PAT as its backup owner sees it: to read, with nothing to do but to leave."""

    name: str
    owner: str
    organization: str
    status: Badge
    stops_at: datetime
    scopes: list[ScopeLabel]
    purpose: str
    places: list[PlaceLabel]
    review_date: date | None
    leave_url: str


def backup_label(contact: BackupContact | None) -> BackupLabel | None:
    """Return how it stands with a backup owner, None where nobody is named."""
    if contact is None:
        return None
    return BackupLabel(name=str(contact), sentence=_sentence(contact))


def _sentence(contact: BackupContact) -> str:
    if contact.user is not None:
        return _("<bdi>{name}</bdi> signs in to this portal and sees the token there.")
    if contact.left_at is not None:
        return _("<bdi>{name}</bdi> does not want to be a backup owner; name somebody else.")
    if contact.confirmed_at is not None:
        return _("<bdi>{name}</bdi> has agreed.")
    if contact.asked_at is not None:
        return _("<bdi>{name}</bdi> was asked by mail and has not answered yet.")
    return _("<bdi>{name}</bdi> has not been asked yet.")


def backed_pat(pat: Pat, *, now: datetime) -> BackedPat:
    """Return what the backup owner of `pat` sees of it."""
    row = pat_row(pat, now=now)
    return BackedPat(
        name=row.name,
        owner=str(pat.user),
        organization=row.where,
        status=row.status,
        stops_at=row.stops_at,
        scopes=row.scopes,
        purpose=row.purpose,
        places=row.places,
        review_date=pat.review_date,
        leave_url=address("backup_leave", pat.id),
    )
