"""Whom mail may go to, and names as they may stand in one."""

from typing import Any

import pytest

from tokens.mail import is_recipient, one_line


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("a@example.com", True),
        ("a@EXAMPLE.com", True),
        ("a@sub.example.com", False),
        ("a@example.com.evil.example", False),
        ("a@evil.example", False),
        ("a@evil.example, b@example.com", False),
        ("a@example.com\nBcc: x@evil.example", False),
        ("o'b.c+d_e-f@example.com", True),
        ('"a"@example.com', False),
        ('"a\\b"@example.com', False),
        ("=?utf-8?q?a?=@example.com", False),
        ("=?utf-8?b?abab?=@example.com", False),
        ("\u212a@example.com", False),
        ("", False),
    ],
)
def test_domains_bound_whom_mail_goes_to(settings: Any, address: str, may: bool) -> None:
    settings.MAIL_DOMAINS = ["example.com"]
    assert is_recipient(address) is may


def test_without_domains_mail_goes_anywhere(settings: Any) -> None:
    settings.MAIL_DOMAINS = []
    assert is_recipient("a@evil.example")
    assert not is_recipient("no address")
    for folded in ("a@exa\u3002mple.com", "a@\u00df.example", "\u00e4@example.com", "a@[127.0.0.1]"):
        assert not is_recipient(folded)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("ci-deploy", "ci-deploy"),
        ("a\r\n\tb\x00c", "a b c"),
        ("a\u2028b\u202ec\u200bd", "a b c d"),
        ("x" * 300, "x" * 199 + "…"),
        ("a.b", "a.\u2060b"),
        ("see http://x.example", "see http:\u2060/\u2060/\u2060x.\u2060example"),
        ("a@b", "a@\u2060b"),
        ("end.", "end."),
    ],
)
def test_a_name_is_one_line_that_nothing_makes_a_link_of(name: str, line: str) -> None:
    assert one_line(name) == line
