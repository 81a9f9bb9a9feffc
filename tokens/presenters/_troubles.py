"""What keeps organizations from being up to date, in boxes: one for each reason, however many it concerns.

The sentences come from whoever knows them; which organizations share one is decided here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from patportal.lib.problems import Message
from patportal.lib.texts import Text, joined
from tokens.errors import NoAccess, SignInNeeded
from tokens.models import OrganizationAccess
from tokens.presenters._access import is_lost, is_syncing

# The reason where a sync was asked for and no worker took it up.
NOT_BEGUN = "not_begun"

Words = Callable[[str], Message]
State = OrganizationAccess.State


@dataclass(frozen=True, slots=True)
class Reference:
    """The id that support asks for; `organization` is empty where the box is about one alone."""

    organization: str
    activity_id: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """One box: `loss` tells what the portal can no longer do, `unaffected` what goes on as it does.

    `read_told` has a place for the moment `read_at`; `again_at` is when the portal tries by itself, None if
    it does not.
    """

    tone: str
    title: str
    sentence: Text
    loss: str
    unaffected: str
    next_step: Text
    again_at: datetime | None
    read_told: str
    read_at: datetime | None
    sign_in_url: str
    references: list[Reference]


def trouble_code(access: OrganizationAccess, *, now: datetime) -> str:
    """Return why the organization is not up to date, "" where it is, is being read, or never was open."""
    if is_syncing(access, now=now):
        return ""
    if access.is_syncing:
        return NOT_BEGUN
    if access.state == State.NO_ACCESS:
        return access.error_code or NoAccess.code if access.read_at else ""
    return access.error_code if access.state == State.FAILED else ""


def troubles(
    access: Iterable[OrganizationAccess],
    *,
    words: Words,
    active_counts: Mapping[int, int],
    sign_in_url: str,
    can_act: bool,
    now: datetime,
) -> list[Trouble]:
    """Return a box for each reason, in the order of the organizations.

    `words` gives the message of a reason, `active_counts` the active PATs that are known by organization,
    `sign_in_url` is offered where signing in may help. Where the portal cannot act for the person
    (`can_act`), that is one matter for all organizations and left to its own box.
    """
    rows_by_code: dict[str, list[OrganizationAccess]] = {}
    for row in access:
        rows_by_code.setdefault(trouble_code(row, now=now), []).append(row)
    well = [row.organization.name for row in rows_by_code.pop("", []) if row.read_at]
    rows_by_code.pop(SignInNeeded.code, None)
    return [
        _trouble(
            rows,
            words(code),
            active_counts=active_counts,
            sign_in_url=sign_in_url if can_act else "",
            unaffected=_unaffected(well) if can_act and well else "",
            again_at=_next_attempt(rows, now=now) if can_act else None,
        )
        for code, rows in rows_by_code.items()
    ]


def _trouble(
    rows: list[OrganizationAccess],
    message: Message,
    *,
    active_counts: Mapping[int, int],
    sign_in_url: str,
    unaffected: str,
    again_at: datetime | None,
) -> Trouble:
    lost = [row for row in rows if is_lost(row)]
    read_told, read_at = _last_reading(rows)
    return Trouble(
        tone=message.tone,
        title=message.title.format(names=joined([row.organization.name for row in rows])),
        sentence=message.sentence,
        loss=_loss(sum(active_counts.get(row.organization_id, 0) for row in lost)) if lost else "",
        unaffected=unaffected,
        next_step=message.next_step,
        again_at=again_at,
        read_told=read_told,
        read_at=read_at,
        sign_in_url=sign_in_url if message.asks_for_sign_in else "",
        references=[
            Reference(row.organization.name if len(rows) > 1 else "", row.activity_id)
            for row in rows
            if row.activity_id
        ],
    )


def _unaffected(names: list[str]) -> str:
    return _("%(names)s can be read as ever.") % {"names": joined(names)}


def _next_attempt(rows: Iterable[OrganizationAccess], *, now: datetime) -> datetime | None:
    """Return when the first of them is read again by the clock; what is due already waits for a worker."""
    return min(
        (row.next_sync_at for row in rows if row.next_sync_at and row.next_sync_at > now), default=None
    )


def _loss(active: int) -> str:
    if not active:
        return _("As far as the portal knows, you have no active token there.")
    told = ngettext(
        "The portal can no longer see or revoke your %(count)s active token there.",
        "The portal can no longer see or revoke your %(count)s active tokens there.",
        active,
    )
    return told % {"count": active}


def _last_reading(rows: list[OrganizationAccess]) -> tuple[str, datetime | None]:
    moments = [row.read_at for row in rows if row.read_at]
    if len(moments) < 2:
        return _("What you see of it was last read {moment}"), min(moments, default=None)
    return _("The oldest of what you see of them was last read {moment}"), min(moments)
