"""Rotate many PATs. A secret is at rest nowhere, so the open page asks for one after the other.

This view says what will happen and gives the page what it needs; each rotation is a POST to `pat_rotate`.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.decorators import sign_in_required
from accounts.requests import PersonRequest
from tokens import rules
from tokens.bulk_queries import under_way
from tokens.forms import RotateManyForm, SeenField, new_key
from tokens.models import Pat
from tokens.operations import seen_of
from tokens.presenters import (
    PatRow,
    Plan,
    life_days,
    overlap_options,
    plan,
    way_on_rotate,
    why_not_rotate,
)
from tokens.views._chosen import chosen_pats


@dataclass(frozen=True, slots=True)
class Rotation:
    """One PAT to rotate, with what its form carries; `life` is how many days it was made to live."""

    row: PatRow
    key: str
    seen: str
    life: int


@require_safe
@never_cache
@sign_in_required
def bulk_rotate(request: PersonRequest) -> HttpResponse:
    """Show what rotating these PATs means, and let the page begin."""
    now = timezone.now()
    chosen = chosen_pats(request, request.GET, now=now)
    planned, by_id = _plan(chosen.pats, now=now), {pat.pk: pat for pat in chosen.pats}
    rotations = [_rotation(by_id[one.row.id], one.row) for one in planned.pats]
    context = {
        "chosen": chosen,
        "plan": planned,
        "rotations": rotations,
        "overlaps": _overlaps(by_id[rotations[0].row.id], now=now) if rotations else [],
        "form": RotateManyForm(now=now),
    }
    return render(request, "tokens/bulk_rotate.html", context)


def _plan(pats: list[Pat], *, now: datetime) -> Plan:
    known = under_way(pats)
    return plan(
        pats,
        why_not=partial(why_not_rotate, under_way=known),
        way_on=partial(way_on_rotate, under_way=known),
        now=now,
    )


def _rotation(pat: Pat, row: PatRow) -> Rotation:
    seen = str(SeenField().prepare_value(seen_of(pat)))
    return Rotation(row, key=new_key(), seen=seen, life=life_days(pat))


def _overlaps(pat: Pat, *, now: datetime) -> list[tuple[str, str, bool]]:
    """Return value and label of each overlap, and whether it is the usual one; any PAT tells them."""
    options = overlap_options(pat, selected=rules.DEFAULT_OVERLAP, now=now)
    return [(one.value, str(one.label), one.is_selected) for one in options]
