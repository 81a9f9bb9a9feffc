"""How fresh the mirror of each organization is, in a sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patportal.lib.texts import Text, joined
from tokens import rules
from tokens.errors import OrganizationGone, OrganizationNotFound
from tokens.models import OrganizationAccess

# A sync that has not begun by then waits for a worker that does not run.
WORKER_PATIENCE = timedelta(seconds=60)

_FAILURES = {
    "sign_in_needed": _("Not read, because the portal cannot act for you."),
    "entra_unavailable": _("Microsoft's sign-in service did not answer."),
    "refused_oddly": _("Microsoft refused for a reason that the portal does not know."),
    "portal_misconfigured": _("Microsoft refuses the portal; its operators must act."),
    "unreachable": _("Azure DevOps could not be reached."),
    "azure_devops_failed": _("Azure DevOps gave an answer that makes no sense."),
    "not_a_person": _("Azure DevOps lets only people's own accounts read it."),
    "forbidden": _("A rule of the organization forbids reading it."),
    "conditional_access": _("A Conditional Access rule about networks or devices forbids reading it."),
    "organization_not_found": _(
        "Azure DevOps does not know an organization of this name. Asked again daily."
    ),
    "organization_gone": _("It was renamed or deleted in Azure DevOps. Asked again daily."),
    "organization_offline": _(
        "Azure DevOps says that it is switched off, has moved, or is under maintenance."
    ),
    "throttled": _("Azure DevOps asked to slow down."),
    "busy": _("The portal was too busy."),
    "grant_busy": _("The portal was renewing your access."),
    "refused": _("Azure DevOps refused."),
}

_NO_ACCESS = _("You have no access to this organization.")
# Nothing is wrong there, it is only not the person's; asked again daily like every place without access.
_QUIET = {"other_directory": _("It belongs to another directory than the one that you signed in with.")}
_GONE = {OrganizationNotFound.code, OrganizationGone.code}


@dataclass(frozen=True, slots=True)
class OrganizationState:
    """One organization on the list page; `updated_at` is None as long as it was never read."""

    name: str
    url: str
    is_current: bool
    tone: str
    sentence: Text
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the list is by the oldest of what it shows; `left_out` names what that says nothing of.

    `is_stale`: that is older than it should be, so what it shows may no longer be so.
    """

    updated_at: datetime | None
    left_out: str
    is_stale: bool


def is_syncing(access: OrganizationAccess, *, now: datetime) -> bool:
    """Tell whether a sync is under way that is worth waiting for on the page."""
    return (
        access.is_syncing and access.requested_at is not None and now - access.requested_at < WORKER_PATIENCE
    )


def is_lost(access: OrganizationAccess) -> bool:
    """Tell whether what had been read there is out of the portal's reach, and not for minutes."""
    is_closed = access.state == OrganizationAccess.State.NO_ACCESS or access.error_code in _GONE
    return is_closed and access.read_at is not None


def is_stale(access: OrganizationAccess, *, now: datetime) -> bool:
    """Tell whether what is shown of the organization should have been read again long since."""
    return access.read_at is not None and rules.is_stale(access.read_at, is_dormant=False, now=now)


def freshness(access: Iterable[OrganizationAccess], *, now: datetime) -> Freshness:
    """Return how old the list is; a place that never was the person's is not missed in it."""
    rows = [row for row in access if row.read_at or row.state != OrganizationAccess.State.NO_ACCESS]
    read_at = [row.read_at for row in rows if row.read_at and not is_lost(row)]
    left_out = [row.organization.name for row in rows if not row.read_at or is_lost(row)]
    stale = any(is_stale(row, now=now) and not is_lost(row) for row in rows)
    return Freshness(min(read_at, default=None), joined(left_out), is_stale=stale)


def organization_state(
    access: OrganizationAccess, *, url: str, is_current: bool, now: datetime
) -> OrganizationState:
    """Return how the person's mirror of one organization stands."""
    tone, sentence = _condition(access, now=now)
    return OrganizationState(
        name=access.organization.name,
        url=url,
        is_current=is_current,
        tone=tone,
        sentence=sentence,
        updated_at=access.read_at,
    )


def _condition(access: OrganizationAccess, *, now: datetime) -> tuple[str, Text]:
    if is_syncing(access, now=now):
        return _reading_now(access, now=now)
    if access.is_syncing:
        return "warn", gettext("The refresh has not begun; the portal's background worker may be down.")
    match access.state:
        case OrganizationAccess.State.NO_ACCESS:
            return "warn" if is_lost(access) else "quiet", _QUIET.get(access.error_code, _NO_ACCESS)
        case OrganizationAccess.State.FAILED:
            return "warn", _FAILURES.get(access.error_code, gettext("It could not be read."))
        case OrganizationAccess.State.READ:
            return _read(access, now=now)
        case _:
            return "quiet", gettext("Not read yet.")


def _read(access: OrganizationAccess, *, now: datetime) -> tuple[str, str]:
    if is_stale(access, now=now):
        return "warn", gettext("Not read for a long time, so it may have changed meanwhile.")
    return "good", gettext("Up to date.")


def _reading_now(access: OrganizationAccess, *, now: datetime) -> tuple[str, str]:
    if not access.read_at:
        return "info", gettext("Reading your tokens for the first time…")
    if is_stale(access, now=now):
        return "warn", gettext("Not read for a long time. It is being read at this moment…")
    return "info", gettext("Refreshing…")
