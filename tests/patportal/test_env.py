"""The reader of the environment: strict, and clear about what is wrong."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from patportal.env import Environment, is_loopback

TENANT = "11111111-2222-4333-8444-555555555555"
HOSTS = {"login.microsoftonline.com"}


def env(**values: str) -> Environment:
    return Environment(values)


def refusal(read: Any) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        read()
    return str(caught.value)


def test_text_is_stripped_and_remembered_by_name() -> None:
    found = env(A="  x \n")
    assert found.text("A") == "x"
    assert found.text("B", "default") == "default"
    assert found.optional("C") is None
    assert found.names == {"A", "B", "C"}


@pytest.mark.parametrize("values", [{}, {"A": ""}, {"A": "  "}])
def test_a_missing_one_is_named(values: dict[str, str]) -> None:
    assert "A is not set" in refusal(lambda: env(**values).text("A"))


def test_an_empty_one_counts_as_missing() -> None:
    assert env(A=" ").optional("A") is None
    assert env(A="").text("A", "default") == "default"


def test_a_file_gives_the_value(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n")
    assert env(A_FILE=str(file)).secret("A") == "from the file"


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    assert "A_FILE" in refusal(lambda: env(A_FILE=str(tmp_path / "missing")).text("A"))
    file = tmp_path / "latin"
    file.write_bytes(b"\xff\xfe\xff")
    assert "A_FILE" in refusal(lambda: env(A_FILE=str(file)).text("A"))


def test_a_short_secret_is_refused_without_quoting_it() -> None:
    text = refusal(lambda: env(A="hunter2").secret("A", minimum_length=50))
    assert "A is too short" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), ("TRUE", True), ("yes", True), ("on", True), ("0", False), ("False", False), ("no", False)],
)
def test_flags(text: str, value: bool) -> None:
    assert env(A=text).flag("A", default=not value) is value


def test_flags_have_defaults_and_are_strict() -> None:
    assert env().flag("A", default=True)
    assert "A must be true or false" in refusal(lambda: env(A="ja").flag("A", default=False))


@pytest.mark.parametrize("text", ["9", "21", "x", "-10", "10.0", "1e1", "99999999999"])
def test_numbers_are_bounded(text: str) -> None:
    sentence = refusal(lambda: env(A=text).integer("A", default=15, minimum=10, maximum=20))
    assert "A must be a whole number from 10 to 20" in sentence


def test_numbers_are_read() -> None:
    found = [env(A=text).integer("A", default=15, minimum=10, maximum=20) for text in ("10", "20", "")]
    assert found == [10, 20, 15]


def test_lists_lose_their_empty_entries() -> None:
    assert env(A=" a, b ,,c,").names_list("A") == ["a", "b", "c"]
    assert env(A=" a  b,c ").words("A") == ["a", "b", "c"]
    assert env().names_list("A", "") == []


def test_a_database_address() -> None:
    found = env(A="postgres://portal:p%40ss@db.example:5433/portal").database("A")
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"], found["NAME"]) == (
        "portal",
        "p@ss",
        "db.example",
        5433,
        "portal",
    )
    assert env(B="postgres://x:y@h/n").database("A", "postgres://x:y@h/other")["NAME"] == "other"


@pytest.mark.parametrize(
    "text",
    ["sqlite:///db", "mysql://x@h/n", "postgres://x:y@h", "postgres:///name", "nonsense", "postgres://h:x/n"],
)
def test_any_other_database_is_refused(text: str) -> None:
    assert refusal(lambda: env(A=text).database("A")).startswith("A ")


def test_mail_settings() -> None:
    found = env(A="smtp+tls://user:pass@mail.example:587").email("A", "")
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_USE_TLS"]) == ("mail.example", 587, True)
    assert "A is not" in refusal(lambda: env(A="pigeon://x").email("A", ""))


def test_time_zones() -> None:
    assert env(A="Europe/Berlin").time_zone("A", "UTC") == "Europe/Berlin"
    for text in ("Mars/Olympus", "../etc/passwd", "/etc/passwd"):
        assert "A is not a known time zone" in refusal(lambda text=text: env(A=text).time_zone("A", "UTC"))


def key(byte: bytes = b"k", length: int = 32) -> str:
    return b64encode(byte * length).decode()


def test_keys_keep_their_order() -> None:
    found = env(A=f"new:{key(b'n')}, old:{key(b'o')}").keys("A")
    assert list(found) == ["new", "old"]
    assert found["new"] == b"n" * 32


@pytest.mark.parametrize(
    "text",
    [
        key(),
        f":{key()}",
        "a:",
        "a:short",
        f"a:{key(length=16)}",
        f"a:{key(length=33)}",
        "a:" + key()[:-2],
        f"a b:{key()}",
        f"{'x' * 33}:{key()}",
        f"a:{key()},a:{key()}",
        f"a:{key()},b:not base64!",
        ",",
    ],
)
def test_broken_keys_are_refused_without_quoting_them(text: str) -> None:
    sentence = refusal(lambda: env(A=text).keys("A"))
    assert sentence.startswith("A ")
    assert key() not in sentence


def test_organizations() -> None:
    assert env(A="fabrikam, Tail-Wind2").organizations("A") == ["fabrikam", "Tail-Wind2"]


@pytest.mark.parametrize(
    "text", ["a/b", "https://dev.azure.com/x", "-x", "x-", "a b", "x" * 51, "é", "x,X", ",", "..", "x?y"]
)
def test_other_organization_names_are_refused(text: str) -> None:
    assert refusal(lambda: env(A=text).organizations("A")).startswith("A")


def test_an_authority_names_one_tenant() -> None:
    for tenant in (TENANT, "contoso.onmicrosoft.com"):
        url = f"https://login.microsoftonline.com/{tenant}"
        assert env(A=url + "/").authority("A", hosts=HOSTS) == url


@pytest.mark.parametrize("tenant", ["common", "organizations", "consumers", "Common"])
def test_an_authority_for_everybody_stops_the_start(tenant: str) -> None:
    url = f"https://login.microsoftonline.com/{tenant}"
    assert "any directory" in refusal(lambda: env(A=url).authority("A", hosts=HOSTS))


@pytest.mark.parametrize(
    "url",
    [
        "https://login.microsoftonline.com",
        f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "https://login.microsoftonline.com/not-a-tenant",
        "https://login.microsoftonline.com/" + "{" + TENANT[1:-1] + "}",
        f"http://login.microsoftonline.com/{TENANT}",
        f"https://login.microsoftonline.com.evil.example/{TENANT}",
        f"https://user@login.microsoftonline.com/{TENANT}",
        f"https://login.microsoftonline.com/{TENANT}?x=y",
        f"https://login.microsoftonline.com/{TENANT}#x",
        f"https://login.microsoftonline.com:port/{TENANT}",
        f"login.microsoftonline.com/{TENANT}",
        "https:///x",
    ],
)
def test_other_authorities_are_refused(url: str) -> None:
    assert refusal(lambda: env(A=url).authority("A", hosts=HOSTS)).startswith("A ")


def test_other_hosts_need_to_be_allowed() -> None:
    url = f"https://127.0.0.1:8443/{TENANT}"
    assert "ALLOW_OTHER_HOSTS" in refusal(lambda: env(A=url).authority("A", hosts=HOSTS))
    assert env(A=url).authority("A", hosts=None) == url


def test_an_https_address_keeps_its_path() -> None:
    found = env(A="https://vssps.example/x/").https_url("A", "", hosts=None)
    assert found == "https://vssps.example/x"
    assert env().https_url("A", "https://d.example", hosts={"d.example"}) == "https://d.example"


@pytest.mark.parametrize(
    "url", ["https://portal.example", "https://portal.example:8443", "http://127.0.0.1:8000"]
)
def test_the_portals_own_address(url: str) -> None:
    assert env(A=url).origin("A") == url
    assert env(A=url + "/").origin("A") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://portal.example",
        "https://portal.example/path",
        "ftp://portal.example",
        "portal.example",
        "https://",
    ],
)
def test_other_own_addresses_are_refused(url: str) -> None:
    assert refusal(lambda: env(A=url).origin("A")).startswith("A ")


@pytest.mark.parametrize(
    ("host", "is_it"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("10.0.0.1", False), ("example.test", False)],
)
def test_this_machine(host: str, is_it: bool) -> None:
    assert is_loopback(host) is is_it
