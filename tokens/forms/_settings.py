"""The forms of the settings, one for each section; sending one twice changes nothing, so they have no key."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from tokens import rules
from tokens.forms._expiry import CUSTOM, day_in_words, expires_date_field, life_in_words

LONGEST_MUTE = timedelta(days=366)
_MUTE_DAYS = (7, 14, 30)
# Those that are called by a place; the others are abbreviations and names of old.
_REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


def _mute_choices() -> list[tuple[str, str]]:
    presets = [(str(days), life_in_words(days)) for days in _MUTE_DAYS]
    return [*presets, (CUSTOM, gettext("Until a date"))]


def _step_choices() -> list[tuple[int, str]]:
    return [(step, _step_in_words(step)) for step in rules.REMINDER_STEPS_DAYS]


def _step_in_words(step: int) -> str:
    if step == 0:
        return gettext("On the last day")
    return ngettext("%(count)s day before", "%(count)s days before", step) % {"count": step}


def zone_names() -> list[str]:
    """Return the time zones to choose from, by region and place; then UTC and what the portal has."""
    named = {name for name in available_timezones() if name.partition("/")[0] in _REGIONS}
    others = {"UTC", settings.TIME_ZONE} - named
    return [*sorted(named), *sorted(others)]


def _zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    regions: dict[str, list[tuple[str, str]]] = {}
    for name in zone_names():
        region, _slash, place = name.partition("/")
        label = (place or name).replace("_", " ").replace("/", ", ")
        regions.setdefault(region if place else gettext("No region"), []).append((name, label))
    return list(regions.items())


class ReminderDaysForm(forms.Form):
    """How many days before an end a mail comes."""

    days = forms.TypedMultipleChoiceField(
        required=False,
        coerce=int,
        choices=_step_choices,
        widget=forms.CheckboxSelectMultiple,
        label=_("Reminder days"),
        error_messages={"invalid_choice": _("Choose from the days that are offered.")},
    )


class TimeZoneForm(forms.Form):
    """In which time zone dates are told, and mail comes at nine."""

    time_zone = forms.ChoiceField(
        choices=_zone_choices,
        label=_("Time zone"),
        error_messages={
            "required": _("Choose your time zone."),
            "invalid_choice": _("The portal does not know this time zone. Choose one from the list."),
        },
    )


class MuteForm(forms.Form):
    """For how long to be quiet: a number of days, or to the end of a date."""

    mute_for = forms.ChoiceField(
        choices=_mute_choices,
        initial="7",
        widget=forms.RadioSelect,
        label=_("For how long"),
        error_messages={
            "required": _("Choose for how long."),
            "invalid_choice": _("Choose one of the options."),
        },
    )
    mute_until = expires_date_field()

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = now
        self.fields["mute_until"].label = gettext("Last day of quiet")
        today = timezone.localdate(now)
        self._earliest, self._latest = today, today + LONGEST_MUTE
        self.fields["mute_until"].widget.attrs |= {"min": str(self._earliest), "max": str(self._latest)}

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("mute_for") == CUSTOM and "mute_until" not in self.errors:
            day = cleaned.get("mute_until")
            if day is None:
                self.add_error("mute_until", gettext("Enter the last day of quiet."))
            elif not self._earliest <= day <= self._latest:
                self.add_error(
                    "mute_until",
                    gettext("Choose a day from %(first)s to %(last)s.")
                    % {"first": day_in_words(self._earliest), "last": day_in_words(self._latest)},
                )
        return cleaned

    @property
    def until(self) -> datetime:
        """When the quiet is over, once the form is valid: after so many days, or at the end of the day."""
        chosen = self.cleaned_data["mute_for"]
        if chosen != CUSTOM:
            return (self._now + timedelta(days=int(chosen))).replace(microsecond=0)
        day = self.cleaned_data["mute_until"] + timedelta(days=1)
        zone = ZoneInfo(timezone.get_current_timezone_name())
        return datetime.combine(day, time.min, tzinfo=zone)


class DisconnectForm(forms.Form):
    """The confirmation that the portal is to forget its access: a box that has to be ticked."""

    is_sure = forms.BooleanField(
        label=_("Confirmation"),
        error_messages={"required": _("Tick the box to confirm that your access is to be forgotten.")},
    )
