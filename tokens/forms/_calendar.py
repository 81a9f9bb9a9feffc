"""A new calendar address: how much it tells."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tokens.forms._fields import KeyForm
from tokens.models import CalendarFeed


class CalendarForm(KeyForm):
    """What whoever has the address may read; the least is proposed."""

    detail = forms.ChoiceField(
        choices=[
            (CalendarFeed.Detail.MINIMAL, _("Only that a token expires, with a link to it")),
            (CalendarFeed.Detail.FULL, _("Names, organizations, scopes and your notes")),
        ],
        initial=CalendarFeed.Detail.MINIMAL,
        widget=forms.RadioSelect,
        label=_("What it tells"),
        error_messages={
            "required": _("Choose how much the calendar tells."),
            "invalid_choice": _("Choose one of the two."),
        },
    )
