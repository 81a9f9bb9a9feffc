"""Forms apart from pages: what is cleaned, refused and forgotten."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from tests.tokens.views.shapes import secret_shapes
from tokens import rules
from tokens.forms import CreatePatForm, KeyForm, new_key, refuse_hidden_characters, refuse_secret
from tokens.models import Organization

NOW = datetime(2026, 6, 15, 22, 30, tzinfo=UTC)
ORGANIZATIONS = [Organization(name="alpha"), Organization(name="Beta")]


def create_form(**changes: Any) -> CreatePatForm:
    fields: dict[str, Any] = {
        "key": "k" * 32,
        "name": "ci-deploy",
        "organization": "alpha",
        "expires": "30",
        "scopes": ["vso.code"],
        **changes,
    }
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return CreatePatForm(data, organizations=ORGANIZATIONS, now=NOW)


def test_it_gives_what_an_operation_takes() -> None:
    form = create_form(
        name="  ci deploy ", organization="Beta", scopes=["vso.code", "vso.code_write", "vso.build"]
    )
    assert form.is_valid()
    assert form.cleaned_data["name"] == "ci deploy"
    assert form.cleaned_data["organization"] is ORGANIZATIONS[1]
    assert form.cleaned_data["scopes"] == {"vso.build", "vso.code_write"}
    assert form.asked_for == "30 days"
    assert abs(form.valid_to() - (NOW + timedelta(days=30))) < timedelta(minutes=1)


def test_each_valid_to_carries_another_mark() -> None:
    form = create_form()
    assert form.is_valid()
    assert len({form.valid_to() for _ in range(20)}) > 1


def test_names_are_bounded_after_trimming() -> None:
    assert create_form(name=f"  {'n' * 200}  ").is_valid()
    assert set(create_form(name="n" * 201).errors) == {"name"}


def test_the_day_is_counted_where_the_portal_is() -> None:
    with timezone.override("Pacific/Auckland"):  # it is the 16th there already
        form = create_form(expires="custom", expires_date="2026-06-17")
        assert form.is_valid()
        assert form.valid_to().astimezone(UTC).replace(second=0, microsecond=0) == datetime(
            2026, 6, 17, 11, 59, tzinfo=UTC
        )
        assert not create_form(expires="custom", expires_date="2026-06-16").is_valid()
    assert create_form(expires="custom", expires_date="2026-06-16").is_valid()


def test_the_longest_life_ends_within_a_year() -> None:
    form = create_form()
    assert (form.earliest_date, form.latest_date) == (date(2026, 6, 16), date(2027, 6, 14))
    latest = create_form(expires="custom", expires_date=str(form.latest_date))
    assert latest.is_valid()
    assert latest.valid_to() - NOW < timedelta(days=365)
    assert not create_form(
        expires="custom", expires_date=str(form.latest_date + timedelta(days=1))
    ).is_valid()


def test_the_date_is_looked_at_only_where_it_was_chosen() -> None:
    assert create_form(expires="30", expires_date="1999-01-01").is_valid()


def test_presets_are_ours() -> None:
    form = create_form()
    assert [value for value, _ in form.fields["expires"].choices] == [  # type: ignore[attr-defined]
        *map(str, rules.LIFE_PRESETS_DAYS),
        "custom",
    ]
    assert all(days <= rules.MAX_LIFE.days for days in rules.LIFE_PRESETS_DAYS)


def test_every_shape_of_a_secret_is_refused() -> None:
    for shape, secret in secret_shapes().items():
        with pytest.raises(ValidationError) as refusal:
            refuse_secret(secret)
        assert secret not in str(refusal.value), shape


@pytest.mark.parametrize("text", ["ci-deploy", "a" * 200, "Authorization of the bearer", "eyJ", "x.y.z", ""])
def test_ordinary_text_is_no_secret(text: str) -> None:
    refuse_secret(text)


def test_hidden_characters_are_refused() -> None:
    directions = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    for character in f"{directions}\u2028\u2029\x00\x1b\x7f\x85\n\t":
        with pytest.raises(ValidationError):
            refuse_hidden_characters(f"a{character}b")


@pytest.mark.parametrize("text", ["שלום", "مرحبا", "नमस्ते", "👩‍💻", "a\u00a0b", "a\u200cb"])
def test_scripts_and_joiners_are_not_hidden_characters(text: str) -> None:
    refuse_hidden_characters(text)


def test_secrets_are_forgotten_and_the_rest_kept() -> None:
    secret = secret_shapes()["new PAT"]
    form = create_form(name=secret, scopes=["vso.code", secret], expires_date="2026-07-01")
    assert not form.is_valid()
    form.forget_secrets()
    assert secret not in str(form.data)
    assert form["expires_date"].value() == "2026-07-01"
    assert form["organization"].value() == "alpha"
    assert form.selected_scopes == {"vso.code", ""}


def test_a_renewed_form_keeps_all_but_its_key() -> None:
    form = create_form(scopes=["vso.code", "vso.build"])
    form.renew_key()
    assert form["key"].value() != "k" * 32
    assert form.selected_scopes == {"vso.code", "vso.build"}
    kept = {name: form[name].value() for name in ("name", "organization", "expires")}
    assert kept == {"name": "ci-deploy", "organization": "alpha", "expires": "30"}


def test_new_keys_are_accepted_and_never_the_same() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(KeyForm({"key": key}).is_valid() for key in keys)


def test_nothing_shaped_like_a_secret_is_a_key() -> None:
    for secret in secret_shapes().values():
        assert not KeyForm({"key": secret}).is_valid()


def test_keys_of_the_portals_own_operations_cannot_be_sent() -> None:
    assert not KeyForm({"key": "orphan:11111111-2222-4333-8444-555555555555:0"}).is_valid()
