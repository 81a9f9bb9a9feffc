"""Measure the list in a browser: 200 PATs, and an Azure DevOps that takes 300 ms for every answer.

Run it with `make bench`. Times depend on the machine and what else it does, so its load stands beside them.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from sandbox.testing import find_browser
from tests.browser.conftest import CHROMIUM_ARGUMENTS, new_context
from tests.browser.portal import Portal
from tests.browser.visitor import Visitor
from tests.browser.watch import Watch
from tests.browser.weight import Scales, Weight
from tests.sandbox_control import SandboxControl

PATS, LATENCY_SECONDS, ROUNDS = 200, 0.3, 7
# Where the page asks Azure DevOps for changes it polls, and what it then swaps must not move anything.
REFRESHING_MS = 4_000


def main() -> int:
    """Start a portal and a browser, measure in both, and print the middle of all rounds."""
    browser_path = find_browser(dict(os.environ))
    if not browser_path:
        print("The list in a browser: left out, no Chromium found (install one, or set CHROMIUM).")
        return 0
    control = SandboxControl(os.environ["SANDBOX_CONTROL_URL"], os.environ["SANDBOX_CA_BUNDLE"])
    with (
        tempfile.TemporaryDirectory() as folder,
        Portal(control.create_tenant(), Path(folder)) as portal,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=browser_path, args=CHROMIUM_ARGUMENTS)
        measure(portal, chromium)
        chromium.close()
    control.close()
    return 0


def measure(portal: Portal, chromium: Browser) -> None:
    """Let one person with many PATs visit the list again and again, with an empty cache and a full one."""
    visitor = _visitor(portal, chromium)
    portal.tenant.add_pats(visitor.person.object_id, "alpha", "service", PATS)
    visitor.sign_in_to_full_list()
    state, home = visitor.context.storage_state(), f"{portal.base_url}/"
    visits: dict[str, list[Weight]] = {"first visit": [], "later visit": [], "refreshing": []}
    with portal.tenant.fault("pats", person=visitor.person.object_id, latency_seconds=LATENCY_SECONDS):
        for _ in range(ROUNDS):
            context = new_context(chromium, viewport={"width": 1440, "height": 900}, storage_state=state)
            scales = Scales(context.new_page())
            visits["first visit"].append(scales.visit(home))
            visits["later visit"].append(scales.visit(home))
            visitor.button("Refresh").click()
            visits["refreshing"].append(scales.visit(home, stay_ms=REFRESHING_MS))
            context.close()
    print(
        f"The list in a browser: {PATS} PATs, Azure DevOps takes {LATENCY_SECONDS * 1000:.0f} ms, "
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors, the middle (worst) of {ROUNDS}"
    )
    for label, found in visits.items():
        print(f"{label:>12}: {_line(found)}")


def _visitor(portal: Portal, chromium: Browser) -> Visitor:
    context = new_context(chromium)
    return Visitor(portal, context, Watch(context, origins=set()), roles=())


def _line(found: list[Weight]) -> str:
    usable, tasks = [one.usable_ms for one in found], [one.longest_task_ms for one in found]
    return (
        f"usable in {statistics.median(usable):.0f} ms ({max(usable):.0f}), "
        f"{max(one.wire_bytes for one in found) / 1000:.1f} kB, "
        f"layout shift {max(one.shift for one in found):.4f}, "
        f"longest task {statistics.median(tasks):.0f} ms ({max(tasks):.0f})"
    )


if __name__ == "__main__":
    sys.exit(main())
