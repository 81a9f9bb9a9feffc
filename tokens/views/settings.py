"""The settings of a person: reminders, their time zone, and quiet for a while; one POST for each section."""

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.actors import actor_for
from accounts.decorators import sign_in_required
from accounts.requests import PersonRequest
from tokens import operations
from tokens.errors import SettingRefused
from tokens.forms import MuteForm, ReminderDaysForm, TimeZoneForm
from tokens.presenters import moment_words
from tokens.views._problems import problem_of
from tokens.views._settings import show_settings


@require_safe
@never_cache
@sign_in_required
def settings(request: PersonRequest) -> HttpResponse:
    """Show the person's settings, a section for each kind."""
    return show_settings(request)


@require_POST
@never_cache
@sign_in_required(return_to="settings")
def reminder_days(request: PersonRequest) -> HttpResponse:
    """Save how many days before an end a mail comes."""
    form = ReminderDaysForm(request.POST)
    if not form.is_valid():
        return show_settings(request, days_form=form, status=422)
    days = form.cleaned_data["days"]
    operations.choose_reminder_days(actor=actor_for(request), owner=request.user, days=days)
    flash.success(
        request, _("Your reminder days are saved.") if days else _("No reminders are sent to you any more.")
    )
    return redirect("settings")


@require_POST
@never_cache
@sign_in_required(return_to="settings")
def time_zone(request: PersonRequest) -> HttpResponse:
    """Save the time zone in which dates are told; the list asks for it once, as well."""
    form = TimeZoneForm(request.POST)
    if not form.is_valid():
        return show_settings(request, zone_form=form, status=422)
    name = form.cleaned_data["time_zone"]
    operations.choose_time_zone(actor=actor_for(request), owner=request.user, name=name)
    flash.success(request, _("Dates are told in the time zone %(zone)s from now on.") % {"zone": name})
    return redirect("pat_list" if request.POST.get("from") == "list" else "settings")


@require_POST
@never_cache
@sign_in_required(return_to="settings")
def reminders_mute(request: PersonRequest) -> HttpResponse:
    """Stop all reminders for a while."""
    now = timezone.now()
    form = MuteForm(request.POST, now=now)
    if not form.is_valid():
        return show_settings(request, mute_form=form, status=422)
    operations.mute_reminders(actor=actor_for(request), owner=request.user, until=form.until)
    told = _("No reminders are sent to you until %(moment)s.")
    flash.success(request, told % {"moment": moment_words(form.until, now=now)})
    return redirect("settings")


@require_POST
@sign_in_required(return_to="settings")
def reminders_unmute(request: PersonRequest) -> HttpResponse:
    """Send reminders again."""
    operations.unmute_reminders(actor=actor_for(request), owner=request.user)
    flash.success(request, _("Reminders are sent to you again."))
    return redirect("settings")


@require_POST
@never_cache
@sign_in_required(return_to="settings")
def test_mail(request: PersonRequest) -> HttpResponse:
    """Have a mail sent to the person, to see whether mail arrives."""
    try:
        operations.send_test_mail(actor=actor_for(request), owner=request.user, now=timezone.now())
    except SettingRefused as exc:
        problem = problem_of(request, exc)
        return show_settings(request, problem=problem, status=problem.status)
    told = _("A test mail to %(address)s is on its way.")
    flash.success(request, told % {"address": request.user.mail_address})
    return redirect("settings")
