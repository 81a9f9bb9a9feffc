"""What its owner notes about a PAT; every text is refused that hides something or holds a secret."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patportal.lib.redaction import looks_like_secret
from tokens.forms._fields import TypedForm, refuse_hidden_characters, refuse_secret
from tokens.operations import Notes

PURPOSE_LENGTH = 500
MOST_PLACES, PLACE_LENGTH = 20, 300

_TOO_LONG = _("Use at most %(limit_value)d characters; these are %(show_value)d.")


class PlacesField(forms.CharField):
    """Places of use, one on each line; gives a tuple of texts, none empty, none twice."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea, **kwargs)

    def clean(self, value: Any) -> tuple[str, ...]:
        lines = dict.fromkeys(line.strip() for line in _lines(super().clean(value)))
        places = tuple(line for line in lines if line)
        if len(places) > MOST_PLACES:
            raise ValidationError(
                gettext("Name at most %(most)s places; these are %(count)s.")
                % {"most": MOST_PLACES, "count": len(places)},
                code="many",
            )
        for place in places:
            if len(place) > PLACE_LENGTH:
                raise ValidationError(
                    gettext("Use at most %(most)s characters for each place; one has %(count)s.")
                    % {"most": PLACE_LENGTH, "count": len(place)},
                    code="max_length",
                )
            refuse_secret(place)
            refuse_hidden_characters(place)
        return places


def _lines(text: str) -> list[str]:
    """Return the lines as a browser sends them; other line ends are characters that hide something."""
    return text.replace("\r\n", "\n").split("\n")


class NotesFields(TypedForm):
    """The notes of a PAT, as a part of a form: none of them has to be filled in."""

    purpose = forms.CharField(
        required=False,
        max_length=PURPOSE_LENGTH,
        label=_("Purpose"),
        help_text=_("What would stop working without it."),
        validators=[refuse_secret, refuse_hidden_characters],
        error_messages={"max_length": _TOO_LONG},
    )
    places = PlacesField(
        required=False,
        label=_("Places of use"),
        help_text=_("One on each line: a pipeline, a machine, or a web address, which becomes a link."),
    )
    review_date = forms.DateField(
        required=False,
        label=_("Review by"),
        help_text=_("The day on which you want to look whether it is still needed."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("Enter a date such as 2027-03-31.")},
    )
    backup_email = forms.EmailField(
        required=False,
        max_length=320,
        label=_("Backup owner"),
        help_text=(
            _(
                "The e-mail address of a colleague who is asked when you do not answer. They see these "
                "facts, never the secret. Somebody who does not use this portal is asked by mail first."
            )
        ),
        validators=[refuse_secret, refuse_hidden_characters],
        error_messages={
            "invalid": _("Enter an e-mail address such as name@example.com."),
            "max_length": _TOO_LONG,
        },
    )

    @property
    def notes(self) -> Notes:
        """What was typed, once the form is valid."""
        cleaned = self.cleaned_data
        return Notes(
            purpose=cleaned["purpose"],
            places=cleaned["places"],
            review_date=cleaned["review_date"],
            backup_email=cleaned["backup_email"].lower(),
        )

    @property
    def has_notes(self) -> bool:
        """Whether anything stands in the fields, right or wrong, so that the page shows them."""
        return any(self[name].value() or self[name].errors for name in NotesFields.names())

    @staticmethod
    def names() -> tuple[str, ...]:
        return ("purpose", "places", "review_date", "backup_email")

    def forget_secrets(self) -> None:
        """Take out what looks like a secret; of the places, the lines that do and no others."""
        places = str(self.data.get("places") or "")
        if looks_like_secret(places):
            self.put("places", "\n".join(line for line in _lines(places) if not looks_like_secret(line)))
        super().forget_secrets()


class NotesForm(NotesFields):
    """The notes of one PAT, by themselves; sending them twice changes nothing, so there is no key."""

    key = None  # type: ignore[assignment]
    # Compared and never stored; see `describe_pat`.
    seen = forms.CharField(required=False, widget=forms.HiddenInput, label=_("Form"))
    seen_backup = forms.CharField(required=False, widget=forms.HiddenInput, label=_("Form"))

    def see_notes(self, notes: Notes) -> None:
        """Let what was typed take the place of `notes` when it is sent again."""
        self.put("seen", notes.digest)

    def see_backup(self, email: str) -> None:
        """Show who is named now in place of what was typed, so that sending it again means them."""
        self.put("seen_backup", email)
        self.put("backup_email", email)


def typed_notes(values: Any) -> dict[str, object]:
    """Return initial values for the fields from what was typed before (a QueryDict)."""
    return {name: values.get(name, "") for name in NotesFields.names()}


def initial_notes(notes: Notes) -> dict[str, object]:
    """Return initial values for the fields from what is stored."""
    return {
        "purpose": notes.purpose,
        "places": "\n".join(notes.places),
        "review_date": notes.review_date,
        "backup_email": notes.backup_email,
        "seen": notes.digest,
        "seen_backup": notes.backup_email,
    }
