"""Sessions with real processes: ended from another browser, everywhere, and by signing out at Microsoft."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

import requests

from tests.installation import Installation
from tests.journeys.visitor import Visitor
from tests.sandbox_tenant import Tenant

_FRAME = re.compile(r'<iframe[^>]*src="([^"]+)"')
_END = re.compile(r'action="(/sessions/\d+/end)"')


def is_signed_in(visitor: Visitor) -> bool:
    return "Where you are signed in" in visitor.text("/sessions")


def another(portal: Installation, tenant: Tenant, name: str = "alice") -> Visitor:
    visitor = Visitor(portal, tenant)
    visitor.sign_in(name)
    return visitor


class MicrosoftsPages:
    """A person's browser at Entra: it keeps Entra's cookie, and none of the portal's."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = tenant.control.ca_bundle

    def sign_in(self, visitor: Visitor, name: str) -> str:
        """Sign somebody in to the portal, and return Entra's sign-out page."""
        started = visitor.submit("/sign-in/start", page="/sign-in", next="/")
        chosen = {"person": self._tenant.person(name).object_id, "answer": "accept"}
        answer = self._session.get(
            started.headers["Location"], params=chosen, allow_redirects=False, timeout=60
        )
        back = urlsplit(answer.headers["Location"])
        assert visitor.get(f"{back.path}?{back.query}").status_code == 200
        return started.headers["Location"].partition("/authorize?")[0] + "/logout"

    def frames_of(self, page: str) -> list[str]:
        """Open the sign-out page and return the addresses that it loads in frames."""
        answer = self._session.get(page, timeout=60)
        assert answer.status_code == 200
        return [unescape(address) for address in _FRAME.findall(answer.text)]


def test_a_browser_is_signed_out_from_another_one(
    portal: Installation, tenant: Tenant, alice: Visitor
) -> None:
    elsewhere, bob = another(portal, tenant), another(portal, tenant, "bob")
    (path,) = _END.findall(alice.get("/sessions").text)
    assert bob.submit(path, page="/sessions").status_code == 404
    assert is_signed_in(elsewhere)
    assert alice.submit(path, page="/sessions").headers["Location"] == "/sessions"
    assert [is_signed_in(one) for one in (alice, elsewhere, bob)] == [True, False, True]
    events = portal.rows("SELECT data FROM tokens_auditevent WHERE type = 'auth.session_ended'")
    assert events[-1:] == [({"reason": "session_ended_elsewhere", "sessions": 1},)]


def test_everywhere_means_every_browser(portal: Installation, tenant: Tenant, alice: Visitor) -> None:
    browsers = [alice, *(another(portal, tenant) for _ in range(2))]
    answer = browsers[1].submit("/sessions/end-all", page="/sessions")
    assert "/oauth2/v2.0/logout?" in answer.headers["Location"]
    assert [is_signed_in(one) for one in browsers] == [False] * 3


def test_signing_out_at_microsoft_is_signing_out_here(
    portal: Installation, tenant: Tenant, alice: Visitor
) -> None:
    tenant.change(front_channel_logout_url=f"{portal.base_url}/sign-out/front-channel")
    microsoft, visitor = MicrosoftsPages(tenant), Visitor(portal, tenant)
    sign_out_page = microsoft.sign_in(visitor, "alice")
    assert is_signed_in(visitor)
    (frame,) = microsoft.frames_of(sign_out_page)
    answer = requests.get(frame, timeout=60)
    assert (answer.status_code, answer.cookies.get_dict()) == (200, {})
    allowed = answer.headers["Content-Security-Policy"].partition("frame-ancestors ")[2].split()
    assert f"https://{urlsplit(tenant.authority).netloc}" in allowed
    assert "X-Frame-Options" not in answer.headers
    assert [is_signed_in(one) for one in (visitor, alice)] == [False, True]


def test_the_nightly_job_may_clear_old_rows_away(
    portal: Installation, tenant: Tenant, alice: Visitor
) -> None:
    another(portal, tenant).submit("/sign-out", page="/sessions")
    with portal.connect("DATABASE_URL") as connection:
        connection.execute("UPDATE accounts_signin SET ended_at = ended_at - interval '2 days'")
    portal.defer("tokens.clear_sessions")
    portal.work()
    assert portal.rows("SELECT count(*) FROM accounts_signin WHERE ended_at IS NOT NULL") == [(0,)]
    assert is_signed_in(alice)
