"""When a PAT is to expire: in a number of days, or on a date."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from patportal.lib.notation import written
from patportal.lib.texts import Text
from tokens import rules
from tokens.forms._fields import TypedForm

CUSTOM = "custom"


def expiry_choices() -> list[tuple[str, Text]]:
    """Return the lives to choose from, and the way to a date."""
    presets = [(str(days), life_in_words(days)) for days in rules.LIFE_PRESETS_DAYS]
    return [*presets, (CUSTOM, gettext("On a date"))]


def life_in_words(days: int) -> str:
    """Return so many days as a choice says them."""
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def more_days_in_words(days: int) -> str:
    """Return an extension by so many days as a choice says it."""
    return ngettext("%(count)s more day", "%(count)s more days", days) % {"count": days}


def day_in_words(day: date) -> str:
    """Return a day as errors name it, as in "2 December 2026"."""
    return written(day, "long day")


def expires_date_field() -> forms.DateField:
    """Return the field for a day on which a PAT is to expire; whether it is needed, the form knows."""
    return forms.DateField(
        required=False,
        label=_("Date"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("Enter a date such as 2027-03-31.")},
    )


def why_not_day(day: date | None, span: tuple[date, date], *, missing: str) -> str:
    """Return why `day` cannot be chosen, "" where it can; `span` is the first and the last that can."""
    earliest, latest = span
    if day is None:
        return missing
    if day < earliest:
        return no_earlier_than(earliest)
    if day > latest:
        return no_later_than(latest)
    return ""


def no_earlier_than(earliest: date) -> str:
    """Return why a day before `earliest` cannot be chosen."""
    return gettext("Choose %(day)s or later.") % {"day": day_in_words(earliest)}


def no_later_than(latest: date) -> str:
    """Return why a day after `latest` cannot be chosen."""
    told = gettext("Azure DevOps allows at most a year: choose %(day)s or earlier.")
    return told % {"day": day_in_words(latest)}


class ExpiryForm(TypedForm):
    """A form that asks for an expiry, from tomorrow on and within what Azure DevOps allows."""

    expires = forms.ChoiceField(
        label=_("Expires"),
        choices=expiry_choices,
        initial=str(rules.DEFAULT_LIFE_DAYS),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose when it expires."),
            "invalid_choice": _("Choose one of the expiry options."),
        },
    )
    expires_date = expires_date_field()

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = now
        self._zone = ZoneInfo(timezone.get_current_timezone_name())
        today = timezone.localdate(now)
        self.earliest_date, self.latest_date = today + timedelta(days=1), today + rules.MAX_LIFE
        self.fields["expires_date"].widget.attrs |= {
            "min": str(self.earliest_date),
            "max": str(self.latest_date),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("expires") == CUSTOM and "expires_date" not in self.errors:
            day, span = cleaned.get("expires_date"), (self.earliest_date, self.latest_date)
            if problem := why_not_day(day, span, missing=gettext("Enter the date on which it expires.")):
                self.add_error("expires_date", problem)
        return cleaned

    @property
    def asked_for(self) -> str:
        """The expiry as it was chosen: a number of days or a date."""
        if self.cleaned_data["expires"] == CUSTOM:
            return str(self.cleaned_data["expires_date"])
        return f"{self.cleaned_data['expires']} days"

    @property
    def known_end(self) -> datetime | None:
        """The expiry that the choice means, None where it is not valid."""
        return self.valid_to() if self.cleaned_data.get("expires") and not self._lacks_date else None

    @property
    def _lacks_date(self) -> bool:
        return self.cleaned_data["expires"] == CUSTOM and self.cleaned_data.get("expires_date") is None

    def valid_to(self) -> datetime:
        """Return the marked expiry that the choice means; another mark at each call."""
        if self.cleaned_data["expires"] == CUSTOM:
            return rules.valid_to_on_date(self.cleaned_data["expires_date"], zone=self._zone)
        return rules.valid_to_after_days(int(self.cleaned_data["expires"]), now=self._now)
