"""A person at the keyboard: moves with Tab and the arrows, and always sees where the focus is."""

from playwright.sync_api import Locator, Page

_FAR_ENOUGH = 400

# What is wrong with the focus as it is now; empty if a person can see it.
_WHERE_IS_THE_FOCUS = """
() => {
  const focused = document.activeElement;
  if (!focused || focused === document.body) {
    return "nothing has the focus";
  }
  const label = `${focused.tagName} #${focused.id} "${focused.textContent.trim().slice(0, 40)}"`;
  // A control inside its label may have the ring drawn around the label.
  const ringed = [focused, focused.closest("label")].filter((element) => {
    if (element === null) {
      return false;
    }
    const style = getComputedStyle(element);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  if (ringed.length === 0) {
    return `no ring around ${label}`;
  }
  const place = ringed[0].getBoundingClientRect();
  const middle = [(place.left + place.right) / 2, (place.top + place.bottom) / 2];
  const atMiddle = document.elementFromPoint(...middle);
  if (!atMiddle || !(ringed[0].contains(atMiddle) || atMiddle.contains(ringed[0]))) {
    return `out of sight: ${label}`;
  }
  return "";
}
"""


class Keyboard:
    """The keyboard of one page."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def press(self, key: str) -> None:
        """Press a key."""
        self._page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type into whatever has the focus."""
        self._page.keyboard.type(text)

    def reach(self, target: Locator, *, key: str = "Tab", is_ours: bool = True) -> None:
        """Press `key` until `target` has the focus, which has to be seen at every step of a page of ours."""
        target.wait_for()
        for _ in range(_FAR_ENOUGH):
            self.press(key)
            if is_ours:
                assert self.focus_fault() == ""
            if target.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"{key} does not lead to {target}")

    def focus_fault(self) -> str:
        """Return what keeps a person from seeing the focus; empty if nothing does."""
        return str(self._page.evaluate(_WHERE_IS_THE_FOCUS))
