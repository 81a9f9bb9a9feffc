"""The table of Entra's wire: no answer, one that is none, documents and ID tokens that nobody may believe.

An outage is nobody's fault: nothing is recorded, and the grant stays as it is. What is forged is recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.errors import AccountsError
from accounts.grants import access_token_for
from accounts.messages import MESSAGES
from accounts.models import Grant, User
from tests.people import World
from tests.refusals.sign_ins import (
    TOO_SHORT_SECONDS,
    alarms,
    forget_discovery,
    listed,
    recorded,
    see_refusal,
    start,
    token_requests,
    way_back,
)
from tests.refusals.table import NOTHING, Row, rows_of
from tests.sandbox_control import Fault, SandboxControl, Tenant
from tests.secret_scan import Scanner
from tests.tokens.views.page import read

# What the reference says of answers that MSAL does not check or raises of, and of accounts of applications.
LISTED = {
    *("connection cut", "5xx", "429", "not JSON", "discovery", "issuer", "token endpoint elsewhere"),
    *("signing keys", "nonce", "aud", "iss", "tid", "exp", "nbf", "signature", "ver", "service principal"),
}
COLUMNS = "reference row surface fault sign_in recorded alarm refresh requests grant"
ROWS = rows_of("entra_wire.tsv", COLUMNS)
PROXY_PAGE = "A proxy answered."


@pytest.fixture(scope="module")
def tenant(sandbox_control: SandboxControl) -> Iterator[Tenant]:
    made = sandbox_control.create_tenant(access_token_seconds=TOO_SHORT_SECONDS)
    yield made
    made.remove()


def _with(column: str) -> pytest.MarkDecorator:
    chosen = [row for row in ROWS if row[column] != NOTHING]
    return pytest.mark.parametrize("row", chosen, ids=lambda row: row["row"])


def fault_of(world: World, row: Row) -> Fault:
    """Put the row's fault in the way of every request to its surface."""
    return world.tenant.fault(row["surface"], **json.loads(row["fault"]))


def test_the_table_has_every_listed_failure() -> None:
    assert {row["reference"] for row in ROWS} == LISTED
    assert len({row["row"] for row in ROWS}) == len(ROWS)


@_with("sign_in")
def test_a_sign_in_ends_with_a_sentence(row: Row, world: World, settings: Any) -> None:
    # Nothing that was read or kept before is at hand: MSAL, too, answers for Entra while that has trouble.
    forget_discovery(settings)
    answer = _refused(world, row, Client())
    message, page = MESSAGES[row["sign_in"]], read(answer)
    assert answer.status_code == message.status
    assert page.heading == message.title
    assert str(message.next_step) in page.text
    assert PROXY_PAGE not in page.text
    scanner = Scanner({"the portal's secret": world.tenant.client_secret})
    assert scanner.scan_answers([answer]) == []
    assert token_requests(world) == int(row["requests"])
    assert recorded() == listed(row["recorded"])
    assert alarms() == listed(row["alarm"])
    assert User.objects.count() == Grant.objects.count() == 0


def _refused(world: World, row: Row, browser: Client) -> Any:
    if row["surface"] == "discovery":
        with fault_of(world, row):
            return start(browser)
    path = way_back(world, browser)
    with fault_of(world, row):
        return browser.get(path)


@_with("refresh")
def test_a_refresh_leaves_the_grant_as_it_is(row: Row, world: World, settings: Any) -> None:
    alice, before = world.alice, recorded()
    world.tenant.forget_requests()
    forget_discovery(settings)
    with fault_of(world, row):
        with pytest.raises(AccountsError) as caught:
            access_token_for(alice.user, now=timezone.now())
        requests = token_requests(world)
        seen = see_refusal(world, alice, row["refresh"], is_lost=False)
    assert caught.value.code == row["refresh"]
    assert requests == int(row["requests"])
    assert recorded() == before
    assert alarms() == listed(row["alarm"])
    assert PROXY_PAGE not in read(seen).text
    assert Grant.objects.get(user=alice.user).state == row["grant"]
