"""A page that shows every component in every state; served in DEBUG only.

Its samples are made of the same values that the real pages show, so that a component cannot drift away from
what it is given. It reads nothing: neither the database nor Azure DevOps.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patportal.lib.problems import Problem
from tokens.errors import ConditionalAccess, Throttled
from tokens.messages import MESSAGES
from tokens.presenters import (
    Badge,
    Notice,
    OrganizationState,
    PatRow,
    PlaceLabel,
    Reference,
    Remark,
    RiskMark,
    ScopeGroup,
    ScopeLabel,
    ScopeOption,
    Trouble,
)
from tokens.views.pat_list import Pagination, SortLink, StatusCard

TONES = ["good", "info", "warn", "bad", "quiet"]
_REFERENCE = "0cfe0a9e-0000-4000-8000-000000000000"

_ACTIVE = Badge("active", "Active", "check-circle", "good")
_EXPIRING = Badge("expiring", "Expiring soon", "exclamation-triangle", "warn")
_EXPIRED = Badge("expired", "Expired", "x-circle", "bad")
_SENT = Badge("revocation_sent", "Revocation sent", "clock", "info")
_REVOKED = Badge("revoked", "Revoked", "no-symbol", "quiet")
_VANISHED = Badge("vanished", "No longer listed", "question-mark-circle", "quiet")
_BADGES = [_ACTIVE, _EXPIRING, _EXPIRED, _SENT, _REVOKED, _VANISHED]

_READ = ScopeLabel("vso.code", "Code (read)", is_high_privilege=False)
_MANAGE = ScopeLabel("vso.code_manage", "Code (manage)", is_high_privilege=True)
_PACKAGING = ScopeLabel("vso.packaging", "Packaging (read)", is_high_privilege=False)
_FULL = ScopeLabel("app_token", "Full access", is_high_privilege=True)
_RISKS = [
    RiskMark("full_access", "Full access", "It can do everything that you can do."),
    RiskMark("global", "All organizations", "It works in every organization."),
    RiskMark("high_privilege", "High privilege", "It holds a scope that Microsoft marks as powerful."),
]


_LONG_NAME = "A name as long as people make them when nobody stops them in time"
_ADDRESSES = dict.fromkeys(("detail_url", "edit_url", "extend_url", "notes_url", "rotate_url"), "#table")


class SampleForm(forms.Form):
    """Fields with and without a hint; bound to nothing it shows every error."""

    name = forms.CharField(help_text="What it is for and where it is used.", initial="ci read")
    organization = forms.ChoiceField(choices=[("fabrikam", "fabrikam"), ("tailwind", "tailwind")])
    expires = forms.ChoiceField(
        choices=[("7", "7 days"), ("30", "30 days"), ("custom", "On a date")], initial="30"
    )
    expires_date = forms.DateField(label="Date")
    places = forms.CharField(label="Places of use", help_text="One on each line.", widget=forms.Textarea)
    scopes = forms.MultipleChoiceField(choices=[("vso.code", "Code (read)")])


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Show the component gallery."""
    now = timezone.now()
    context = {
        "tones": TONES,
        "badges": _BADGES,
        "risks": _RISKS,
        "moments": [*(now + timedelta(seconds=seconds) for seconds in _DISTANCES), None],
        "problem": Problem(message=MESSAGES[Throttled.code], reference=_REFERENCE),
        "problem_with_sign_in": Problem(message=MESSAGES[ConditionalAccess.code], sign_in_url="#alerts"),
        "notices": _notices(now),
        "organizations": _organizations(now),
        "troubles": _troubles(now),
        "form": SampleForm(),
        "refused_form": SampleForm({"expires": "custom"}),
        "scope_groups": _SCOPE_GROUPS,
        "cards": _CARDS,
        "columns": _COLUMNS,
        "rows": _rows(now),
        "paginations": _PAGINATIONS,
    }
    return render(request, "gallery.html", context)


_DISTANCES = [-400 * 86_400, -3 * 86_400, -120, 0, 5 * 3_600, 10 * 86_400, 300 * 86_400]

_SCOPE_GROUPS = [
    ScopeGroup(
        "Code",
        [
            ScopeOption(
                code="vso.code",
                label="Code (read)",
                sentence="Read source code, commits, branches and pull requests.",
                is_high_privilege=False,
                includes=[],
                includes_labels=[],
                is_selected=False,
            ),
            ScopeOption(
                code="vso.code_manage",
                label="Code (manage)",
                sentence="Create, change and delete repositories.",
                is_high_privilege=True,
                includes=["vso.code"],
                includes_labels=["Code (read)"],
                is_selected=True,
            ),
        ],
    ),
    ScopeGroup(
        "Everything",
        [
            ScopeOption(
                code="app_token",
                label="Full access",
                sentence="Everything you can do yourself.",
                is_high_privilege=True,
                includes=[],
                includes_labels=[],
                is_selected=False,
            )
        ],
    ),
]

_CARDS = [
    StatusCard(
        badge.code,
        badge.label,
        count,
        "#cards",
        is_current=badge is _ACTIVE,
        icon=badge.icon,
        tone=badge.tone,
    )
    for badge, count in zip(_BADGES, [41, 3, 12, 1, 1_204, 0], strict=True)
]

_COLUMNS = {
    "name": SortLink("Name", "#table", "none"),
    "organization": SortLink("Organization", "#table", "none"),
    "status": SortLink("Status", "#table", "descending"),
    "expires": SortLink("Expires", "#table", "ascending"),
    "created": SortLink("Created", "#table", "none"),
}

_PAGINATIONS = [
    Pagination(number=1, count=1, first=1, last=7, total=7, previous_url="", next_url=""),
    Pagination(
        number=2, count=3, first=51, last=100, total=120, previous_url="#pagination", next_url="#pagination"
    ),
]


def _notices(now: datetime) -> list[Notice]:
    texts = {
        "good": "“ci read” in fabrikam: the token was created.",
        "info": "“nightly export” in fabrikam: the portal is finding out whether it exists.",
        "warn": "“build agents” in tailwind: a token may be left over.",
        "bad": "“packages” in tailwind: Azure DevOps refused to create it.",
        "quiet": "“old” in tailwind: there was nothing to do.",
    }
    return [
        Notice(
            tone=tone,
            text=text,
            at=now - timedelta(minutes=2 + 50 * place),
            action_url=f"#notices-{tone}",
            action_label="Details",
            dismiss_url="" if tone == "info" else f"#notices-{tone}",
        )
        for place, (tone, text) in enumerate(texts.items())
    ]


def _organizations(now: datetime) -> list[OrganizationState]:
    conditions = [
        ("fabrikam", "good", "Up to date.", now - timedelta(minutes=2)),
        ("tailwind", "info", "Refreshing…", now - timedelta(hours=3)),
        ("contoso", "warn", "Azure DevOps could not be reached.", now - timedelta(days=2)),
        ("woodgrove", "quiet", "You have no access to this organization.", None),
    ]
    return [
        OrganizationState(
            name=name,
            url="#chips",
            is_current=name == "tailwind",
            tone=tone,
            sentence=sentence,
            updated_at=updated_at,
        )
        for name, tone, sentence, updated_at in conditions
    ]


def _troubles(now: datetime) -> list[Trouble]:
    return [
        Trouble(
            tone="warn",
            title="fabrikam and tailwind: Azure DevOps cannot be reached",
            sentence="No connection could be made, so nothing new was read.",
            loss="",
            next_step="Use Refresh in a few minutes.",
            read_label="The oldest of what you see of them was last read",
            read_at=now - timedelta(hours=3),
            sign_in_url="",
            references=[Reference("fabrikam", _REFERENCE), Reference("tailwind", _REFERENCE)],
        ),
        Trouble(
            tone="warn",
            title="You no longer have access to contoso",
            sentence="Azure DevOps does not accept you there any more.",
            loss="The portal can no longer see or revoke your 35 active tokens there.",
            next_step="Ask its administrators to let you in again.",
            read_label="What you see of it was last read",
            read_at=now - timedelta(days=2),
            sign_in_url="",
            references=[Reference("", _REFERENCE)],
        ),
    ]


def _rows(now: datetime) -> list[PatRow]:
    return [
        _row(now, 1, "ci read", _ACTIVE, [_READ]),
        _row(now, 2, _LONG_NAME, _EXPIRING, [_MANAGE], risks=_RISKS[2:]),
        _row(now, 3, "laptop", _ACTIVE, [_FULL], risks=_RISKS[:2]),
        _row(
            now,
            4,
            "left over",
            _ACTIVE,
            [_READ, _PACKAGING, _MANAGE],
            remark="Possibly left over: keep or revoke it.",
        ),
        _row(now, 5, "עברית mixed with English", _SENT, [_READ, _PACKAGING]),
        _row(now, 6, "old pipeline", _EXPIRED, [_READ], days=-20),
        _row(now, 7, "test", _REVOKED, [_READ], days=50),
        _row(now, 8, "gone", _VANISHED, [], days=50),
    ]


def _row(
    now: datetime,
    number: int,
    name: str,
    status: Badge,
    scopes: list[ScopeLabel],
    *,
    risks: list[RiskMark] | None = None,
    days: int = 12,
    remark: str = "",
) -> PatRow:
    is_ended = status in {_EXPIRED, _REVOKED, _VANISHED}
    return PatRow(
        id=UUID(int=number),
        name=name,
        organization="fabrikam" if number % 2 else "tailwind",
        status=status,
        scopes=scopes,
        scope_summary=f"{scopes[0].label} and {len(scopes) - 1} more" if len(scopes) > 2 else "",
        valid_from=now - timedelta(days=60 + number),
        valid_to=now + timedelta(days=days),
        risks=risks or [],
        remarks=[Remark(remark)] if remark else [],
        can_revoke=not is_ended and status is not _SENT,
        revoke_url="#table",
        can_keep=bool(remark),
        keep_url="#table",
        is_ended=is_ended,
        can_change=not is_ended,
        can_extend=not is_ended,
        can_rotate=True,
        rotate_label="Replace" if is_ended else "Rotate",
        purpose="Reads code for the release notes." if number == 1 else "",
        places=[PlaceLabel("The nightly build", "", "", is_moved=False, tick_url="#table")][:number],
        backup_owner="Bob Baker" if number == 1 else "",
        is_review_due=number == 1,
        lineage=[],
        is_global=False,
        ends_at=None,
        ending="",
        stops_at=now + timedelta(days=days),
        **_ADDRESSES,
    )
