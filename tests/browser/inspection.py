"""Looks at a page as people with different screens and eyes would: axe, two colour schemes, three widths."""

import os
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from django.urls import Resolver404, resolve
from playwright.sync_api import Page

from tests.browser.drawn import DRAWN
from tests.browser.reflow import enlarged_faults

_HEIGHT = 900
_WIDTHS = (320, 768, 1440)
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# All that axe knows for certain, and the size of targets: WCAG 2.2 asks for it, axe does not by itself.
_AXE = """
async (runOnly) => {
  const rules = {"target-size": {enabled: true}};
  // Preloading would put style sheets into inline styles, which the content security policy reports.
  const options = {resultTypes: ["violations"], preload: false, ...runOnly ? {runOnly} : {rules}};
  const {violations} = await axe.run(options);
  const describe = ({html, any, all, none}) => `${html} ${[any, all, none].flat().map((one) => one.message)}`;
  return violations.map(({id, help, nodes}) => ({id, help, nodes: nodes.map(describe)}));
}
"""
_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# Colours of another scheme are there some frames later, and inherited ones one after another if they glide.
_COME_TO_REST = """
async () => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const isChanging = (one) => one instanceof CSSTransition && one.playState === "running";
  for (let frames = 0, calm = 0; frames < 100 && calm < 3; frames += 1) {
    await frame();
    calm = document.getAnimations().some(isChanging) ? 0 : calm + 1;
  }
}
"""
_OVERFLOW = """
() => {
  if (document.scrollingElement.scrollWidth <= innerWidth) {
    return [];
  }
  const wide = Array.from(document.querySelectorAll("body *")).filter(
    (one) => one.getBoundingClientRect().right > innerWidth + 0.5);
  return wide.slice(0, 5).map((one) => one.outerHTML.slice(0, 160));
}
"""


class Inspector:
    """Collects what is wrong with the pages that it is shown."""

    def __init__(self, page: Page, *, excluded_rules: Collection[str] = ()) -> None:
        self._page = page
        self._excluded_rules = excluded_rules
        self.faults: list[str] = []

    def look(self, label: str) -> None:
        """Inspect the page as it stands; `label` names its state."""
        # After a click the next page may be there without being whole.
        self._page.wait_for_load_state()
        self._hold_to_its_page(label)
        for width in _WIDTHS:
            self._page.set_viewport_size({"width": width, "height": _HEIGHT})
            self._note(f"{label} at {width} px", self._page.evaluate(_OVERFLOW))
        # Without motion nothing turns for ever.
        self._page.emulate_media(color_scheme="light", reduced_motion="reduce")
        self._note(f"{label}, wide", self._violations())
        self._page.emulate_media(color_scheme="dark")
        self._note(f"{label}, wide and dark", self._violations(run_only=_COLOURS))
        # Rows become cards on narrow screens: another page to a screen reader.
        self._page.set_viewport_size({"width": min(_WIDTHS), "height": _HEIGHT})
        self._page.emulate_media(color_scheme="light")
        self._note(f"{label}, narrow", self._violations())
        for view, fault in enlarged_faults(self._page):
            self._note(f"{label} {view}", [fault])
        self._page.set_viewport_size({"width": min(_WIDTHS), "height": _HEIGHT})
        self._keep_pictures(label)

    def report(self) -> str:
        """Return everything that was found, one fault a line."""
        return "\n".join(self.faults)

    def _hold_to_its_page(self, label: str) -> None:
        """A label that stands for a page in the table of pictures is on that page."""
        pages = [name for name, drawn in DRAWN.items() if drawn == label]
        try:
            here = resolve(urlsplit(self._page.url).path).view_name
        except Resolver404:
            here = "no page"
        if pages and here not in pages:
            self.faults.append(f"{label} is a picture of {here}, not of {pages}")

    def _violations(self, *, run_only: dict[str, Any] | None = None) -> list[str]:
        return _violations(self._page, self._excluded_rules, run_only)

    def _note(self, circumstances: str, faults: Sequence[str]) -> None:
        self.faults += [f"{circumstances}: {fault}" for fault in faults]

    def _keep_pictures(self, label: str) -> None:
        """Write pictures into the folder that PYTEST_SCREENSHOTS names, for people to look at."""
        folder = os.environ.get("PYTEST_SCREENSHOTS")
        if not folder:
            return
        name = re.sub(r"\W+", "-", label)
        for width in _WIDTHS:
            self._page.set_viewport_size({"width": width, "height": _HEIGHT})
            for scheme in _SCHEMES:
                self._page.emulate_media(color_scheme=scheme)
                self._page.evaluate(_COME_TO_REST)
                path = Path(folder, f"{name}-{width}-{scheme}.png")
                # The caret is hidden by an inline style, which the content security policy refuses.
                self._page.screenshot(path=path, full_page=True, caret="initial")
        self._page.emulate_media(color_scheme="light")
        self._page.set_viewport_size({"width": min(_WIDTHS), "height": _HEIGHT})


def colours_of(page: Page) -> list[str]:
    """Return what axe has against the colours of the page as it stands."""
    return _violations(page, (), _COLOURS)


def _violations(page: Page, excluded: Collection[str], run_only: dict[str, Any] | None) -> list[str]:
    page.evaluate(_COME_TO_REST)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(_AXE, run_only)
    return [
        f"{one['id']} ({one['help']}): {node}"
        for one in found
        if one["id"] not in excluded
        for node in one["nodes"][:3]
    ]
