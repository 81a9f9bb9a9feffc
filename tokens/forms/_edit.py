"""The name and the scopes of a PAT that exists."""

from collections.abc import Iterable
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
        changed = changed_columns(seen.name, seen.scopes, name=cleaned["name"], codes=cleaned["scopes"])
        if "scopes" not in changed:
            cleaned["scopes"] = seen.scopes
        cleaned["changed"] = changed
        if not changed:
            raise ValidationError(_("Name and scopes are what they were. Change something, or cancel."))
        return cleaned


def changed_columns(
    own_name: str, own_scopes: Iterable[str], *, name: str, codes: Iterable[str]
) -> list[str]:
    """Return what of a PAT a form would change: "name", "scopes", both or nothing."""
    own, chosen = frozenset(own_scopes), frozenset(codes)
    # What the page leaves out because another scope contains it is not a change.
    are_same = chosen in {own, frozenset(scopes.without_included(own))}
    return [column for column, is_same in (("name", name == own_name), ("scopes", are_same)) if not is_same]
