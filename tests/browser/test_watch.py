"""The watch over all browser tests sees what it is there for."""

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

_INLINE_SCRIPT = """
const script = document.createElement("script");
script.textContent = "document.title = 'it ran'";
document.body.append(script);
"""
_FOREIGN_IMAGE = """
const image = document.createElement("img");
image.src = "http://127.0.0.2:9/pixel.png";
document.body.append(image);
"""


@pytest.mark.parametrize(
    ("misdeed", "fault"),
    [
        (_INLINE_SCRIPT, "CSP: script-src-elem forbids inline"),
        ("document.body.setAttribute('style', 'color: red')", "CSP: style-src-attr forbids inline"),
        (_FOREIGN_IMAGE, "request to a foreign host: http://127.0.0.2:9/pixel.png"),
        ("setTimeout(() => { throw new Error('oops'); })", "uncaught: oops"),
        ("console.warn('mind the gap')", "warning: mind the gap"),
    ],
    ids=["inline script", "inline style", "foreign host", "uncaught error", "warning"],
)
def test_the_watch_notices(visitor: Visitor, misdeed: str, fault: str) -> None:
    visitor.go("/signed-out")
    visitor.page.evaluate(f"() => {{ {misdeed} }}")
    visitor.page.wait_for_timeout(100)
    assert any(fault in one for one in visitor.watch.faults())
    expect(visitor.page).not_to_have_title("it ran")
    visitor.watch.allow("")


def test_an_expected_status_is_no_fault_and_another_is(visitor: Visitor) -> None:
    visitor.go("/nothing-is-here")
    visitor.watch.allow_status(403)
    assert len(visitor.watch.faults()) == 1
    visitor.watch.allow_status(404)
    assert visitor.watch.faults() == []
