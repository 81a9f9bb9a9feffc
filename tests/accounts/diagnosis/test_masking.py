"""No configured secret is ever shown."""

import base64
from typing import Any

import pytest

from accounts.diagnosis import without_secrets

SECRET = "a sandbox secret/with @ signs"


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "ENTRA_CLIENT_SECRET", "ENTRA_CLIENT_SECRET_FALLBACK", "EMAIL_HOST_PASSWORD"]
)
def test_a_configured_secret_is_masked(settings: Any, name: str) -> None:
    setattr(settings, name, SECRET)
    assert SECRET not in without_secrets(f"the server said {SECRET}!")


def test_a_secret_is_masked_as_urls_write_it(settings: Any) -> None:
    settings.EMAIL_HOST_PASSWORD = SECRET
    text = without_secrets("smtp://portal:a%20sandbox%20secret%2Fwith%20%40%20signs@mail.example")
    assert "sandbox" not in text
    assert "mail.example" in text


def test_passwords_of_the_database_and_the_proxy_are_masked(settings: Any) -> None:
    settings.OUTBOUND_PROXY = "http://portal:proxy-password@proxy.example:3128"
    settings.DATABASE_OWNER = {**settings.DATABASE_OWNER, "PASSWORD": "owner-password"}
    assert "password" not in without_secrets("proxy-password, owner-password")


def test_keys_of_grants_are_masked(settings: Any) -> None:
    (key,) = settings.GRANT_KEYS.values()
    assert without_secrets(base64.b64encode(key).decode()) != base64.b64encode(key).decode()


def test_what_is_shaped_like_a_secret_is_masked() -> None:
    assert "opaque" not in without_secrets("Authorization: Bearer opaque-value")


def test_words_of_the_language_stay(settings: Any) -> None:
    settings.EMAIL_HOST_PASSWORD = "mail"
    assert without_secrets("The mail server answers.") == "The mail server answers."
