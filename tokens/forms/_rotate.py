"""Rotating a PAT: how long the successor lives, where, and how long the old one goes on to work."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from tokens import rules
from tokens.forms._expiry import CUSTOM, ExpiryForm, life_in_words
from tokens.forms._fields import SeenField, set_choices
from tokens.models import Organization

SAME = "same"


class RotateForm(ExpiryForm):
    """A rotation. `life_days` is how long the old PAT was made to live.

    `organizations` are those to choose from, none where the successor stays where the old one is;
    `has_overlap` tells whether the portal is to end the old one, so that an overlap has to be chosen.
    """

    seen = SeenField()
    organization = forms.ChoiceField(
        label=_("Organization"),
        error_messages={
            "required": _("Choose an organization."),
            "invalid_choice": _("This organization is not set up in this portal. Choose one of the list."),
        },
    )
    overlap = forms.ChoiceField(
        label=_("Overlap"),
        choices=[(value, value) for value in rules.OVERLAPS],
        initial=rules.DEFAULT_OVERLAP,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose for how long both tokens are to work."),
            "invalid_choice": _("Choose one of the overlaps."),
        },
    )

    def __init__(
        self,
        *args: Any,
        organizations: list[Organization],
        life_days: int,
        has_overlap: bool,
        now: datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, now=now, **kwargs)
        self._organizations = {row.name: row for row in organizations}
        self._life_days = life_days
        presets = [(str(days), life_in_words(days)) for days in rules.LIFE_PRESETS_DAYS if days != life_days]
        same = ngettext("The same (%(count)s day)", "The same (%(count)s days)", life_days)
        set_choices(
            self.fields["expires"],
            [(SAME, same % {"count": life_days}), *presets, (CUSTOM, gettext("On a date"))],
        )
        self.fields["expires"].initial = SAME
        set_choices(self.fields["organization"], [(name, name) for name in self._organizations])
        if not organizations:
            del self.fields["organization"]
        # Read even where it is not asked for any more: the same form may come again after the old one ended.
        self.fields["overlap"].required = has_overlap

    def clean_organization(self) -> Organization:
        return self._organizations[self.cleaned_data["organization"]]

    @property
    def asked_for(self) -> str:
        """The expiry as it was chosen: a number of days or a date."""
        if self.cleaned_data["expires"] == SAME:
            return f"{self._life_days} days"
        return super().asked_for

    def valid_to(self) -> datetime:
        """Return the marked expiry that the choice means; another mark at each call."""
        if self.cleaned_data["expires"] == SAME:
            return rules.valid_to_after_days(self._life_days, now=self._now)
        return super().valid_to()

    @property
    def chosen_overlap(self) -> timedelta | None:
        """How long the old PAT goes on to work once the secret is stored; None where nobody chose."""
        value = self.cleaned_data.get("overlap")
        return rules.OVERLAPS[value] if value else None

    @property
    def selected_overlap(self) -> str:
        """The overlap that is chosen on the page, valid or not."""
        return str(self["overlap"].value())
