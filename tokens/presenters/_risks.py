"""What makes one PAT more dangerous than another: each mark with why it matters and what to do about it.

A mark is the same for every PAT that has it, so a page with many rows holds each explanation once.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from patportal.lib.notation import written
from tokens import rules, scopes
from tokens.models import Pat, global_stop_at

_SHIELD, _CLOCK = "shield-exclamation", "clock"


@dataclass(frozen=True, slots=True)
class RiskMark:
    """One mark: `why` it matters and the `next_step`, which names what stands in the PAT's row."""

    code: str
    label: str
    icon: str
    why: str
    next_step: str


def risks_of(pat: Pat, *, now: datetime) -> list[RiskMark]:
    """Return the marks of a PAT, the worst first: what has ended is no risk, but it may have been stopped."""
    if not pat.is_active(now=now):
        return [_was_global()] if _was_stopped(pat, now=now) else []
    found = []
    if scopes.FULL_ACCESS in pat.scopes:
        found.append(_full_access())
    elif any(scopes.is_high_privilege(code) for code in pat.scopes):
        found.append(_high_privilege())
    if pat.is_global:
        found.append(_global())
    elif _is_old(pat, now=now):
        found.append(_old())
    return found


def risk_marks() -> list[RiskMark]:
    """Return every mark that a row may have, as a page explains them."""
    return [_full_access(), _high_privilege(), _global(), _was_global(), _old()]


def _is_old(pat: Pat, *, now: datetime) -> bool:
    """Tell whether a new secret is due; not of one that is about to be ended anyway."""
    is_leaving = pat.ends_at is not None or pat.revocation_sent_at is not None
    return rules.is_old(pat.valid_from, now=now) and not is_leaving


def _was_stopped(pat: Pat, *, now: datetime) -> bool:
    """Tell whether it works no more only because it was for all organizations."""
    return not pat.is_revoked and pat.is_stopped(now=now) and pat.valid_to > now


def _full_access() -> RiskMark:
    return RiskMark(
        "full_access",
        _("Full access"),
        _SHIELD,
        _("Whoever gets hold of its secret can do everything that you can do."),
        _("Edit it and choose only the scopes that its work needs. Its secret stays the same."),
    )


def _high_privilege() -> RiskMark:
    return RiskMark(
        "high_privilege",
        _("High privilege"),
        _SHIELD,
        _(
            "It holds a scope that Microsoft marks as powerful: whoever gets hold of its secret can do much "
            "harm."
        ),
        _("Edit it and take off what its work does not need. Its secret stays the same."),
    )


def _global() -> RiskMark:
    stop = global_stop_at()
    return RiskMark(
        "global",
        _("All organizations, stops %(day)s") % {"day": written(stop, "day")},
        _SHIELD,
        _("It works in every organization. Microsoft ends all tokens of this kind on %(day)s.")
        % {"day": written(stop, "long day")},
        _("Use Replace to create one for each organization before that day."),
    )


def _was_global() -> RiskMark:
    stop = global_stop_at()
    return RiskMark(
        "was_global",
        _("All organizations, stopped %(day)s") % {"day": written(stop, "day")},
        _SHIELD,
        _("It worked in every organization. Microsoft ended all tokens of this kind on %(day)s.")
        % {"day": written(stop, "long day")},
        _("Use Replace to create one for each organization that still needs it."),
    )


def _old() -> RiskMark:
    days = {"days": rules.OLD_AFTER.days}
    return RiskMark(
        "old",
        _("Older than %(days)s days") % days,
        _CLOCK,
        _(
            "Its secret has been the same for more than %(days)s days. The longer one is in use, the more "
            "places hold a copy of it; Microsoft advises a new one every %(days)s days."
        )
        % days,
        _("Rotate it. The old secret goes on to work until you say that the new one is stored."),
    )
