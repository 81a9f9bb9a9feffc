"""The name and the scopes of a PAT that exists."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tokens import scopes
from tokens.forms._fields import NameField, ScopesField, SeenField, TypedForm, set_choices


class EditPatForm(TypedForm):
    """A PAT's name and scopes; `own_scopes` are those that it has, which may stay though none offers them."""

    seen = SeenField()
    name = NameField()
    scopes = ScopesField()

    def __init__(self, *args: Any, own_scopes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = self.fields["scopes"].choices  # type: ignore[attr-defined]  # django-stubs: fields have none
        codes = {code for code, _ in offered}
        own = [(code, scopes.label_of(code)) for code in own_scopes if code not in codes]
        set_choices(self.fields["scopes"], [*offered, *own])

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if self.errors:
            return cleaned
        seen = cleaned["seen"]
        # What the page leaves out because another scope contains it is not a change.
        if frozenset(scopes.without_included(seen.scopes)) == cleaned["scopes"]:
            cleaned["scopes"] = seen.scopes
        if (seen.name, seen.scopes) == (cleaned["name"], cleaned["scopes"]):
            raise ValidationError(_("Name and scopes are what they were. Change something, or cancel."))
        return cleaned
