"""A new calendar address: how much it tells."""

from django import forms

from tokens.forms._fields import KeyForm
from tokens.models import CalendarFeed


class CalendarForm(KeyForm):
    """What whoever has the address may read; the least is proposed."""

    detail = forms.ChoiceField(
        choices=[
            (CalendarFeed.Detail.MINIMAL, "Only that a token expires, with a link to it"),
            (CalendarFeed.Detail.FULL, "Names, organizations, scopes and your notes"),
        ],
        initial=CalendarFeed.Detail.MINIMAL,
        widget=forms.RadioSelect,
        label="What it tells",
        error_messages={
            "required": "Choose how much the calendar tells.",
            "invalid_choice": "Choose one of the two.",
        },
    )
