"""Looks at a page as people see it who enlarge it: nothing cut off, in the way of something else or sideways.

A browser that enlarges a page to 200 % gives it half of the screen's width and height; enlarging text alone
leaves the width and doubles what is measured by letters. Both have to work, WCAG 1.4.4 and 1.4.10.
"""

from collections.abc import Iterator

from playwright.sync_api import Page

# Width and height in CSS pixels, and the size of letters: a phone, 1280 by 800 at 200 %, and its text alone.
_VIEWS = {
    "at 320 px": (320, 640, "100%"),
    "at 200 %": (640, 400, "100%"),
    "with text at 200 %": (1280, 800, "200%"),
}
_ENLARGE_TEXT = "(size) => { document.documentElement.style.fontSize = size; }"

# Inside a modal dialog nothing else can be reached.
_COMMON = """
const roots = Array.from(document.querySelectorAll("dialog:modal"));
const root = roots.at(-1) ?? document.body;
const describe = (one) => one.outerHTML.replace(/\\s+/g, " ").slice(0, 140);
const isShown = (one) => one.checkVisibility(
  {opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true});
const isHiddenVisually = (one) => {
  const style = getComputedStyle(one);
  return style.clipPath === "inset(50%)" || (one.parentElement && isHiddenVisually(one.parentElement));
};
// What a region that scrolls by keyboard holds may be out of sight.
const isInRegion = (one) => one.closest("[role=region][tabindex='0']") !== null;
const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
const isSeen = (one) => isShown(one) && !isHiddenVisually(one);
const targets = () => Array.from(root.querySelectorAll(CONTROLS)).filter(isSeen);
"""
# A clamped text is cut on purpose where a link beside it leads to the whole of it.
_CUT_OFF = f"""
() => {{
  {_COMMON}
  const hides = (value) => value === "hidden" || value === "clip";
  const isCut = (one) => {{
    const style = getComputedStyle(one);
    const cutsAcross = hides(style.overflowX) && one.scrollWidth > one.clientWidth + 1;
    const cutsDown = hides(style.overflowY) && one.scrollHeight > one.clientHeight + 1;
    const isClamped = style.webkitLineClamp !== "none" && one.closest("a[href], tr:has(a[href])");
    return (cutsAcross || cutsDown) && !isClamped;
  }};
  const isOutside = (one) => {{
    const {{left, right, width}} = one.getBoundingClientRect();
    return width > 0 && (left < -1 || right > innerWidth + 1) && !isInRegion(one);
  }};
  const hasText = (one) => Array.from(one.childNodes).some(
    (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
  const all = Array.from(root.querySelectorAll("*")).filter(isSeen);
  const cut = all.filter((one) => one.textContent.trim() && one.localName !== "svg" && isCut(one));
  const texts = all.filter((one) => hasText(one) && !one.matches("[class*=skip-], select *"));
  const outside = texts.filter(isOutside);
  const tell = (what) => (one) => `${{what}}: ${{describe(one)}}`;
  return [...cut.map(tell("cut off")), ...outside.map(tell("outside"))];
}}
"""
_SIDEWAYS = f"""
() => {{
  {_COMMON}
  const scrolls = (one) => ["auto", "scroll"].includes(getComputedStyle(one).overflowX)
    && one.scrollWidth > one.clientWidth + 1 && !["textarea", "select"].includes(one.localName);
  const saysSo = (one) => one.matches("[role=region][tabindex='0']:is([aria-label], [aria-labelledby])");
  const page = document.scrollingElement;
  const found = page.scrollWidth > innerWidth ? [`the page is ${{page.scrollWidth}} px wide`] : [];
  const all = Array.from(root.querySelectorAll("*")).filter((one) => isShown(one));
  const mute = all.filter((one) => scrolls(one) && !saysSo(one));
  return [...found, ...mute.map((one) => `scrolls sideways: ${{describe(one)}}`)];
}}
"""
# What floats above the page on purpose, such as an open menu or a bar at the lower edge, may cover it.
_OVERLAPPING = f"""
() => {{
  {_COMMON}
  const floats = (one) => {{
    for (let at = one; at && at !== root; at = at.parentElement) {{
      const {{position}} = getComputedStyle(at);
      if (position === "fixed" || position === "sticky" || at.matches(".menu-items, .to-bulk")) {{
        return true;
      }}
    }}
    return false;
  }};
  const boxes = targets().filter((one) => !floats(one) && !isInRegion(one)).flatMap(
    (one) => Array.from(one.getClientRects(), (box) => ({{one, box}})));
  boxes.sort((one, other) => one.box.top - other.box.top);
  const found = [];
  boxes.forEach(({{one, box}}, place) => {{
    for (let next = place + 1; next < boxes.length && boxes[next].box.top < box.bottom - 2; next += 1) {{
      const {{one: other, box: below}} = boxes[next];
      const width = Math.min(box.right, below.right) - Math.max(box.left, below.left);
      const height = Math.min(box.bottom, below.bottom) - below.top;
      if (width > 2 && height > 2 && !one.contains(other) && !other.contains(one)) {{
        found.push(`overlap: ${{describe(one)}} and ${{describe(other)}}`);
      }}
    }}
  }});
  return found;
}}
"""
# WCAG 2.4.11: what has the focus is not hidden behind what sticks to an edge of the screen.
_OBSCURED = f"""
() => {{
  {_COMMON}
  const sticks = (one) => ["fixed", "sticky"].includes(getComputedStyle(one).position) && one !== root;
  const bars = Array.from(root.querySelectorAll("*")).filter((one) => isShown(one) && sticks(one));
  if (!bars.length) {{
    return [];
  }}
  const before = [document.activeElement, scrollX, scrollY];
  // The page is to notice nothing of this: leaving a field may check it.
  const hush = (event) => event.stopImmediatePropagation();
  const heard = ["focus", "blur", "focusin", "focusout", "change"];
  heard.forEach((type) => addEventListener(type, hush, true));
  const found = [];
  for (const one of targets()) {{
    one.focus();
    const {{left, right, top, bottom}} = one.getBoundingClientRect();
    const points = [left + 2, (left + right) / 2, right - 2].flatMap(
      (x) => [top + 2, (top + bottom) / 2, bottom - 2].map((y) => document.elementFromPoint(x, y)));
    const covers = points.map((at) => at && bars.find((bar) => bar.contains(at) && !bar.contains(one)));
    if (document.activeElement === one && covers.every(Boolean)) {{
      found.push(`hidden with the focus: ${{describe(one)}}`);
    }}
  }}
  document.activeElement?.blur();
  before[0]?.focus?.({{preventScroll: true}});
  heard.forEach((type) => removeEventListener(type, hush, true));
  scrollTo(before[1], before[2]);
  return found;
}}
"""


def enlarged_faults(page: Page) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the page when it is enlarged: how, and what; then it is as it was."""
    for view, (width, height, letters) in _VIEWS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(_ENLARGE_TEXT, letters)
        for look in (_CUT_OFF, _SIDEWAYS, _OVERLAPPING, _OBSCURED):
            found: list[str] = page.evaluate(look)
            yield from ((view, fault) for fault in found[:5])
    page.evaluate(_ENLARGE_TEXT, "")
