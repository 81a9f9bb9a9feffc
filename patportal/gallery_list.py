"""What the gallery shows of the list: its rows in every state and all that stands around them."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.timezone import localdate

from tokens.list_address import ListQuery
from tokens.list_queries import ExpiryDay
from tokens.presenters import (
    Badge,
    FilterChip,
    FoldedLine,
    Pagination,
    PatRow,
    PlaceLabel,
    Refusals,
    Remark,
    RiskMark,
    ScopeLabel,
    SortLink,
    StatusCard,
    Strip,
    risk_marks,
    strip,
)

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


_LONG_NAME = "A name as long as people make them when nobody stops them in time"
_ADDRESSES = dict.fromkeys(("detail_url", "edit_url", "extend_url", "notes_url", "rotate_url"), "#table")


def list_samples(now: datetime) -> dict[str, object]:
    """Return the samples by the names that the gallery's template knows."""
    return {
        "badges": _BADGES,
        "risks": risk_marks(),
        "cards": _CARDS,
        "strip": _strip(now),
        "filters": _FILTERS,
        "columns": _COLUMNS,
        "rows": _rows(now),
        "folded": FoldedLine(3, now + timedelta(days=3), "#table"),
        "paginations": _PAGINATIONS,
    }


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

_FILTERS = [
    FilterChip("search", "“deploy”", "#cards"),
    FilterChip("on", "Stops on 4 December 2026", "#cards"),
]


def _strip(now: datetime) -> Strip:
    today = localdate(now)
    counts = {0: 1, 3: 2, 4: 4, 5: 5, 9: 240, 20: 1, 41: 3}
    found = [ExpiryDay(today + timedelta(days=n), count, ["ci read"]) for n, count in counts.items()]
    return strip(ListQuery(stops_on=today + timedelta(days=5)), found, later=17, now=now)


def _rows(now: datetime) -> list[PatRow]:
    full_access, powerful, everywhere, *_, old = risk_marks()
    return [
        _row(now, 1, "ci read", _ACTIVE, [_READ]),
        _row(now, 2, _LONG_NAME, _EXPIRING, [_MANAGE], risks=[powerful, old]),
        _row(now, 3, "laptop", _ACTIVE, [_FULL], risks=[full_access, everywhere]),
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
        rotate_told="Replace {name}" if is_ended else "Rotate {name}",
        purpose="Reads code for the release notes." if number == 1 else "",
        places=[PlaceLabel("The nightly build", "", "", is_moved=False, tick_url="#table")][:number],
        backup_owner="Bob Baker" if number == 1 else "",
        review_date=now.date() if number == 1 else None,
        is_review_due=number == 1,
        lineage=[],
        is_global=False,
        ends_at=None,
        ending="",
        stops_at=now + timedelta(days=days),
        maker="Git Credential Manager" if number == 2 else "",
        refusals=Refusals("", "", ""),
        **_ADDRESSES,
    )
