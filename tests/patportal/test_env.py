"""The reader of the environment: strict, and clear about what is wrong."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64encode
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ImproperlyConfigured

from patportal.env import Environment

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
    assert env().names_list("A", "") == []


def test_scopes_are_of_one_resource() -> None:
    assert env(A=" x/a  x/b,x/c ").scopes("A") == ["x/a", "x/b", "x/c"]
    assert env().scopes("A", "api://x/.default") == ["api://x/.default"]
    for text in (",", "vso.pats", "x/a y/b", "x/", "/a", "x/a b"):
        assert "A must name permissions of one resource" in refusal(lambda text=text: env(A=text).scopes("A"))


def test_certificates_have_to_be_there(tmp_path: Path) -> None:
    assert env().ca_bundle("A") is None
    assert env(A=str(tmp_path)).ca_bundle("A") == str(tmp_path)
    missing = str(tmp_path / "ca.pem")
    assert refusal(lambda: env(A=missing).ca_bundle("A")).startswith("A names a file that does not exist")


def test_a_proxy_is_an_address_and_is_never_quoted() -> None:
    assert env().proxy("A") is None
    for text in ("http://proxy.example:3128", "https://portal:proxy-password@proxy.example"):
        assert env(A=text).proxy("A") == text
    for text in (
        "ftp://proxy.example:1",
        "proxy.example:8080",
        "http://",
        "http://x:99999",
        "http://proxy-password@[",
    ):
        sentence = refusal(lambda text=text: env(A=text).proxy("A"))
        assert sentence == "A must look like http://host:port or https://host:port."


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


def test_domains_of_mail() -> None:
    assert env(A="Example.com, mail.example.org").domains("A") == ["example.com", "mail.example.org"]
    assert env().domains("A") == []
    for text in ("@example.com", "*.example.com", "example", "a@example.com"):
        assert "A must be a list of domains" in refusal(lambda text=text: env(A=text).domains("A"))


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


# --- choices, days, GUIDs, tenants -----------------------------------------------------------------


def test_one_of_a_few() -> None:
    assert env(A="b").choice("A", "a", choices=["a", "b"]) == "b"
    assert env().choice("A", "a", choices=["a", "b"]) == "a"
    assert "A must be one of a, b." in refusal(lambda: env(A="c").choice("A", "a", choices=["a", "b"]))


def test_days() -> None:
    assert env(A="2027-03-31").day("A") == date(2027, 3, 31)
    assert env().day("A") is None
    for text in ("31.03.2027", "2027-02-30", "soon", "2027-03-31T00:00"):
        assert "A must be a day" in refusal(lambda text=text: env(A=text).day("A"))


def test_guids() -> None:
    assert env(A=TENANT).guid("A") == TENANT
    assert env().guid("A") is None
    for text in ("portal", TENANT.replace("-", ""), f"{{{TENANT}}}"):
        sentence = refusal(lambda text=text: env(A=text).guid("A"))
        assert "A must be a GUID" in sentence
        assert text not in sentence


OTHER = "22222222-3333-4444-8555-AAAAAAAAAAAA"


def test_tenants_have_labels_or_go_by_their_guids() -> None:
    found = env(A=f"{TENANT}=Tailwind Traders, {OTHER}").tenants("A")
    assert found == {UUID(TENANT): "Tailwind Traders", UUID(OTHER): OTHER.lower()}
    assert list(found) == [UUID(TENANT), UUID(OTHER)]
    assert env(A=f"{TENANT} = ").tenants("A") == {UUID(TENANT): TENANT}
    assert env().tenants("A") == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("contoso.example", "entry 1"),
        (f"{TENANT}=A,organizations=B", "entry 2"),
        (f"{TENANT}=A,{TENANT.upper()}=B", "entry 2"),
        ("9188040d-6c67-4c5b-b112-36a304b66dad", "any personal account"),
        (f"{TENANT}={'x' * 61}", "at most 60 characters"),
        (f"{TENANT}=a\u202eb", "printable"),
    ],
)
def test_any_other_list_of_tenants_is_refused(text: str, sentence: str) -> None:
    assert sentence in refusal(lambda: env(A=text).tenants("A"))


def test_the_directory_of_personal_accounts_is_no_authority() -> None:
    url = "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad"
    assert "people of any directory" in refusal(lambda: env(A=url).authority("A", hosts=HOSTS))


# --- the settings as a whole -----------------------------------------------------------------------

ROOT = Path(__file__).parents[2]
PRODUCTION_LIKE = dict(
    line.split("=", 1)
    for line in (ROOT / "tests" / "production.env").read_text("utf-8").splitlines()
    if "=" in line and not line.startswith("#")
)


def settings_with(**changes: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of their own, under the production-like environment with changes."""
    show = (
        "from django.conf import settings as s; print(s.ENTRA_ADDITIONAL_TENANTS, s.AZURE_DEVOPS_API_VERSION)"
    )
    return subprocess.run(
        [sys.executable, "-c", show],
        cwd=ROOT,
        env=PRODUCTION_LIKE | changes,
        capture_output=True,
        text=True,
        check=False,
    )


def settings_refusal(**changes: str) -> str:
    result = settings_with(**changes)
    assert result.returncode != 0
    return result.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    "changes",
    [
        {"ENTRA_CLIENT_SECRET_FALLBACK": "invented-old-secret"},
        {"ENTRA_CLIENT_SECRET": "", "ENTRA_CLIENT_ASSERTION_FILE": "/run/secrets/assertion"},
        {"ENTRA_CLIENT_CERTIFICATE": "/run/secrets/portal.pem"},
        {"AZURE_DEVOPS_API_VERSION": "6.1-preview", "ENTRA_ADDITIONAL_TENANTS": OTHER},
    ],
)
def test_one_credential_or_two_start_the_portal(changes: dict[str, str]) -> None:
    result = settings_with(**changes)
    assert result.returncode == 0, result.stderr


def test_none_and_three_credentials_do_not() -> None:
    none = settings_refusal(ENTRA_CLIENT_SECRET="")
    assert "Nothing to prove the portal with to Entra" in none
    assert "ENTRA_CLIENT_CERTIFICATE" in none
    three = settings_refusal(
        ENTRA_CLIENT_SECRET_FALLBACK="invented-old-secret", ENTRA_CLIENT_CERTIFICATE="/run/secrets/portal.pem"
    )
    assert "At most two credentials" in three
    assert "ENTRA_CLIENT_CERTIFICATE, ENTRA_CLIENT_SECRET, ENTRA_CLIENT_SECRET_FALLBACK" in three
    assert "invented" not in three


def test_a_version_that_the_client_does_not_know_is_refused() -> None:
    assert "AZURE_DEVOPS_API_VERSION must be one of 6.1-preview" in settings_refusal(
        AZURE_DEVOPS_API_VERSION="7.1"
    )
