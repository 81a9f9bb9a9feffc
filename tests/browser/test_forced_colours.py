"""The colours of the reader's own system: controls have an edge; what is chosen or has the focus shows."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inspection import colours_of
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

_WITHOUT_EDGE = """
() => {
  const controls = ".button:not(.button-quiet), .input, .choice, .chip, .count-card, .recipe";
  const all = document.querySelectorAll(controls);
  const hasEdge = ({borderTopStyle, borderTopWidth, borderTopColor, backgroundColor}) =>
    borderTopStyle !== "none" && parseFloat(borderTopWidth) >= 1 && borderTopColor !== backgroundColor;
  const bare = Array.from(all).filter((one) => one.checkVisibility() && !hasEdge(getComputedStyle(one)));
  return bare.map((one) => one.outerHTML.slice(0, 120));
}
"""
_UNMARKED = """
() => {
  const current = ":is(.chip, .count-card, .site-nav a)[aria-current]";
  const chosen = `${current}, .recipe[aria-pressed=true], .choice:has(:checked)`;
  const all = Array.from(document.querySelectorAll(chosen)).filter((one) => one.checkVisibility());
  const bare = all.filter((one) => getComputedStyle(one).outlineStyle !== "solid");
  return [all.length, bare.map((one) => one.outerHTML.slice(0, 120))];
}
"""
_RING = """
() => {
  const one = document.activeElement.closest(".choice") ?? document.activeElement;
  const {outlineStyle, outlineWidth} = getComputedStyle(one);
  const isRung = outlineStyle === "solid" && parseFloat(outlineWidth) >= 2;
  // The parts of a date show the focus in the browser's own way.
  return isRung || one.type === "date" ? "" : one.outerHTML.slice(0, 120);
}
"""


def test_everything_shows_in_the_colours_of_the_reader(visitor: Visitor) -> None:
    visitor.add_pat("deploy")
    visitor.sign_in_to_full_list()
    page = visitor.page
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    expect(visitor.link("deploy")).to_be_visible()
    _hold(page)
    visitor.go("/tokens/new?template=code-read")
    _hold(page)
    visitor.go("/settings")
    _hold(page)


def _hold(page: Page) -> None:
    assert page.evaluate(_WITHOUT_EDGE) == []
    count, unmarked = page.evaluate(_UNMARKED)
    assert count > 0
    assert unmarked == []
    assert colours_of(page) == []
    for _ in range(25):
        page.keyboard.press("Tab")
        assert page.evaluate(_RING) == ""
