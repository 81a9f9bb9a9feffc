"""Fields and the base form of more than one page: keys, names, scopes, and what is refused everywhere."""

import json
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from patportal.lib.redaction import looks_like_secret
from patportal.lib.texts import Text
from tokens import scopes
from tokens.operations import Seen

NAME_LENGTH = 200
KEY_LENGTH = 48
_INCOMPLETE = _("It was incomplete and has been renewed: check it and send it once more.")
# Characters that nobody sees; some of them change the direction of text, which makes a name lie about itself.
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# Without these, words of several languages and many emoji cannot be written.
_JOINERS = {"\u200c", "\u200d"}


def new_key() -> str:
    """Return the random value by which two submissions of one form are recognised as the same."""
    return secrets.token_urlsafe(24)


class KeyField(forms.RegexField):
    """The hidden key of a form. It is stored, so only what `new_key` might have made is accepted.

    That leaves out every shape of a secret, and the keys that the portal gives to operations of its own.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            regex=rf"\A[A-Za-z0-9_-]{{16,{KEY_LENGTH}}}\Z",
            widget=forms.HiddenInput,
            label=_("Form"),
            error_messages={"required": _INCOMPLETE, "invalid": _INCOMPLETE},
            **kwargs,
        )


class HiddenJsonField(forms.Field):
    """What the page itself has put into the form, as hidden JSON; whatever else comes back is refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.HiddenInput,
            label=_("Form"),
            error_messages={"required": _INCOMPLETE, "invalid": _INCOMPLETE},
            **kwargs,
        )

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return self.read(json.loads(value))
        except (TypeError, ValueError, RecursionError) as exc:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from exc

    def read(self, found: Any) -> Any:
        """Return what `found` says; raises TypeError or ValueError where the page put in something else."""
        raise NotImplementedError


class SeenField(HiddenJsonField):
    """What the person saw of a PAT when they opened the form, cleaned into a `Seen`.

    It is compared and never stored, so it may be anything that a PAT could be, and nothing else.
    """

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Seen):
            return value
        return json.dumps(
            {"name": value.name, "scopes": sorted(value.scopes), "valid_to": value.valid_to.isoformat()}
        )

    def read(self, found: Any) -> Seen:
        return _seen_from(found)


def _seen_from(found: Any) -> Seen:
    """Return what `found` says; raises TypeError or ValueError where it is not precisely a `Seen`."""
    if not isinstance(found, dict) or set(found) != {"name", "scopes", "valid_to"}:
        raise ValueError("other fields")
    name, codes, valid_to = found["name"], found["scopes"], found["valid_to"]
    if not isinstance(name, str) or not isinstance(valid_to, str) or not isinstance(codes, list):
        raise TypeError("other kinds of values")
    if not all(isinstance(code, str) for code in codes):
        raise TypeError("a scope is no text")
    # Half a character is in no text that can be stored or compared; encoding it raises a ValueError.
    "".join([name, *codes]).encode()
    return Seen(name=name, scopes=frozenset(codes), valid_to=end_from(valid_to))


def end_from(text: Any) -> datetime:
    """Return the expiry of a PAT that the page wrote; raises TypeError or ValueError where it is none."""
    moment = datetime.fromisoformat(text)
    # What databases and calendars cannot hold, in any time zone, is the expiry of no PAT.
    if moment.tzinfo is None or not 2000 <= moment.year < 9999:
        raise ValueError("no expiry of a PAT")
    return moment


def refuse_secret(text: str) -> None:
    """Refuse text shaped like a secret; the answer does not repeat it."""
    if looks_like_secret(text):
        raise ValidationError(
            _(
                "This looks like a secret. It was not stored and is not shown again; if it is a real one, "
                "revoke it. Enter something else."
            ),
            code="secret",
        )


def refuse_hidden_characters(text: str) -> None:
    """Refuse what nobody sees: control characters, marks that change the direction of text, and others."""
    for character in text:
        if unicodedata.category(character) in _HIDDEN and character not in _JOINERS:
            raise ValidationError(
                _(
                    "This contains an invisible character: a control character or a mark that changes the "
                    "direction of the text. Type it again without."
                ),
                code="hidden",
            )


class NameField(forms.CharField):
    """The name of a PAT."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Name"),
            max_length=NAME_LENGTH,
            validators=[refuse_secret, refuse_hidden_characters],
            help_text=_("What it is for and where it is used, so that you know it again in a year."),
            error_messages={
                "required": _("Enter a name."),
                "max_length": _("Use at most %(limit_value)d characters; these are %(show_value)d."),
            },
            widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            **kwargs,
        )


def _scope_choices() -> list[tuple[str, Text]]:
    """Return what may be asked for, named in the reader's language."""
    return [(scope.code, scope.label) for members in scopes.offered().values() for scope in members]


class ScopesField(forms.MultipleChoiceField):
    """Scopes to choose from; gives a frozenset of codes without those that others contain."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Scopes"),
            choices=_scope_choices,
            widget=forms.CheckboxSelectMultiple,
            error_messages={
                "required": _("Choose at least one scope."),
                "invalid_choice": _("One of the scopes is not offered by this portal. Choose from the list."),
            },
            **kwargs,
        )

    def clean(self, value: Any) -> frozenset[str]:
        chosen = frozenset(super().clean(value))
        if scopes.FULL_ACCESS in chosen and len(chosen) > 1:
            raise ValidationError(
                _("Full access contains everything else. Choose it alone, or leave it out."), code="exclusive"
            )
        return frozenset(scopes.without_included(chosen))


class KeyForm(forms.Form):
    """A form that only confirms: its key is all it carries."""

    key = KeyField(initial=new_key)


class TypedForm(KeyForm):
    """A form that may come back with what was typed: without secrets, with a fresh key if need be."""

    def forget_secrets(self) -> None:
        """Take whatever is shaped like a secret out of what the page will show again."""
        kept = QueryDict(mutable=True)
        for name in self.data:
            values = self.data.getlist(name) if isinstance(self.data, QueryDict) else [self.data[name]]
            kept.setlist(name, ["" if looks_like_secret(str(value)) else value for value in values])
        self.data = kept

    def renew_key(self) -> None:
        """Make what was typed a fresh form, which may be carried out once more."""
        self.put("key", new_key())

    def see(self, seen: Seen) -> None:
        """Make what was typed an answer to what the PAT is now."""
        self.put("seen", SeenField().prepare_value(seen))

    def put(self, name: str, value: str) -> None:
        """Set what the page will show in one of the fields."""
        renewed = QueryDict(mutable=True)
        renewed.update(self.data)
        renewed.setlist(name, [value])
        self.data = renewed

    @property
    def selected_scopes(self) -> set[str]:
        """The codes that are ticked on the page, valid or not."""
        value = self["scopes"].value() if "scopes" in self.fields else None
        return {str(code) for code in value} if isinstance(value, list | tuple | set | frozenset) else set()


def set_choices(field: forms.Field, choices: Sequence[tuple[str, Text]]) -> None:
    """Set the choices of a choice field, whose base class the stubs know without them."""
    if isinstance(field, forms.ChoiceField):
        field.choices = list(choices)
