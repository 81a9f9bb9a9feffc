"""Return addresses that stay on the portal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patportal.lib.urls import is_local_path


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
