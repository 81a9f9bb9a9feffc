"""A later expiry for a PAT that exists."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tokens import rules
from tokens.forms._expiry import (
    CUSTOM,
    expires_date_field,
    more_days_in_words,
    no_earlier_than,
    no_later_than,
)
from tokens.forms._fields import SeenField, TypedForm


@dataclass(frozen=True, slots=True)
class ExtensionOption:
    """One way to extend; `valid_to` is None where a date is still to be chosen."""

    value: str
    label: str
    valid_to: datetime | None
    is_capped: bool


def _choices() -> list[tuple[str, str]]:
    return [*((str(days), more_days_in_words(days)) for days in rules.EXTENSION_PRESETS_DAYS), (CUSTOM, "")]


class ExtendPatForm(TypedForm):
    """A later expiry: days after the one that was seen, or the end of a day; at most a year from now.

    `valid_to` is the expiry of the PAT now, which is what the page offers the extensions of.
    """

    seen = SeenField()
    expires = forms.ChoiceField(
        label=_("Expires"),
        choices=_choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose by how much."),
            "invalid_choice": _("Choose one of the extensions."),
        },
    )
    expires_date = expires_date_field()

    def __init__(self, *args: Any, valid_to: datetime, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._zone = ZoneInfo(timezone.get_current_timezone_name())
        self.latest_date = timezone.localdate(now) + rules.MAX_LIFE
        self.count_from(valid_to)

    def count_from(self, valid_to: datetime) -> None:
        """Offer extensions of this expiry."""
        self._present = valid_to
        self.earliest_date = timezone.localdate(valid_to) + timedelta(days=1)
        self.fields["expires_date"].widget.attrs |= {
            "min": str(self.earliest_date),
            "max": str(self.latest_date),
        }

    @property
    def options(self) -> list[ExtensionOption]:
        """What the page offers: presets with the expiry that each leads to, then the date."""
        ways = [self._option(days) for days in rules.EXTENSION_PRESETS_DAYS]
        return [*ways, ExtensionOption(CUSTOM, gettext("Until a date"), None, is_capped=False)]

    def _option(self, days: int) -> ExtensionOption:
        valid_to = self._days_after(self._present, days)
        is_capped = valid_to < self._present + timedelta(days=days)
        return ExtensionOption(str(days), more_days_in_words(days), valid_to, is_capped)

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("expires") == CUSTOM and "expires_date" not in self.errors:
            self._check_date(cleaned.get("expires_date"))
        return cleaned

    def _check_date(self, day: date | None) -> None:
        if day is None:
            self.add_error("expires_date", gettext("Enter the date on which it is to expire."))
        elif day > self.latest_date:
            self.add_error(
                "expires_date",
                no_later_than(self.latest_date),
            )
        elif "seen" in self.cleaned_data and self._end_of(day) <= self.cleaned_data["seen"].valid_to:
            self.add_error("expires_date", no_earlier_than(self.earliest_date))

    def valid_to(self) -> datetime:
        """Return the expiry that the choice means, the same one at each call."""
        if self.cleaned_data["expires"] == CUSTOM:
            return self._end_of(self.cleaned_data["expires_date"])
        return self._days_after(self.cleaned_data["seen"].valid_to, int(self.cleaned_data["expires"]))

    def _days_after(self, moment: datetime, days: int) -> datetime:
        return min(moment + timedelta(days=days), self._end_of(self.latest_date))

    def _end_of(self, day: date) -> datetime:
        return datetime.combine(day, time(23, 59), tzinfo=self._zone)
