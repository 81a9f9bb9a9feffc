"""Keeping the old PAT of a rotation: which end applies before, and which one after."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from tokens import rules
from tokens.models import Pat
from tokens.presenters._lineage import working_successors
from tokens.presenters._pats import PatRow, pat_row
from tokens.presenters._rotation import moment_words


@dataclass(frozen=True, slots=True)
class Keeping:
    """`ends_at` is the end that the portal gives the PAT, None once it has let go of it.

    `full_valid_to` is the expiry that has to be asked back from Azure DevOps, None where it never changed.
    """

    row: PatRow
    ends_at: datetime | None
    full_valid_to: datetime | None
    is_ending: bool
    keep_url: str


@dataclass(frozen=True, slots=True)
class LeftEnding:
    """The old PAT of a rotation that is to end although nothing takes its place any more."""

    name: str
    ends_at: datetime
    keep_url: str


def left_ending(pat: Pat, *, now: datetime) -> LeftEnding | None:
    """Return the PAT that `pat` took over from where, without `pat`, neither would work after its end."""
    old = pat.replaces
    if old is None or old.user_id != pat.user_id or old.ends_at is None:
        return None
    if not old.is_active(now=now) or old.revocation_sent_at is not None:
        return None
    if any(one.pk != pat.pk for one in working_successors(old, now=now)):
        return None
    return LeftEnding(
        name=str(old),
        ends_at=old.ends_at,
        keep_url=reverse("pat_keep_old", args=[old.pk]),
    )


def keeping(pat: Pat, *, now: datetime) -> Keeping:
    """Return what the page says before the old PAT is kept, or after that came to nothing."""
    full = pat.full_valid_to
    is_shortened = full is not None and rules.was_shortened(asked=full, returned=pat.valid_to)
    row = pat_row(pat, now=now)
    return Keeping(
        row=row,
        ends_at=pat.ends_at,
        full_valid_to=full if is_shortened else None,
        is_ending=pat.ends_at is not None and not row.is_ended,
        keep_url=reverse("pat_keep_old", args=[pat.pk]),
    )


def kept_sentence(pat: Pat, *, asked_valid_to: datetime | None, now: datetime) -> str:
    """Return what to tell once the portal has let go of `pat`, as plain text."""
    expires = moment_words(pat.valid_to, now=now)
    if asked_valid_to is None or not rules.was_shortened(asked=asked_valid_to, returned=pat.valid_to):
        told = _("“%(name)s” is kept: the portal does not end it any more. It expires %(expires)s.")
        return told % {"name": pat, "expires": expires}
    told = _(
        "“%(name)s” is kept: the portal does not end it any more. Azure DevOps was asked for %(asked)s and "
        "gave less: it expires %(expires)s."
    )
    return told % {"name": pat, "asked": moment_words(asked_valid_to, now=now), "expires": expires}
