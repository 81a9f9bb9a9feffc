"""The list is light and stands still, with 200 tokens and a slow Azure DevOps. `make bench` takes times."""

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import OpenBrowser, new_context
from tests.browser.weight import Scales

pytestmark = pytest.mark.browser

_FIRST_VISIT_BYTES, _LATER_VISIT_BYTES = 150_000, 30_000
_MOST_SHIFT = 0.02


def test_the_list_is_light_and_does_not_move(open_browser: OpenBrowser, chromium: Browser) -> None:
    visitor = open_browser()
    visitor.tenant.add_pats(visitor.person.object_id, "alpha", "service", 200)
    visitor.sign_in_to_full_list()
    state = visitor.context.storage_state()
    newcomer = open_browser(
        context=new_context(chromium, viewport={"width": 1440, "height": 900}, storage_state=state)
    )
    scales, home = Scales(newcomer.page), f"{visitor.portal.base_url}/"
    with visitor.tenant.fault("pats", person=visitor.person.object_id, latency_seconds=0.3):
        first, later = scales.visit(home), scales.visit(home)
        visitor.go("/")
        visitor.button("Refresh").click()
        refreshing = scales.visit(home, stay_ms=4_000)
    assert first.wire_bytes < _FIRST_VISIT_BYTES
    assert later.wire_bytes < _LATER_VISIT_BYTES
    assert [visit.shift for visit in (first, later, refreshing) if visit.shift >= _MOST_SHIFT] == []
