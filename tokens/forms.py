"""What people type, checked and cleaned. Forms know nothing of Azure DevOps or the database."""

import secrets
import unicodedata
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from patportal.lib.redaction import looks_like_secret
from tokens import rules, scopes
from tokens.models import Organization

NAME_LENGTH = 200
KEY_LENGTH = 48
CUSTOM = "custom"
EXPIRY_CHOICES = [*((str(days), f"{days} days") for days in rules.LIFE_PRESETS_DAYS), (CUSTOM, "On a date")]
# Characters that change the direction of the text around them, which makes a name lie about itself.
_DIRECTION = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_DIRECTION_MARKS = {"\u200e", "\u200f", "\u061c"}


def new_key() -> str:
    """Return the random value by which two submissions of one form are recognised as the same."""
    return secrets.token_urlsafe(24)


class KeyField(forms.RegexField):
    """The hidden key of a form. It is stored, so only what `new_key` might have made is accepted.

    That leaves out every shape of a secret, and the keys that the portal gives to operations of its own.
    """

    def __init__(self, **kwargs: Any) -> None:
        sentence = "It was incomplete and has been renewed: check it and send it once more."
        super().__init__(
            regex=rf"\A[A-Za-z0-9_-]{{16,{KEY_LENGTH}}}\Z",
            widget=forms.HiddenInput,
            label="Form",
            error_messages={"required": sentence, "invalid": sentence},
            **kwargs,
        )


def refuse_secret(text: str) -> None:
    """Refuse text shaped like a secret; the answer does not repeat it."""
    if looks_like_secret(text):
        raise ValidationError(
            "This looks like a secret. It was not stored and is not shown again; "
            "if it is a real one, revoke it. Enter something else.",
            code="secret",
        )


def refuse_hidden_characters(text: str) -> None:
    """Refuse control characters and marks that change the direction of text."""
    for character in text:
        is_direction = unicodedata.bidirectional(character) in _DIRECTION or character in _DIRECTION_MARKS
        if is_direction or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}:
            raise ValidationError(
                "This contains an invisible character: a control character or a mark that changes the "
                "direction of the text. Type it again without.",
                code="hidden",
            )


class CreatePatForm(forms.Form):
    """A PAT to be created. `organizations` are those to choose from, by name."""

    key = KeyField(initial=new_key)
    name = forms.CharField(
        max_length=NAME_LENGTH,
        validators=[refuse_secret, refuse_hidden_characters],
        help_text="What it is for and where it is used, so that you know it again in a year.",
        error_messages={
            "required": "Enter a name.",
            "max_length": "Use at most %(limit_value)d characters; these are %(show_value)d.",
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    organization = forms.ChoiceField(
        error_messages={
            "required": "Choose an organization.",
            "invalid_choice": "This organization is not set up in this portal. Choose one of the list.",
        }
    )
    expires = forms.ChoiceField(
        choices=EXPIRY_CHOICES,
        initial=str(rules.DEFAULT_LIFE_DAYS),
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose when it expires.",
            "invalid_choice": "Choose one of the expiry options.",
        },
    )
    expires_date = forms.DateField(
        required=False,
        label="Date",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": "Enter a date such as 2027-03-31."},
    )
    scopes = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose at least one scope.",
            "invalid_choice": "One of the scopes is not offered by this portal. Choose from the list.",
        },
    )

    def __init__(self, *args: Any, organizations: list[Organization], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._organizations = {row.name: row for row in organizations}
        self._now = now
        self._zone = ZoneInfo(timezone.get_current_timezone_name())
        today = timezone.localdate(now)
        self.earliest_date, self.latest_date = today + timedelta(days=1), today + rules.MAX_LIFE
        _choices(self.fields["organization"], [(name, name) for name in self._organizations])
        _choices(
            self.fields["scopes"],
            [(scope.code, scope.label) for members in scopes.offered().values() for scope in members],
        )
        self.fields["expires_date"].widget.attrs |= {
            "min": str(self.earliest_date),
            "max": str(self.latest_date),
        }

    def clean_organization(self) -> Organization:
        return self._organizations[self.cleaned_data["organization"]]

    def clean_scopes(self) -> frozenset[str]:
        chosen = frozenset(self.cleaned_data["scopes"])
        if scopes.FULL_ACCESS in chosen and len(chosen) > 1:
            raise ValidationError(
                "Full access contains everything else. Choose it alone, or leave it out.", code="exclusive"
            )
        return frozenset(scopes.without_included(chosen))

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("expires") == CUSTOM and "expires_date" not in self.errors:
            self._check_date(cleaned.get("expires_date"))
        return cleaned

    def _check_date(self, day: date | None) -> None:
        if day is None:
            self.add_error("expires_date", "Enter the date on which it expires.")
        elif day < self.earliest_date:
            self.add_error("expires_date", f"Choose {self.earliest_date:%d %B %Y} or later.")
        elif day > self.latest_date:
            self.add_error(
                "expires_date",
                f"Azure DevOps allows at most a year: choose {self.latest_date:%d %B %Y} or earlier.",
            )

    @property
    def asked_for(self) -> str:
        """The expiry as it was chosen: a number of days or a date."""
        if self.cleaned_data["expires"] == CUSTOM:
            return str(self.cleaned_data["expires_date"])
        return f"{self.cleaned_data['expires']} days"

    def valid_to(self) -> datetime:
        """Return the marked expiry that the choice means; another mark at each call."""
        if self.cleaned_data["expires"] == CUSTOM:
            return rules.valid_to_on_date(self.cleaned_data["expires_date"], zone=self._zone)
        return rules.valid_to_after_days(int(self.cleaned_data["expires"]), now=self._now)

    def forget_secrets(self) -> None:
        """Take whatever is shaped like a secret out of what the page will show again."""
        kept = QueryDict(mutable=True)
        for name in self.data:
            values = self.data.getlist(name) if isinstance(self.data, QueryDict) else [self.data[name]]
            kept.setlist(name, ["" if looks_like_secret(str(value)) else value for value in values])
        self.data = kept

    def renew_key(self) -> None:
        """Make what was typed a fresh form, which may be carried out once more."""
        renewed = QueryDict(mutable=True)
        renewed.update(self.data)
        renewed.setlist("key", [new_key()])
        self.data = renewed

    @property
    def selected_scopes(self) -> set[str]:
        """The codes that are ticked on the page, valid or not."""
        value = self["scopes"].value()
        return set(value) if isinstance(value, list) else set()


class KeyForm(forms.Form):
    """A form that only confirms: its key is all it carries."""

    key = KeyField(initial=new_key)


def _choices(field: forms.Field, choices: list[tuple[str, str]]) -> None:
    """Set the choices of a choice field, whose base class the stubs know without them."""
    if isinstance(field, forms.ChoiceField):
        field.choices = choices
