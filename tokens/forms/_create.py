"""A PAT to be created."""

from datetime import datetime
from typing import Any

from django import forms

from tokens.forms._expiry import ExpiryForm
from tokens.forms._fields import NameField, ScopesField, set_choices
from tokens.forms._notes import NotesFields
from tokens.models import Organization


class CreatePatForm(NotesFields, ExpiryForm):
    """A PAT to be created. `organizations` are those to choose from, by name."""

    name = NameField()
    organization = forms.ChoiceField(
        error_messages={
            "required": "Choose an organization.",
            "invalid_choice": "This organization is not set up in this portal. Choose one of the list.",
        }
    )
    scopes = ScopesField()
    field_order = ("key", "name", "organization", "expires", "expires_date", "scopes")

    def __init__(self, *args: Any, organizations: list[Organization], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, now=now, **kwargs)
        self._organizations = {row.name: row for row in organizations}
        set_choices(self.fields["organization"], [(name, name) for name in self._organizations])

    def clean_organization(self) -> Organization:
        return self._organizations[self.cleaned_data["organization"]]
