"""Addresses: a bearer goes to the configured place, under one segment, or nowhere."""

from urllib.parse import unquote, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from tokens.azure_devops._address import base_url, is_organization_name, organization_url

BASE = "https://vssps.example.test:8443/simulated"


@pytest.mark.parametrize(
    "text", ["https://vssps.dev.azure.com", "https://127.0.0.1:8443/vssps/", "https://[::1]:8443"]
)
def test_it_takes_an_https_address(text: str) -> None:
    assert base_url(text) == text.rstrip("/")


@pytest.mark.parametrize(
    "text",
    [
        "http://vssps.dev.azure.com",
        "HTTPS//vssps.dev.azure.com",
        "vssps.dev.azure.com",
        "//vssps.dev.azure.com",
        "https://",
        "https:///path",
        "https://person@vssps.dev.azure.com",
        "https://vssps.dev.azure.com\\@elsewhere.test",
        "https://vssps.dev.azure.com?x=1",
        "https://vssps.dev.azure.com#x",
        "https://vssps.dev.azure.com:99999",
        "https://vssps.dev.azure.com:0",
        "https://vssps.dev.azure.com:port",
        "https://vssps.dev\n.azure.com",
        "https://vssps .azure.com",
        "https://vssps.dev.\u0430zure.com",
        "https://[::1",
        "",
    ],
)
def test_it_refuses_any_other_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        base_url(text)


@pytest.mark.parametrize(
    ("name", "segment"),
    [
        ("contoso", "contoso"),
        ("Contoso-2", "Contoso-2"),
        ("con toso", "con%20toso"),
        ("con..toso", "con..toso"),
        ("a:b@c;d=e&f+g", "a%3Ab%40c%3Bd%3De%26f%2Bg"),
        ("blåbær", "bl%C3%A5b%C3%A6r"),
    ],
)
def test_it_quotes_an_organization_as_one_segment(name: str, segment: str) -> None:
    assert organization_url(BASE, name, "_apis/x") == f"{BASE}/{segment}/_apis/x"


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "...",
        "a/b",
        "a\\b",
        "../admin",
        "a?b",
        "a#b",
        "%2e%2e",
        "a\nb",
        "a\r\nHost: elsewhere",
        "a\0b",
        " a",
        "a ",
        "\ud800",
        "a\u202eb",
        "a\u2028b",
        "x" * 256,
    ],
)
def test_it_refuses_what_cannot_be_a_name(name: str) -> None:
    assert not is_organization_name(name)
    with pytest.raises(ValueError, match="organization"):
        organization_url(BASE, name, "_apis/x")


@given(st.text(max_size=40).filter(is_organization_name))
def test_whatever_the_name_the_request_goes_to_the_configured_place(name: str) -> None:
    sent = requests.Request("GET", organization_url(BASE, name, "_apis/x")).prepare().url or ""
    segments = urlsplit(sent).path.split("/")
    assert sent.startswith(f"{BASE}/")
    assert [unquote(segment) for segment in segments] == ["", "simulated", name, "_apis", "x"]
