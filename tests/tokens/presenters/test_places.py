"""Where a PAT is used: text is text, and only web addresses are links."""

import pytest

from tests.tokens.presenters.rows import NOW, pat
from tokens.models import Place
from tokens.presenters._places import places_of


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://dev.azure.com/contoso/web/_build", "dev.azure.com"),
        ("http://10.0.0.7:8080/job", "10.0.0.7"),
        ("the laptop in the lab", ""),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("ftp://files.example.test", ""),
        ("//evil.example.test", ""),
        ("https://", ""),
        ("https://[broken", ""),
        ("see https://example.test", ""),
        ("https://example.test and more", ""),
        ("https://shown.example@hidden.example.test/", ""),
    ],
)
def test_only_web_addresses_are_links_and_say_their_host(text: str, host: str) -> None:
    (label,) = places_of(pat(places=[Place(text=text, position=0)]))
    assert (label.text, label.host, label.url) == (text, host, text if host else "")


def test_what_was_moved_is_ticked_and_can_be_unticked() -> None:
    one = pat(places=[Place(pk=7, text="a", moved_at=NOW), Place(pk=8, text="b")])
    assert [(label.is_moved, label.tick_url) for label in places_of(one)] == [
        (True, f"/tokens/{one.id}/places/7/tick"),
        (False, f"/tokens/{one.id}/places/8/tick"),
    ]
