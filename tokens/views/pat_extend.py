"""Give a PAT a later expiry. What Azure DevOps grants may be less than what was asked, and is said."""

from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.actors import actor_for
from accounts.decorators import sign_in_required
from accounts.requests import PersonRequest
from patportal.lib.notation import written
from tokens import operations
from tokens.access import own_pat
from tokens.delegation import client_for, remote_slot
from tokens.errors import TokensError
from tokens.forms import CUSTOM, ExtendPatForm
from tokens.models import Operation, Pat, global_stop_at
from tokens.operations import ChangedPat, seen_of
from tokens.presenters import PatRow, extension_sentence, pat_row
from tokens.views._changing import (
    Trouble,
    after_error,
    asked_before,
    obstacle,
    renew,
    restored,
    typed_before,
)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def pat_extend(request: PersonRequest, pat_id: UUID) -> HttpResponse:
    """Offer later expiries; on POST ask Azure DevOps for one."""
    pat = own_pat(request.user, pat_id)
    if request.method == "POST":
        return _submit(request, pat)
    kept, earlier = typed_before(request)
    if earlier is not None and not earlier.has_come_to_nothing:
        return redirect("operation", earlier.id)
    row = pat_row(pat, now=timezone.now())
    in_the_way = obstacle(request, pat, row) or _nothing_later(request, row)
    if in_the_way is not None:
        return in_the_way
    initial: dict[str, object] = {"seen": seen_of(pat)}
    again = asked_before(request, pat, Operation.Verb.EXTEND)
    if again is not None and again.asked_valid_to is not None:
        initial |= {"expires": CUSTOM, "expires_date": str(timezone.localdate(again.asked_valid_to))}
    if kept is not None:
        initial |= restored(kept, ("seen", "expires", "expires_date"), is_spent=earlier is not None)
    form = _form(pat, initial=initial)
    return _show(request, pat, form, is_kept=kept is not None, is_again=again is not None)


def _nothing_later(request: PersonRequest, row: PatRow) -> HttpResponse | None:
    if row.can_extend:
        return None
    if row.is_global:
        told = _(
            "“%(name)s” cannot be extended: Microsoft ends all tokens for all organizations on %(day)s. "
            "Replace it instead."
        )
    else:
        told = _("“%(name)s” cannot be extended: it lasts as long as Azure DevOps allows already.")
    stop_day = written(global_stop_at(), "long day")
    flash.info(request, told % {"name": row.name, "day": stop_day})
    return redirect(row.detail_url)


def _form(
    pat: Pat, data: QueryDict | None = None, *, initial: dict[str, object] | None = None
) -> ExtendPatForm:
    return ExtendPatForm(data, valid_to=pat.valid_to, now=timezone.now(), initial=initial)


def _show(
    request: PersonRequest,
    pat: Pat,
    form: ExtendPatForm,
    *,
    trouble: Trouble | None = None,
    is_kept: bool = False,
    is_again: bool = False,
    status: int = 200,
) -> HttpResponse:
    row = pat_row(pat, now=timezone.now())
    context = {"row": row, "form": form, "trouble": trouble, "is_kept": is_kept, "is_again": is_again}
    return render(request, "tokens/pat_extend.html", context, status=status)


def _submit(request: PersonRequest, pat: Pat) -> HttpResponse:
    # The page is never shown for one; so this is no form of ours.
    if pat.is_global and (stays := _nothing_later(request, pat_row(pat, now=timezone.now()))) is not None:
        return stays
    form = _form(pat, request.POST)
    if not form.is_valid():
        renew(form, pat)
        return _show(request, pat, form, status=422)
    try:
        changed = _extend(request, pat, form)
    except TokensError as exc:
        # The guard may have brought the expiry up to date, from which the page counts.
        form.count_from(pat.valid_to)
        return after_error(
            request,
            pat,
            form,
            exc,
            lambda trouble: _show(request, pat, form, trouble=trouble, status=trouble.problem.status),
        )
    tell = flash.warning if changed.was_shortened else flash.success
    tell(
        request,
        extension_sentence(
            changed.pat, asked=changed.asked_valid_to, before=changed.before_valid_to, now=timezone.now()
        ),
    )
    return redirect("pat_detail", pat.id)


def _extend(request: PersonRequest, pat: Pat, form: ExtendPatForm) -> ChangedPat:
    with remote_slot(request.user):
        return operations.extend_pat(
            key=form.cleaned_data["key"],
            actor=actor_for(request),
            owner=request.user,
            pat=pat,
            client=client_for(request.user),
            now=timezone.now(),
            seen=form.cleaned_data["seen"],
            valid_to=form.valid_to(),
        )
