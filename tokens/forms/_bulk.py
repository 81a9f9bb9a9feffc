"""What many PATs at once are to become: a longer life, an end, or nothing of the person's left."""

import json
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tokens import rules
from tokens.forms._expiry import (
    CUSTOM,
    ExpiryForm,
    expires_date_field,
    expiry_choices,
    more_days_in_words,
    why_not_day,
)
from tokens.forms._fields import HiddenJsonField, KeyForm, end_from, set_choices
from tokens.forms._rotate import SAME

DEFAULT_EXTENSION = str(rules.EXTENSION_PRESETS_DAYS[1])


def extension_choices() -> list[tuple[str, str]]:
    """Return by how much many PATs may be extended, and the way to a date."""
    presets = [(str(days), more_days_in_words(days)) for days in rules.EXTENSION_PRESETS_DAYS]
    return [*presets, (CUSTOM, gettext("Until a date"))]


class ExtensionForm(forms.Form):
    """How long many PATs are to go on: some days more for each, or until one date for all."""

    extend = forms.ChoiceField(
        choices=extension_choices,
        label=_("New end"),
        error_messages={
            "required": _("Choose how much longer."),
            "invalid_choice": _("Choose one of the options."),
        },
    )
    extend_date = expires_date_field()

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._zone = ZoneInfo(timezone.get_current_timezone_name())
        today = timezone.localdate(now)
        self.earliest_date, self.latest_date = today + timedelta(days=1), today + rules.MAX_LIFE
        self.fields["extend_date"].widget.attrs |= {
            "min": str(self.earliest_date),
            "max": str(self.latest_date),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("extend") == CUSTOM and "extend_date" not in self.errors:
            day, span = cleaned.get("extend_date"), (self.earliest_date, self.latest_date)
            if problem := why_not_day(
                day, span, missing=gettext("Enter the date until which they are to work.")
            ):
                self.add_error("extend_date", problem)
        return cleaned

    @property
    def days(self) -> int | None:
        """How many days more each is to work, None where there is one date for all."""
        return None if self.cleaned_data["extend"] == CUSTOM else int(self.cleaned_data["extend"])

    @property
    def valid_to(self) -> datetime | None:
        """The last minute of the date that was chosen, None where days were."""
        if self.days is not None:
            return None
        return datetime.combine(self.cleaned_data["extend_date"], time(23, 59), tzinfo=self._zone)


class SeenEndsField(HiddenJsonField):
    """The expiry of each PAT that the person saw, by its key."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return json.dumps({str(key): valid_to.isoformat() for key, valid_to in value.items()})

    def read(self, found: Any) -> dict[UUID, datetime]:
        if not isinstance(found, dict):
            raise TypeError("no expiries by key")
        return {UUID(key): end_from(text) for key, text in found.items()}


class ExtendManyForm(KeyForm):
    """The confirmation that many PATs are to be extended, with what the page showed of each."""

    seen = SeenEndsField()


class RotateManyForm(ExpiryForm):
    """How long the successors of many PATs are to live, chosen once for all; never submitted as it is."""

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, now=now, **kwargs)
        set_choices(self.fields["expires"], [(SAME, gettext("As long as each did")), *expiry_choices()])
        self.fields["expires"].initial = SAME


class EverythingForm(KeyForm):
    """The confirmation that everything is to be revoked: a box that has to be ticked."""

    is_sure = forms.BooleanField(
        label=_("Confirmation"),
        error_messages={"required": _("Tick the box to confirm that everything is to be revoked.")},
    )
