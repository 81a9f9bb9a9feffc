"""What a browser says of itself, in plain words."""

from __future__ import annotations

import pytest

from accounts.user_agents import UNKNOWN, browser_in_words

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (f"{_WINDOWS} {_WEBKIT} Chrome/142.0.0.0 Safari/537.36", "Chrome on Windows"),
        (f"{_WINDOWS} {_WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Edge on Windows"),
        (f"{_WINDOWS} {_WEBKIT} Chrome/142.0.0.0 Safari/537.36 OPR/120.0.0.0", "Opera on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_APPLE} Version/18.0 Safari/605.1.15",
            "Safari on macOS",
        ),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {_APPLE} CriOS/142.0 Safari/604.1",
            "Chrome on an iPhone",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {_WEBKIT} Chrome/142.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (f"Mozilla/5.0 (X11; CrOS x86_64) {_WEBKIT} Chrome/142.0 Safari/537.36", "Chrome on ChromeOS"),
        (f"Mozilla/5.0 (PlayStation 5) {_WEBKIT} Safari/605.1", "Safari"),
    ],
)
def test_common_browsers_have_plain_names(user_agent: str, words: str) -> None:
    assert browser_in_words(user_agent) == words


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("curl/8.5.0", "curl/8.5.0"),
        ("I am Firefox/140.0, honestly", "I am Firefox/140.0, honestly"),
        ("Mozilla/5.0 (compatible; Something/1.0)", "Mozilla/5.0 (compatible; Something/1.0)"),
        ("x" * 61, "x" * 59 + "…"),
        ("x" * 60, "x" * 60),
        ("  spaced\t out ", "spaced out"),
        ("", UNKNOWN),
    ],
)
def test_others_are_quoted_and_cut(user_agent: str, words: str) -> None:
    assert browser_in_words(user_agent) == words
