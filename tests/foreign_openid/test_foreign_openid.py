"""The portal signs people in with an OpenID server that knows nothing of the sandbox or of our ideas.

What only Microsoft has (AADSTS numbers, Conditional Access, claims challenges) is the sandbox's to play. Here
it is proved that the portal speaks the standard, to a server that is stricter than Entra where it can be.
"""

from __future__ import annotations

import hashlib
import html
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

import jwt
import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from accounts.claims import Role
from accounts.errors import PortalMisconfigured, RefusalReason, SignInNeeded
from accounts.grants import access_token_for
from accounts.messages import MESSAGES
from accounts.models import Grant, SpentFlow, User
from tests.foreign_openid.server import CERTIFICATE_CLIENT_ID, PEOPLE, SCOPE, TENANT_ID, ForeignServer
from tests.foreign_openid.visitor import Visitor

Visit = Callable[[str], Visitor]
WRONG_SECRET = "another-client-secret"


def fresh(user: User) -> str:
    """Have the server give another access token than the one that is held."""
    return access_token_for(user, now=timezone.now(), fresh=True)


def assert_says(answer: Any, code: str) -> None:
    """Assert that a page has the sentences that belong to `code`, and its status."""
    message, text = MESSAGES[code], html.unescape(answer.content.decode())
    assert answer.status_code == message.status
    for words in (message.title, message.sentence, message.next_step):
        assert str(words) in text


# --- who is there ----------------------------------------------------------------------------------


def test_a_person_is_known_by_tenant_and_object_id(visit: Visit) -> None:
    alice = visit("alice").sign_in()
    assert (alice.tenant_id, alice.object_id) == (UUID(TENANT_ID), UUID(PEOPLE["alice"]["oid"]))
    assert alice.display_name == "Alice Ångström"
    assert alice.user_principal_name == alice.email == "alice@example.com"
    assert alice.roles == set()


def test_whoever_comes_again_is_the_same_person(visit: Visit) -> None:
    browser = visit("alice")
    first, again = browser.sign_in(), browser.sign_in(account="other")
    elsewhere = visit("alice").sign_in()
    assert first == again == elsewhere
    assert User.objects.count() == 1
    assert browser.asked == ["login", "consent", "consent"]


def test_roles_come_from_the_claims(visit: Visit) -> None:
    assert visit("dave").sign_in().roles == {Role.ADMIN}


def test_a_sign_in_leads_to_the_page_that_was_asked_for(visit: Visit) -> None:
    browser = visit("alice")
    answer: Any = browser.portal.get(browser.walk(browser.start(next="/tokens/new")))
    assert (answer.status_code, answer["Location"]) == (302, "/tokens/new")


# --- what the portal may do for them ---------------------------------------------------------------


def test_a_grant_refreshes_again_and_again(visit: Visit, server: ForeignServer) -> None:
    alice = visit("alice").sign_in()
    before = server.refreshes()
    first = access_token_for(alice, now=timezone.now())
    claims = jwt.decode(first, options={"verify_signature": False})
    assert claims["aud"] == SCOPE.partition("/")[0]
    assert access_token_for(alice, now=timezone.now()) == first
    assert server.refreshes() == before + 1
    # Each needs the refresh token that came with the one before: the server takes none twice.
    assert len({first, fresh(alice), fresh(alice)}) == 3
    assert server.refreshes() == before + 3


def test_eight_threads_refresh_once_and_the_grant_lives(visit: Visit, server: ForeignServer) -> None:
    alice = visit("alice").sign_in()
    before, revoked = server.refreshes(), server.events("grant.revoked")
    ready = Barrier(8)

    def ask() -> str:
        try:
            ready.wait(10)
            return access_token_for(alice, now=timezone.now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = [asked.result(30) for asked in [pool.submit(ask) for _ in range(8)]]
    assert len(set(answers)) == 1
    assert server.refreshes() == before + 1
    assert fresh(alice) not in answers
    assert server.events("grant.revoked") == revoked


def test_processes_refresh_once_and_the_grant_lives(visit: Visit, server: ForeignServer) -> None:
    alice = visit("alice").sign_in()
    before = server.refreshes()
    asking = subprocess.run(
        [sys.executable, "-m", "tests.accounts.asking_processes", str(alice.pk), "3"],
        env=environment(server),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    stored = access_token_for(alice, now=timezone.now())
    assert asking.stdout.split() == [hashlib.sha256(stored.encode()).hexdigest()] * 3
    assert server.refreshes() == before + 1
    assert fresh(alice) != stored


def environment(server: ForeignServer) -> dict[str, str]:
    """Return the environment of a process that works on this test's database, for this server."""
    database = connection.settings_dict
    place = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    url = f"postgres://{quote(database['USER'])}:{quote(database['PASSWORD'])}@{place}"
    own = {"DATABASE_URL": url, "DATABASE_OWNER_URL": url, "LOG_LEVEL": "ERROR"}
    found = server.settings() | {"ENTRA_SCOPES": SCOPE, "ALLOW_OTHER_HOSTS": "true"}
    return {**os.environ, **own, **found}


def test_a_grant_out_of_an_old_backup_ends_with_a_request_to_sign_in(
    visit: Visit, server: ForeignServer
) -> None:
    browser = visit("alice")
    alice = browser.sign_in()
    backup = Grant.objects.get(user=alice)
    fresh(alice)
    backup.save()
    revoked = len(server.events("grant.revoked"))
    with pytest.raises(SignInNeeded) as caught:
        fresh(alice)
    assert len(server.events("grant.revoked")) == revoked + 1
    assert not Grant.objects.get(user=alice).is_active
    page = html.unescape(browser.portal.get("/sign-in").content.decode())
    assert str(MESSAGES[caught.value.code].sentence) in page
    assert browser.sign_in() == alice
    assert fresh(alice)


# --- how the portal proves who it is ---------------------------------------------------------------


def test_a_wrong_secret_is_told_as_the_portals_own_fault(
    visit: Visit, server: ForeignServer, settings: Any
) -> None:
    settings.ENTRA_CLIENT_SECRET = WRONG_SECRET
    browser = visit("alice")
    assert_says(browser.portal.get(browser.walk(browser.start())), PortalMisconfigured.code)
    assert not User.objects.exists()
    assert server.events("grant.error")[-1]["error"] == "invalid_client"


def test_a_wrong_secret_costs_nobody_their_grant(visit: Visit, server: ForeignServer, settings: Any) -> None:
    alice = visit("alice").sign_in()
    settings.ENTRA_CLIENT_SECRET = WRONG_SECRET
    with pytest.raises(PortalMisconfigured):
        fresh(alice)
    settings.ENTRA_CLIENT_SECRET = server.settings()["ENTRA_CLIENT_SECRET"]
    assert fresh(alice)


def test_the_second_secret_of_a_roll_over_is_used_where_the_first_is_refused(
    visit: Visit, settings: Any
) -> None:
    settings.ENTRA_CLIENT_SECRET_FALLBACK = settings.ENTRA_CLIENT_SECRET
    settings.ENTRA_CLIENT_SECRET = WRONG_SECRET
    assert fresh(visit("alice").sign_in())


def test_a_certificate_proves_it_as_well(visit: Visit, server: ForeignServer, settings: Any) -> None:
    settings.ENTRA_CLIENT_ID = CERTIFICATE_CLIENT_ID
    settings.ENTRA_CLIENT_SECRET = None
    settings.ENTRA_CLIENT_CERTIFICATE = str(server.client_certificate)
    assert fresh(visit("alice").sign_in())
    assert [grant["by"] for grant in server.events("grant")[-2:]] == [CERTIFICATE_CLIENT_ID] * 2


# --- what ends a sign-in ---------------------------------------------------------------------------


def test_whoever_declines_is_told_that_nothing_happened(visit: Visit) -> None:
    browser = visit("alice")
    answer = browser.portal.get(browser.walk(browser.start(), declines=True))
    assert_says(answer, RefusalReason.CANCELLED)
    assert not User.objects.exists()


def test_a_return_that_comes_twice_does_not_reach_the_server(
    server: ForeignServer, twice: tuple[str, Client]
) -> None:
    back, twin = twice
    refused = server.events("grant.error")
    assert_says(twin.get(back), RefusalReason.FLOW_UNKNOWN)
    assert server.events("grant.error") == refused
    assert fresh(User.objects.get())


def test_a_code_that_the_server_has_seen_before_is_spent(twice: tuple[str, Client]) -> None:
    back, twin = twice
    SpentFlow.objects.all().delete()
    assert_says(twin.get(back), RefusalReason.FLOW_SPENT)
    assert "_auth_user_id" not in twin.session
    # The server takes the second time for a theft and ends what the first one brought.
    with pytest.raises(SignInNeeded):
        fresh(User.objects.get())


@pytest.fixture
def twice(visit: Visit, settings: Any) -> tuple[str, Client]:
    """Sign somebody in; return their way back, and a browser with what their session held before."""
    browser = visit("alice")
    back = browser.walk(browser.start())
    twin = Client()
    twin.cookies[settings.SESSION_COOKIE_NAME] = copy_of(browser.portal.session)
    assert browser.portal.get(back).status_code == 302
    return back, twin


def copy_of(session: Any) -> str:
    """Return the key of a new session with the same content."""
    copied = SessionStore()
    copied.update(dict(session.items()))
    copied.save()
    return str(copied.session_key)


def test_signing_out_ends_both_sessions_and_comes_back(visit: Visit, server: ForeignServer) -> None:
    browser = visit("alice")
    alice = browser.sign_in()
    leaving: Any = browser.portal.post("/sign-out")
    assert f"https://{urlsplit(leaving['Location']).netloc}" == server.origin
    assert browser.walk(leaving["Location"]) == "/signed-out"
    assert "_auth_user_id" not in browser.portal.session
    assert browser.portal.get("/signed-out").status_code == 200
    assert browser.sign_in() == alice
    assert browser.asked == ["login", "consent", "sign-out", "login", "consent"]
