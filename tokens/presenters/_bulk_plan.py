"""What many PATs at once would become, before anybody asks for it: those that can, and why others cannot."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from tokens import rules
from tokens.models import Pat
from tokens.presenters._addresses import address
from tokens.presenters._pats import PatRow, pat_row
from tokens.presenters._rotation import open_successor

WhyNot = Callable[[Pat, datetime], str]
Link = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PlannedPat:
    """A PAT that takes part; `new_end` is None where its end is not what changes."""

    row: PatRow
    new_end: datetime | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A PAT that does not take part, why, and where that can be mended; `label` and `url` may be empty."""

    row: PatRow
    reason: str
    label: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is about to be done with those that were chosen."""

    pats: list[PlannedPat]
    left_out: list[LeftOut]

    @property
    def organizations(self) -> list[tuple[str, int]]:
        """How many take part in each organization, by its name; those for all organizations apart."""
        rows = [planned.row for planned in self.pats]
        names = [_("all organizations") if row.is_global else row.organization for row in rows]
        return [(name, names.count(name)) for name in sorted(set(names), key=str.lower)]

    @property
    def organizations_named(self) -> str:
        """The same for a sentence, as in "contoso (2), fabrikam (1)"."""
        return ", ".join(f"{name} ({count})" for name, count in self.organizations)


def plan(
    pats: Iterable[Pat],
    *,
    why_not: WhyNot,
    now: datetime,
    new_end: Callable[[Pat], datetime] | None = None,
    way_on: Callable[[Pat, datetime], Link] | None = None,
) -> Plan:
    """Return who takes part; `why_not` gives a sentence for a PAT that cannot, "" for one that can.

    `way_on` gives label and address of a link for those that cannot, empty where there is none.
    """
    joining, left_out = [], []
    for pat in pats:
        row = pat_row(pat, now=now)
        reason = why_not(pat, now)
        end = new_end(pat) if new_end and not reason else None
        if not reason and end is not None and end <= pat.valid_to + rules.DATE_TOLERANCE:
            reason = _("It works at least as long already.")
        if reason:
            left_out.append(LeftOut(row, reason, *(way_on(pat, now) if way_on else ())))
        else:
            joining.append(PlannedPat(row, end))
    return Plan(joining, left_out)


def why_not_revoke(pat: Pat, now: datetime) -> str:
    """Return why `pat` cannot be revoked, "" where it can."""
    if pat.is_revoked:
        return _("It has been revoked already.")
    if pat.is_expired(now=now):
        return _("It does not work any more, so there is nothing to revoke.")
    return _why_nothing(pat)


def why_not_extend(pat: Pat, now: datetime) -> str:
    """Return why `pat` cannot be extended, "" where it can."""
    if not pat.is_active(now=now):
        return _("It does not work any more, and Azure DevOps extends no such token. Create a replacement.")
    if pat.ends_at is not None:
        return _("The portal is about to end it, because it was replaced. Keep it first, on its own page.")
    if pat.is_global:
        return _(
            "It works in all organizations, and Microsoft ends all of these. Replace it, on its own page."
        )
    return _why_nothing(pat)


def why_not_rotate(pat: Pat, now: datetime, *, under_way: Mapping[UUID, UUID]) -> str:
    """Return why `pat` cannot be rotated together with others, "" where it can.

    `under_way` is the open operation of each PAT that has one, by its id.
    """
    if not pat.is_active(now=now):
        return _("It does not work any more. Create a replacement on its own page.")
    if pat.is_global:
        return _("It works in all organizations, and a new one cannot. Its own page leads out of that.")
    if pat.pk in under_way:
        return _("Something else is on its way with it, and nobody knows yet what becomes of that.")
    successor = open_successor(pat, pat.organization, now=now)
    if successor is not None and successor.received_at is None:
        return _("Its rotation is not finished: nobody has said that the new secret is stored.")
    if successor is not None:
        return _("It has been replaced already. Rotate the one that took over.")
    return _why_nothing(pat)


def way_on_rotate(pat: Pat, now: datetime, *, under_way: Mapping[UUID, UUID]) -> Link:
    """Return label and address of what helps a PAT that cannot be rotated, empty where its own page does."""
    if pat.pk in under_way:
        return _("See what becomes of it"), address("operation", under_way[pat.pk])
    successor = None if pat.is_global else open_successor(pat, pat.organization, now=now)
    if successor is None:
        return "", ""
    label = _("Finish or undo it") if successor.received_at is None else _("To the one that took over")
    return label, address("pat_detail", successor.pk)


def _why_nothing(pat: Pat) -> str:
    if pat.revocation_sent_at is not None:
        return _("Its revocation was sent already.")
    if pat.is_owned_elsewhere:
        return _("It belongs to an organization that is not set up here. Use the page of Azure DevOps.")
    return ""
