"""A PAT to be created."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from tokens.forms._expiry import ExpiryForm
from tokens.forms._fields import NameField, ScopesField, set_choices
from tokens.forms._notes import NotesFields
from tokens.models import Organization


class CreatePatForm(NotesFields, ExpiryForm):
    """A PAT to be created. `organizations` are those to choose from, by name."""

    name = NameField()
    organization = forms.ChoiceField(
        label=_("Organization"),
        error_messages={
            "required": _("Choose an organization."),
            "invalid_choice": _("This organization is not set up in this portal. Choose one of the list."),
        },
    )
    scopes = ScopesField()
    field_order = ("key", "name", "organization", "expires", "expires_date", "scopes")

    def __init__(self, *args: Any, organizations: list[Organization], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, now=now, **kwargs)
        self._organizations = {row.name: row for row in organizations}
        set_choices(self.fields["organization"], [(name, name) for name in self._organizations])

    def rehearsed(self) -> "CreatePatForm":
        """Return the form as if it were sent as it stands: what the page shows would come of it."""
        if self.is_bound:
            self.is_valid()
            return self
        standing = CreatePatForm(
            self._standing_data(), organizations=list(self._organizations.values()), now=self._now
        )
        standing.is_valid()
        return standing

    def _standing_data(self) -> QueryDict:
        data = QueryDict(mutable=True)
        for name in self.fields:
            value = self[name].value()
            values = value if isinstance(value, list | tuple | set | frozenset) else [value]
            data.setlist(name, [str(one) for one in values if one is not None])
        # Where nothing is selected a browser shows the first one as selected.
        if self._organizations and not data.get("organization"):
            data["organization"] = next(iter(self._organizations))
        return data

    def clean_organization(self) -> Organization:
        return self._organizations[self.cleaned_data["organization"]]
