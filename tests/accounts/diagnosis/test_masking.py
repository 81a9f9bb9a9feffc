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


@pytest.mark.parametrize("kind", ["PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY"])
@pytest.mark.parametrize("end", ["\n-----END {}-----\nand more", " cut"])
def test_a_key_is_masked_however_it_is_wrapped_or_cut(kind: str, end: str) -> None:
    text = without_secrets(f"before -----BEGIN {kind}-----\nMII opaque\nlines{end.format(kind)}")
    assert text.startswith("before ")
    assert not {"opaque", "lines", "cut"} & set(text.split())
    assert ("and more" in text) == ("more" in end)


@pytest.mark.parametrize("name", ["ENTRA_CLIENT_CERTIFICATE", "ENTRA_CLIENT_CERTIFICATE_FALLBACK"])
def test_the_settings_of_certificates_are_masked(settings: Any, name: str) -> None:
    setattr(settings, name, "bWFkZSB1cA== without its first line")
    assert "bWFk" not in without_secrets("refused: bWFkZSB1cA== without its first line")


@pytest.mark.parametrize(
    "url",
    [
        "smtp+tls://portal:p%40ss-word@mail.example:587",
        "postgres://portal:p@ss-word@db.example:5432/portal",
        "http://:p;ss-word@proxy.example",
    ],
)
def test_the_login_in_any_address_is_masked(url: str) -> None:
    text = without_secrets(f"could not use {url} today")
    assert "ss-word" not in text
    assert url.rpartition("@")[2] in text


def test_an_address_without_a_login_stays() -> None:
    assert without_secrets("see https://dev.azure.com:443/a@b:c") == "see https://dev.azure.com:443/a@b:c"


def test_passwords_are_masked_as_they_are_and_as_the_proxy_writes_them(settings: Any) -> None:
    settings.OUTBOUND_PROXY = "http://portal:proxy%40word@proxy.example:3128"
    assert "proxy" not in without_secrets("proxy%40word, proxy@word")
    settings.DATABASE_OWNER = {**settings.DATABASE_OWNER, "OPTIONS": {"sslpassword": "key-password"}}
    assert "key-password" not in without_secrets("key-password")
