"""One PAT in words: its state, scopes, risks and remarks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from tokens import rules, scopes
from tokens.models import Pat


@dataclass(frozen=True, slots=True)
class Badge:
    """A state in one or two words; `tone` is good, warn, bad, quiet or info, `icon` a heroicon."""

    code: str
    label: str
    icon: str
    tone: str


@dataclass(frozen=True, slots=True)
class ScopeLabel:
    code: str
    label: str
    is_high_privilege: bool


@dataclass(frozen=True, slots=True)
class RiskMark:
    code: str
    label: str
    hint: str


@dataclass(frozen=True, slots=True)
class PatRow:
    """One PAT as the list and the pages about it show it."""

    id: UUID
    name: str
    organization: str
    status: Badge
    scopes: list[ScopeLabel]
    scope_summary: str
    valid_from: datetime
    valid_to: datetime
    risks: list[RiskMark]
    remarks: list[str]
    can_revoke: bool
    revoke_url: str
    can_keep: bool
    keep_url: str
    is_ended: bool


_REVOKED = Badge("revoked", "Revoked", "no-symbol", "quiet")
_VANISHED = Badge("vanished", "No longer listed", "question-mark-circle", "quiet")
_SENT = Badge("revocation_sent", "Revocation sent", "clock", "info")
_EXPIRED = Badge("expired", "Expired", "x-circle", "bad")
_EXPIRING = Badge("expiring", "Expiring soon", "exclamation-triangle", "warn")
_ACTIVE = Badge("active", "Active", "check-circle", "good")

_FULL_ACCESS = RiskMark("full_access", "Full access", "It can do everything that you can do.")
_GLOBAL = RiskMark(
    "global",
    "All organizations, stops 1 Dec 2026",
    "It works in every organization. Microsoft ends all tokens of this kind on 1 December 2026.",
)
_HIGH_PRIVILEGE = RiskMark(
    "high_privilege", "High privilege", "It holds a scope that Microsoft marks as powerful."
)


def status_of(pat: Pat, *, now: datetime) -> Badge:
    """Return the one state that says most about the PAT."""
    if pat.vanished_at is not None:
        return _VANISHED
    if pat.revoked_at is not None:
        return _REVOKED
    if pat.is_expired(now=now):
        return _EXPIRED
    if pat.revocation_sent_at is not None:
        return _SENT
    return _EXPIRING if pat.valid_to <= now + rules.EXPIRING_WITHIN else _ACTIVE


def pat_row(pat: Pat, *, now: datetime) -> PatRow:
    """Return what the pages show of one PAT."""
    labels = [
        ScopeLabel(code, scopes.label_of(code), scopes.is_high_privilege(code)) for code in _shown(pat.scopes)
    ]
    is_active = pat.is_active(now=now)
    return PatRow(
        id=pat.id,
        name=pat.name,
        organization=pat.organization.name,
        status=status_of(pat, now=now),
        scopes=labels,
        scope_summary=_summary(labels),
        valid_from=pat.valid_from,
        valid_to=pat.valid_to,
        risks=_risks(pat) if is_active else [],
        remarks=_remarks(pat, now=now) if is_active else [],
        can_revoke=is_active and pat.revocation_sent_at is None,
        revoke_url=reverse("pat_revoke", args=[pat.id]),
        can_keep=is_active and pat.is_left_over,
        keep_url=reverse("pat_keep", args=[pat.id]),
        is_ended=not is_active,
    )


def _shown(codes: Iterable[str]) -> list[str]:
    return sorted(scopes.without_included(codes), key=lambda code: scopes.label_of(code).lower())


def _summary(labels: list[ScopeLabel]) -> str:
    if not labels:
        return "No scopes"
    named = ", ".join(label.label for label in labels[:2])
    return named if len(labels) <= 2 else f"{named} and {len(labels) - 2} more"


def _risks(pat: Pat) -> list[RiskMark]:
    found = []
    if scopes.FULL_ACCESS in pat.scopes:
        found.append(_FULL_ACCESS)
    elif any(scopes.is_high_privilege(code) for code in pat.scopes):
        found.append(_HIGH_PRIVILEGE)
    if pat.is_global:
        found.append(_GLOBAL)
    return found


def _remarks(pat: Pat, *, now: datetime) -> list[str]:
    found = []
    if pat.is_left_over:
        found.append("Possibly left over from a creation whose answer was lost: keep it or revoke it.")
    if pat.is_unreceived(now=now):
        found.append("Its secret was perhaps never seen: create another one and revoke this.")
    return found
