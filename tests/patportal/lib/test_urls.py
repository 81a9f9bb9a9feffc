"""Return addresses that stay on the portal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patportal.lib.urls import is_local_path, web_host


@pytest.mark.parametrize("url", ["/", "/tokens/new", "/?status=all&q=a%20b", "/a#b", "/a//b"])
def test_a_path_is_local(url: str) -> None:
    assert is_local_path(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "tokens",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "https://evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        " /tokens",
        "http://127.0.0.1:8000/",
    ],
    ids=ascii,
)
def test_anything_else_is_not(url: str) -> None:
    assert not is_local_path(url)


@given(rest=st.text(max_size=40))
def test_what_is_local_has_no_host(rest: str) -> None:
    url = f"/{rest}"
    if is_local_path(url):
        assert not url.replace("\\", "/").startswith("//")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://dev.azure.com/contoso/_build?definitionId=7#x", "dev.azure.com"),
        ("HTTP://Build-3:8443/", "build-3"),
        ("http://[::1]:80/", "[::1]"),
        ("see https://dev.azure.com/x", ""),
        ("https://dev.azure.com/a b", ""),
        ("https://contoso@dev.azure.com/x", ""),
        ("https://good.example\\@evil.example/", ""),
        ("https://evil.example\\.good.example/", ""),
        ("https://\u0435xample.com/", ""),
        ("https://x.example/\u202etxt", ""),
        ("https://x.example:99999/", ""),
        ("https://x.example:/", ""),
        ("https://[::1/", ""),
        ("https:///x", ""),
        ("//x.example", ""),
        ("javascript:alert(1)//https://x.example", ""),
        ("data:text/html,x", ""),
        ("ftp://x.example/", ""),
        ("", ""),
    ],
)
def test_a_text_is_a_link_only_as_a_whole_web_address(text: str, host: str) -> None:
    assert web_host(text) == host
