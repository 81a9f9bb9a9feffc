"""What a page costs a browser: bytes on the wire, time until it can be used, what moves, what blocks."""

from dataclasses import dataclass

from playwright.sync_api import Page

# Both observers are told of what happened before them as well.
_OBSERVE = """
window.measured = {shift: 0, longestTask: 0};
const observe = (type, note) => new PerformanceObserver(
  (list) => list.getEntries().forEach(note)).observe({type, buffered: true});
observe("layout-shift", (one) => { measured.shift += one.hadRecentInput ? 0 : one.value; });
observe("longtask", (one) => { measured.longestTask = Math.max(measured.longestTask, one.duration); });
"""
# The deferred scripts have run when this event ends: from then on everything answers.
_READ = """
() => {
  const [visit] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return {...measured, usable: Math.max(visit.domContentLoadedEventEnd, paint ? paint.startTime : 0)};
}
"""


@dataclass(frozen=True, slots=True)
class Weight:
    """One visit: bytes as they travelled, headers included; the shift is Chromium's score."""

    wire_bytes: int
    usable_ms: float
    shift: float
    longest_task_ms: float


class Scales:
    """Weighs the visits of one page; put on it before it is opened."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._bytes = 0.0
        page.add_init_script(_OBSERVE)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._loaded)

    def visit(self, address: str, *, stay_ms: int = 500) -> Weight:
        """Open `address`, stay for a while, and return what it cost."""
        self._bytes = 0.0
        self._page.goto(address, wait_until="load")
        self._page.wait_for_timeout(stay_ms)
        found = self._page.evaluate(_READ)
        return Weight(int(self._bytes), found["usable"], found["shift"], found["longestTask"])

    def _loaded(self, event: dict[str, float]) -> None:
        self._bytes += event["encodedDataLength"]
