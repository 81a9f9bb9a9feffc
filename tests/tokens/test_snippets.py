"""What people paste into tools: complete, safe to paste, and without any secret of its own."""

import re
import shlex
from xml.etree import ElementTree as ET

import pytest

from tokens import scopes, snippets

SECRET, BASE64 = "S" * 84, "QmFzZTY0" * 14 + "=="
BY_ID = {one.id: one for one in snippets.snippets_for("fabrikam")}


def filled(tool: str) -> str:
    """Return the text of a tool as the page that shows a secret fills it in."""
    values = {snippets.SECRET: SECRET, snippets.SECRET_BASE64: BASE64}
    return "".join(values.get(piece.field, piece.text) for piece in BY_ID[tool].pieces)


def test_every_tool_of_the_page_is_there() -> None:
    assert list(BY_ID) == ["git", "npm", "nuget", "pip", "maven", "curl", "agent"]


def test_every_field_is_one_that_the_page_knows() -> None:
    known = {"", snippets.SECRET, snippets.SECRET_BASE64, *snippets.PLACEHOLDERS}
    for one in BY_ID.values():
        assert {piece.field for piece in (*one.pieces, *one.advice)} <= known, one.id
        assert {piece.field for piece in one.pieces} & {snippets.SECRET, snippets.SECRET_BASE64}, one.id
        assert "{" not in "".join(piece.text for piece in (*one.pieces, *one.advice)), one.id


def test_no_command_and_no_advice_holds_a_secret_and_none_stands_in_an_address() -> None:
    for one in BY_ID.values():
        assert not [piece for piece in one.advice if piece.is_secret or piece.is_secret_base64], one.id
        assert "secret" not in f"{one.command}{one.last_command}", one.id
        addresses = re.findall(r"https://\S+", filled(one.id))
        assert not [address for address in addresses if SECRET in address or BASE64 in address], one.id


def test_scopes_that_are_asked_for_exist() -> None:
    assert {code for one in BY_ID.values() for code in one.needs} <= scopes.CATALOGUE.keys()


@pytest.mark.parametrize("name", ["it's", "two words", "a&b", "a<b", 'a"b', "a$b", "ü", "", "a\nb"])
def test_a_name_that_would_need_quoting_is_filled_in_nowhere(name: str) -> None:
    assert not snippets.is_plain(name)
    assert snippets.snippets_for(name) == []


def test_git_is_told_what_it_asks_for() -> None:
    assert dict(line.split("=", 1) for line in filled("git").splitlines()) == {
        "protocol": "https",
        "host": "dev.azure.com",
        "username": "fabrikam",
        "password": SECRET,
    }


def test_npm_gets_the_secret_in_base64_for_both_addresses_of_the_feed() -> None:
    lines = filled("npm").splitlines()
    passwords = [line for line in lines if ":_password=" in line]
    assert [line.partition("/npm/")[2] for line in passwords] == [
        f"registry/:_password={BASE64}",
        f":_password={BASE64}",
    ]
    assert SECRET not in filled("npm")
    assert all(
        line.startswith("//pkgs.dev.azure.com/fabrikam/PROJECT/_packaging/FEED/npm/") for line in lines
    )


def test_nuget_and_maven_get_well_formed_xml_with_one_name_in_all_places() -> None:
    nuget = ET.fromstring(filled("nuget"))  # noqa: S314  # nosec B314 - our own text
    source = nuget.find("packageSources/add")
    assert source is not None
    credentials = {
        one.get("key"): one.get("value") for one in nuget.findall("packageSourceCredentials/FEED/add")
    }
    assert source.get("key") == "FEED"
    assert source.get("value") == (
        "https://pkgs.dev.azure.com/fabrikam/PROJECT/_packaging/FEED/nuget/v3/index.json"
    )
    assert credentials == {"Username": "fabrikam", "ClearTextPassword": SECRET}
    maven = ET.fromstring(filled("maven"))  # noqa: S314  # nosec B314 - our own text
    assert {one.tag: one.text for one in maven} == {"id": "FEED", "username": "fabrikam", "password": SECRET}


def test_pip_and_curl_read_it_from_where_it_is_in_no_command() -> None:
    assert filled("pip").split() == ["machine", "pkgs.dev.azure.com", "login", "fabrikam", "password", SECRET]
    assert f'user = ":{SECRET}"' in filled("curl").splitlines()
    assert BY_ID["curl"].command == "curl --config -"


def test_the_agent_reads_variables_that_a_shell_understands() -> None:
    words = [shlex.split(line) for line in filled("agent").splitlines()]
    assert all(len(line) == 1 for line in words)
    assert dict(line[0].split("=", 1) for line in words) == {
        "VSTS_AGENT_INPUT_URL": "https://dev.azure.com/fabrikam",
        "VSTS_AGENT_INPUT_AUTH": "pat",
        "VSTS_AGENT_INPUT_TOKEN": SECRET,
        "VSTS_AGENT_INPUT_POOL": "POOL",
    }
