"""What people note about a PAT, and what is refused in every field of it."""

from datetime import date
from typing import Any

import pytest
from django.http import QueryDict

from tests.tokens.views.shapes import secret_shapes
from tokens.forms import NotesForm, initial_notes, typed_notes
from tokens.operations import Notes

SECRETS = secret_shapes()
TEXTS = ("purpose", "places", "backup_email")


def form(**fields: str) -> NotesForm:
    data = QueryDict(mutable=True)
    data.update(fields)
    return NotesForm(data)


def notes(**fields: str) -> Notes:
    filled = form(**fields)
    assert filled.is_valid(), filled.errors
    return filled.notes


def test_nothing_has_to_be_noted() -> None:
    assert notes() == Notes()
    assert not NotesForm().has_notes


def test_what_is_typed_becomes_notes() -> None:
    typed = notes(
        purpose="  deploys the shop ",
        places="pipeline 7\r\n\r\n  build-3  \nhttps://dev.azure.com/x\nbuild-3",
        review_date="2027-03-31",
        backup_email="Ops@Example.com",
    )
    assert typed == Notes(
        purpose="deploys the shop",
        places=("pipeline 7", "build-3", "https://dev.azure.com/x"),
        review_date=date(2027, 3, 31),
        backup_email="ops@example.com",
    )


def test_the_form_is_filled_with_what_is_stored() -> None:
    stored = Notes(purpose="x", places=("a", "b"), review_date=date(2027, 3, 31), backup_email="a@b.example")
    filled = NotesForm(initial=initial_notes(stored))
    assert filled.has_notes
    assert filled["places"].value() == "a\nb"
    data = QueryDict(mutable=True)
    data.update({"purpose": "x", "key": "not a note"})
    assert typed_notes(data) == {"purpose": "x", "places": "", "review_date": "", "backup_email": ""}


@pytest.mark.parametrize("field", TEXTS)
@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
def test_a_secret_is_refused_in_every_text_and_not_shown_again(field: str, secret: str) -> None:
    refused = form(**{field: f"see {secret}"})
    assert not refused.is_valid()
    refused.forget_secrets()
    assert list(refused.errors) == [field]
    assert secret not in str(refused.errors)
    assert secret not in str(refused[field].value())


@pytest.mark.parametrize("field", ["purpose", "places"])
def test_the_password_of_an_address_is_a_secret(field: str) -> None:
    refused = form(**{field: "https://builder:open-sesame@dev.example/x"})
    assert "This looks like a secret." in str(refused.errors[field])
    refused.forget_secrets()
    assert "open-sesame" not in str(refused[field].value())
    assert form(**{field: "https://contoso@dev.azure.com/contoso/x"}).is_valid()


def test_the_other_places_stay_when_one_holds_a_secret() -> None:
    refused = form(places="build-3\r\nhttps://u:open-sesame@x.example\r\npipeline 7")
    assert not refused.is_valid()
    refused.forget_secrets()
    assert refused["places"].value() == "build-3\npipeline 7"


@pytest.mark.parametrize("field", TEXTS)
@pytest.mark.parametrize(
    "hidden",
    ["\u202e", "\u2066", "\x07", "\u2028", "\r", "\u200f", "\u061c", "\u200b", "\ufeff", "\U000e0041"],
)
def test_hidden_characters_are_refused_in_every_text(field: str, hidden: str) -> None:
    assert not form(**{field: f"a{hidden}b@example.com"}).is_valid()


@pytest.mark.parametrize("field", ["purpose", "places"])
def test_what_joins_letters_and_emoji_is_accepted(field: str) -> None:
    assert form(**{field: "\u0645\u06cc\u200c\u062e \U0001f469\u200d\U0001f4bb"}).is_valid()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"purpose": "x" * 501}, "Use at most 500 characters; these are 501."),
        ({"places": "\n".join(map(str, range(21)))}, "Name at most 20 places; these are 21."),
        ({"places": "a\n" + "x" * 301}, "Use at most 300 characters for each place; one has 301."),
        ({"review_date": "31.3."}, "Enter a date such as 2027-03-31."),
        ({"backup_email": "bob"}, "Enter an e-mail address such as name@example.com."),
        ({"backup_email": "bob@example.com, eve@example.com"}, "Enter an e-mail address"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(fields: dict[str, Any], sentence: str) -> None:
    refused = form(**fields)
    (field,) = fields
    assert sentence in str(refused.errors[field])


def test_the_limits_themselves_are_accepted() -> None:
    typed = notes(purpose="x" * 500, places="\n".join(f"{one:0300}" for one in range(20)))
    assert (len(typed.purpose), len(typed.places)) == (500, 20)
