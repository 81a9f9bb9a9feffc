"""The guided way out of a PAT for all organizations: where it stands, from what is stored alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from tokens.models import Organization, Pat, global_stop_at
from tokens.presenters._lineage import active_successors
from tokens.presenters._pats import PatRow, pat_row


@dataclass(frozen=True, slots=True)
class MoveRow:
    """One organization: its new PAT, or the address at which to create it; `waits` for its secret."""

    organization: str
    pat_name: str
    detail_url: str
    valid_to: datetime | None
    waits: bool
    rotate_url: str


@dataclass(frozen=True, slots=True)
class MoveView:
    """The whole way out; `has_stopped` once Microsoft has ended the old PAT, `open_steps` are left to do.

    `without` are the organizations that have no new PAT; whether one needs it is the person's to know.
    """

    row: PatRow
    stops_at: datetime
    has_stopped: bool
    rows: list[MoveRow]
    made: int
    moved: int
    open_steps: list[str]
    without: list[str]


def move_view(pat: Pat, organizations: Iterable[Organization], *, now: datetime) -> MoveView:
    """Return how far `pat` has been replaced in `organizations`."""
    row = pat_row(pat, now=now)
    rows = [_row(pat, one, now=now) for one in organizations]
    return MoveView(
        row=row,
        stops_at=global_stop_at(),
        has_stopped=now >= global_stop_at(),
        rows=rows,
        made=sum(bool(one.detail_url) for one in rows),
        moved=sum(place.is_moved for place in row.places),
        open_steps=_open_steps(row, rows),
        without=[one.organization for one in rows if not one.detail_url],
    )


def _row(pat: Pat, organization: Organization, *, now: datetime) -> MoveRow:
    here = [one for one in active_successors(pat, now=now) if one.organization_id == organization.pk]
    working = [one for one in here if one.revocation_sent_at is None]
    successor = min(working, key=lambda one: one.received_at is not None, default=None)
    return MoveRow(
        organization=organization.name,
        pat_name=str(successor) if successor else "",
        detail_url=reverse("pat_detail", args=[successor.pk]) if successor else "",
        valid_to=successor.valid_to if successor else None,
        waits=successor is not None and successor.received_at is None,
        rotate_url=f"{reverse('pat_rotate', args=[pat.pk])}?{urlencode({'organization': organization.name})}",
    )


def _open_steps(row: PatRow, rows: list[MoveRow]) -> list[str]:
    """Return what is open, in sentences."""
    waiting = [one.organization for one in rows if one.waits]
    places = [place.text for place in row.places if not place.is_moved]
    return [
        *(
            _("Nobody has confirmed that the secret of the new token in %(organization)s is stored.")
            % {"organization": name}
            for name in waiting
        ),
        *(_("Still noted as using this token: %(place)s") % {"place": text} for text in places),
    ]
