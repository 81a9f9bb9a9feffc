"""One PAT in words: its state, scopes, risks, remarks and relatives, and what can be done with it now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patportal.lib.texts import Text
from tokens import rules, scopes
from tokens.models import Pat, global_stop_at
from tokens.presenters._addresses import address
from tokens.presenters._lineage import LineageLink, active_successors, lineage, working_successors
from tokens.presenters._places import PlaceLabel, places_of
from tokens.presenters._refusals import Refusals, refusals
from tokens.presenters._risks import RiskMark, risks_of


@dataclass(frozen=True, slots=True)
class Badge:
    """A state in one or two words; `tone` is good, warn, bad, quiet or info, `icon` a heroicon."""

    code: str
    label: Text
    icon: str
    tone: str


@dataclass(frozen=True, slots=True)
class ScopeLabel:
    code: str
    label: Text
    is_high_privilege: bool


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know about a PAT, with a link to where it is mended, which may be empty."""

    text: Text
    label: Text = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class PatRow:
    """One PAT as the list and the pages about it show it.

    `stops_at` is the earliest of its ends; `ending` says who brings it about while the portal is to end it.
    `rotate_label` names what its rotation is: of one that ended a replacement, of a global one the way out;
    `rotate_told` has a place for the name as well. `maker` is the tool that made it, if any; `refusals` say
    why what is not possible now is not.
    """

    id: UUID
    name: str
    organization: str
    status: Badge
    scopes: list[ScopeLabel]
    scope_summary: str
    valid_from: datetime
    valid_to: datetime
    risks: list[RiskMark]
    remarks: list[Remark]
    can_revoke: bool
    revoke_url: str
    can_keep: bool
    keep_url: str
    is_ended: bool
    detail_url: str
    can_change: bool
    can_extend: bool
    edit_url: str
    extend_url: str
    notes_url: str
    can_rotate: bool
    rotate_url: str
    rotate_label: Text
    rotate_told: Text
    purpose: str
    places: list[PlaceLabel]
    backup_owner: str
    review_date: date | None
    is_review_due: bool
    lineage: list[LineageLink]
    is_global: bool
    ends_at: datetime | None
    ending: Text
    stops_at: datetime
    maker: str
    refusals: Refusals

    @property
    def where(self) -> str:
        """In words where it works."""
        if not self.is_global:
            return self.organization
        return gettext("All organizations (kept in %(organization)s)") % {"organization": self.organization}

    @property
    def expires_at(self) -> datetime:
        """When it stops working if nobody ends it before; global ones have a day of their own."""
        return min(self.valid_to, global_stop_at()) if self.is_global else self.valid_to

    @property
    def ends_by_itself(self) -> bool:
        """Whether the portal is to end it, and its expiry does so anyway."""
        return self.ending == _BY_ITSELF


_BY_ITSELF = _("ends by itself")
_BY_THE_PORTAL = _("the portal ends it")
_REVOKED = Badge("revoked", _("Revoked"), "no-symbol", "quiet")
_VANISHED = Badge("vanished", _("No longer listed"), "question-mark-circle", "quiet")
_SENT = Badge("revocation_sent", _("Revocation sent"), "clock", "info")
_EXPIRED = Badge("expired", _("Expired"), "x-circle", "bad")
_STOPPED = Badge("stopped", _("Stopped"), "x-circle", "bad")
_ENDING = Badge("ending", _("Ending"), "clock", "info")
_EXPIRING = Badge("expiring", _("Expiring soon"), "exclamation-triangle", "warn")
_ACTIVE = Badge("active", _("Active"), "check-circle", "good")


def status_of(pat: Pat, *, now: datetime) -> Badge:
    """Return the one state that says most about the PAT."""
    if pat.vanished_at is not None:
        return _VANISHED
    if pat.revoked_at is not None:
        return _REVOKED
    if pat.is_expired(now=now):
        return _EXPIRED if pat.valid_to <= now else _STOPPED
    if pat.revocation_sent_at is not None:
        return _SENT
    if pat.ends_at is not None:
        return _ENDING
    return _EXPIRING if pat.stops_at <= now + rules.EXPIRING_WITHIN else _ACTIVE


def pat_row(pat: Pat, *, now: datetime) -> PatRow:
    """Return what the pages show of one PAT."""
    labels = scope_labels(pat.scopes)
    is_active = pat.is_active(now=now)
    # Nothing but waiting is left to do with one that is being revoked, or that this portal cannot reach.
    is_free = pat.revocation_sent_at is None and not pat.is_owned_elsewhere
    can_choose = is_active and is_free
    can_change = can_choose and pat.ends_at is None
    can_rotate = _can_rotate(pat, now=now)
    rotate_label, rotate_told = _rotate_words(pat, is_active=is_active)
    return PatRow(
        id=pat.id,
        name=str(pat),
        organization=pat.organization.name,
        status=status_of(pat, now=now),
        scopes=labels,
        scope_summary=_summary(labels),
        valid_from=pat.valid_from,
        valid_to=pat.valid_to,
        risks=risks_of(pat, now=now),
        remarks=_remarks(pat, now=now) if is_active else [],
        can_revoke=can_choose,
        revoke_url=address("pat_revoke", pat.id),
        can_keep=is_active and pat.is_left_over,
        keep_url=address("pat_keep", pat.id),
        is_ended=not is_active,
        detail_url=address("pat_detail", pat.id),
        can_change=can_change,
        can_extend=can_change and can_be_extended(pat, now=now),
        edit_url=address("pat_edit", pat.id),
        extend_url=address("pat_extend", pat.id),
        notes_url=address("pat_notes", pat.id),
        can_rotate=can_rotate,
        rotate_url=address("pat_move" if pat.is_global else "pat_rotate", pat.id),
        rotate_label=rotate_label,
        rotate_told=rotate_told,
        purpose=pat.purpose,
        places=places_of(pat),
        backup_owner=str(pat.backup_contact or ""),
        review_date=pat.review_date,
        is_review_due=is_active and pat.review_date is not None and pat.review_date <= localdate(now),
        lineage=lineage(pat, now=now),
        is_global=pat.is_global,
        ends_at=pat.ends_at if is_active else None,
        ending=ending_of(pat) if is_active else "",
        stops_at=pat.stops_at,
        maker=rules.made_by_machine(pat.name),
        refusals=refusals(pat, can_rotate=can_rotate, can_change=can_change, can_choose=can_choose, now=now),
    )


def scope_labels(codes: Iterable[str]) -> list[ScopeLabel]:
    """Return scopes in words, without those that others of them contain."""
    return [ScopeLabel(code, scopes.label_of(code), scopes.is_high_privilege(code)) for code in _shown(codes)]


def can_be_extended(pat: Pat, *, now: datetime) -> bool:
    """Tell whether there is a later day that Azure DevOps may allow; global PATs stop on their day anyway."""
    return not pat.is_global and pat.valid_to + timedelta(days=1) < now + rules.MAX_LIFE


def ending_of(pat: Pat) -> Text:
    """Return which end applies to a PAT that the portal is to end, "" to any other."""
    if pat.ends_at is None:
        return ""
    is_by_itself = pat.valid_to <= pat.ends_at + rules.DATE_TOLERANCE
    return _BY_ITSELF if is_by_itself else _BY_THE_PORTAL


def _can_rotate(pat: Pat, *, now: datetime) -> bool:
    if pat.is_owned_elsewhere or not pat.scopes:
        return False
    if pat.is_active(now=now) and (pat.revocation_sent_at is not None or pat.ends_at is not None):
        return False
    # A global PAT may have one successor in each organization; its own page says where one is missing.
    return pat.is_global or not active_successors(pat, now=now)


def _rotate_words(pat: Pat, *, is_active: bool) -> tuple[Text, Text]:
    if pat.is_global:
        return _REPLACE
    return _ROTATE if is_active else _CREATE_REPLACEMENT


_REPLACE = _("Replace"), _('Replace<span class="visually-hidden"> <bdi>{name}</bdi></span>')
_ROTATE = _("Rotate"), _('Rotate<span class="visually-hidden"> <bdi>{name}</bdi></span>')
_CREATE_REPLACEMENT = (
    _("Create a replacement"),
    _('Create a replacement<span class="visually-hidden"> for <bdi>{name}</bdi></span>'),
)


def _shown(codes: Iterable[str]) -> list[str]:
    return sorted(scopes.without_included(codes), key=lambda code: scopes.label_of(code).lower())


def _summary(labels: list[ScopeLabel]) -> str:
    if not labels:
        return gettext("No scopes")
    named = ", ".join(str(label.label) for label in labels[:2])
    if len(labels) <= 2:
        return named
    return gettext("%(scopes)s and %(count)s more") % {"scopes": named, "count": len(labels) - 2}


def _remarks(pat: Pat, *, now: datetime) -> list[Remark]:
    found = []
    if pat.is_left_over:
        found.append(Remark(_LEFT_OVER))
    if pat.is_unreceived(now=now):
        found.append(Remark(_UNFINISHED_NEW if pat.replaces_id else _NEVER_SEEN))
    waiting = [one for one in active_successors(pat, now=now) if one.received_at is None]
    if waiting and pat.ends_at is None:
        found.append(
            Remark(_UNFINISHED_OLD, gettext("Finish or undo it"), address("pat_detail", waiting[0].id))
        )
    if pat.ends_at is not None and pat.revocation_sent_at is None and not working_successors(pat, now=now):
        found.append(Remark(_SUCCESSOR_GONE, gettext("Keep the old one"), address("pat_keep_old", pat.id)))
    if pat.is_owned_elsewhere:
        found.append(Remark(_ELSEWHERE))
    return found


_LEFT_OVER = _("Possibly left over from a creation whose answer was lost: keep it or revoke it.")
_NEVER_SEEN = _("Its secret was perhaps never seen: create another one and revoke this.")
_UNFINISHED_NEW = _(
    "Its secret was perhaps never seen: say that you have stored it, or revoke this and rotate again. The "
    "one that it is to replace was not touched."
)
_UNFINISHED_OLD = _(
    "Its rotation is not finished: nobody has said that the secret of the new token is stored. This one was "
    "not touched."
)
_SUCCESSOR_GONE = _(
    "The token that replaced it has ended or is being revoked, and this one is about to end as well: keep it "
    "if something still needs it."
)
_ELSEWHERE = _(
    "It belongs to an organization that is not set up in this portal: change or revoke it on the page of "
    "Azure DevOps."
)
