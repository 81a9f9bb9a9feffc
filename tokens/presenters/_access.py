"""How fresh the mirror of each organization is, in a sentence."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tokens.models import OrganizationAccess

# A sync that has not begun by then waits for a worker that does not run.
WORKER_PATIENCE = timedelta(seconds=60)

_FAILURES = {
    "sign_in_needed": "Sign in again to read this organization.",
    "entra_unavailable": "Microsoft's sign-in service did not answer.",
    "portal_misconfigured": "Microsoft refuses the portal; its operators must act.",
    "unreachable": "Azure DevOps could not be reached.",
    "azure_devops_failed": "Azure DevOps gave an answer that makes no sense.",
    "not_a_person": "Azure DevOps lets only people's own accounts read it.",
    "forbidden": "A rule of the organization forbids reading it.",
    "conditional_access": "A Conditional Access rule about networks or devices forbids reading it.",
    "organization_not_found": "Azure DevOps does not know an organization of this name. Asked again daily.",
    "organization_gone": "It was renamed or deleted in Azure DevOps. Asked again daily.",
    "organization_offline": "Azure DevOps says that it is switched off, moved, or being looked after.",
    "throttled": "Azure DevOps asked to slow down.",
    "busy": "The portal was too busy.",
    "refused": "Azure DevOps refused.",
}

_NO_ACCESS = "You have no access to this organization."
# Nothing is wrong there, it is only not the person's; asked again daily like every place without access.
_QUIET = {"other_directory": "It belongs to another directory than the one that you signed in with."}


@dataclass(frozen=True, slots=True)
class OrganizationState:
    """One organization on the list page; `updated_at` is None as long as it was never read."""

    name: str
    url: str
    is_current: bool
    tone: str
    sentence: str
    updated_at: datetime | None
    activity_id: str


def is_syncing(access: OrganizationAccess, *, now: datetime) -> bool:
    """Tell whether a sync is under way that is worth waiting for on the page."""
    return (
        access.is_syncing and access.requested_at is not None and now - access.requested_at < WORKER_PATIENCE
    )


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
        activity_id=access.activity_id,
    )


def _condition(access: OrganizationAccess, *, now: datetime) -> tuple[str, str]:
    if is_syncing(access, now=now):
        return (
            ("info", "Refreshing…") if access.read_at else ("info", "Reading your tokens for the first time…")
        )
    if access.is_syncing:
        return "warn", "The refresh has not begun; the portal's background worker may be down."
    match access.state:
        case OrganizationAccess.State.NO_ACCESS:
            return "quiet", _QUIET.get(access.error_code, _NO_ACCESS)
        case OrganizationAccess.State.FAILED:
            return "warn", _FAILURES.get(access.error_code, "It could not be read.")
        case OrganizationAccess.State.READ:
            return "good", "Up to date."
        case _:
            return "quiet", "Not read yet."
