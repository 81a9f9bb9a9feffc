"""Why a key does nothing for one PAT of the list: said to whoever pressed it, where a button is missing."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from tokens.models import Pat

_ROTATE = {
    "elsewhere": _("This token belongs to an organization that is not set up, so it cannot be rotated."),
    "unknown": _("Azure DevOps does not say what this token may do, so it cannot be rotated."),
    "leaving": _("This token is being revoked, so it cannot be rotated."),
    "ending": _("This token was replaced and is about to end, so it cannot be rotated."),
    "replaced": _("This token has been replaced already. Rotate the one that took over."),
}
_EDIT = {
    "ended": _("This token has ended, so it cannot be edited."),
    "elsewhere": _("This token belongs to an organization that is not set up, so it cannot be edited."),
    "leaving": _("This token is being revoked, so it cannot be edited."),
    "ending": _("This token was replaced and is about to end, so it cannot be edited."),
}
_CHOOSE = {
    "ended": _("This token has ended, so it cannot be selected."),
    "elsewhere": _("This token belongs to an organization that is not set up, so it cannot be selected."),
    "leaving": _("This token is being revoked, so it cannot be selected."),
}


@dataclass(frozen=True, slots=True)
class Refusals:
    """A sentence for each deed that is not possible now, "" for those that are."""

    rotate: str
    edit: str
    choose: str


def refusals(pat: Pat, *, can_rotate: bool, can_change: bool, can_choose: bool, now: datetime) -> Refusals:
    """Return why rotating, editing and selecting are not possible, each where it is not."""
    reason = _why_not_changed(pat, now=now)
    return Refusals(
        rotate="" if can_rotate else str(_ROTATE[_why_not_rotated(pat, now=now)]),
        edit="" if can_change else str(_EDIT[reason]),
        choose="" if can_choose else str(_CHOOSE[reason]),
    )


def _why_not_changed(pat: Pat, *, now: datetime) -> str:
    if not pat.is_active(now=now):
        return "ended"
    if pat.is_owned_elsewhere:
        return "elsewhere"
    return "leaving" if pat.revocation_sent_at is not None else "ending"


def _why_not_rotated(pat: Pat, *, now: datetime) -> str:
    """Return what keeps it from being rotated; one that has ended may have a successor all the same."""
    if pat.is_owned_elsewhere:
        return "elsewhere"
    if not pat.scopes:
        return "unknown"
    if pat.is_active(now=now) and pat.revocation_sent_at is not None:
        return "leaving"
    return "ending" if pat.is_active(now=now) and pat.ends_at is not None else "replaced"
