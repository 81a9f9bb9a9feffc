"""The table of `patTokenError`: for each value what is seen, recorded and retried, in any spelling.

Each is sent as the answer to a form that asks for a new PAT, with a text of the service beside it, and to the
client for a change and a revocation, where three of them say that there is no such PAT. The list is open: a
value that nobody knows yet is a refusal like the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts.grants import access_token_for
from accounts.models import Grant
from tests.people import World
from tests.refusals.table import Row, rows_of
from tests.secret_scan import Scanner
from tests.tokens.operations.scene import Record, hasty_client
from tests.tokens.views.page import read
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.azure_devops.errors import AzureDevOpsError
from tokens.models import Operation, Pat

# Every published value as of version 7.2 of the API, `none` left out.
LISTED = {
    *("displayNameRequired", "invalidDisplayName", "invalidValidTo", "invalidScope", "userIdRequired"),
    *("invalidUserId", "invalidUserType", "accessDenied", "failedToIssueAccessToken", "invalidClient"),
    *("invalidClientType", "invalidClientId", "invalidTargetAccounts", "hostAuthorizationNotFound"),
    *("authorizationNotFound", "failedToUpdateAccessToken", "sourceNotSupported", "invalidSourceIP"),
    *("invalidSource", "duplicateHash", "sshPolicyDisabled", "invalidToken", "tokenNotFound"),
    *("invalidAuthorizationId", "failedToReadTenantPolicy", "globalPatPolicyViolation"),
    *("fullScopePatPolicyViolation", "patLifespanPolicyViolation", "invalidTokenType", "invalidAudience"),
    *("invalidSubject", "deploymentHostNotSupported", "disablePatCreationPolicyViolation"),
    *("failedToReadOrgPolicy", "globalPATCreationBlocked", "expiredPatCannotBeExtended"),
}
UNKNOWN = "someFuturePolicyViolation"
# What the references let the portal try again by itself: once, or a few times with pauses.
ONCE = {"failedToIssueAccessToken", "hostAuthorizationNotFound", "failedToUpdateAccessToken", "duplicateHash"}
WITH_PAUSES = {"failedToReadTenantPolicy", "failedToReadOrgPolicy"}

COLUMNS = "code title recorded operation requests update revoke grant next"
ROWS = rows_of("pat_errors.tsv", COLUMNS)
CODES = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["code"])
# What the service says beside the value; shown as text, whatever is in it.
SAID = 'An <i onclick="evil()">administrator</i> said "no" & closed the door.'
SHOWN = 'Azure DevOps says: An administrator said "no" & closed the door.'


def folded(codes: set[str]) -> set[str]:
    return {code.casefold() for code in codes}


def test_the_table_has_every_listed_value() -> None:
    codes = [row["code"] for row in ROWS]
    assert len(set(codes)) == len(codes)
    assert LISTED | {UNKNOWN} <= set(codes)
    assert {code.casefold() for code in codes} == folded(LISTED | {UNKNOWN})


def test_some_values_stand_in_another_spelling_and_mean_the_same() -> None:
    by_code = {row["code"]: row for row in ROWS}
    others = [row for row in ROWS if row["code"] not in LISTED | {UNKNOWN}]
    assert others
    spelling = {code.casefold(): code for code in LISTED | {UNKNOWN}}
    for row in others:
        usual = by_code[spelling[row["code"].casefold()]]
        differing = {name for name in row if row[name] != usual[name]}
        assert differing == {"code", "recorded"}


@CODES
def test_a_row_retries_what_the_references_allow(row: Row) -> None:
    code = row["code"].casefold()
    expected = 2 if code in folded(ONCE) else 3 if code in folded(WITH_PAUSES) else 1
    assert int(row["requests"]) == expected


@CODES
def test_a_value_is_told_recorded_and_retried(row: Row, world: World, settings: Any) -> None:
    alice = world.alice
    record, bearer = Record(), access_token_for(alice.user, now=timezone.now())
    settings.AZURE_DEVOPS_API_VERSION = "7.2-preview.1"
    with world.tenant.fault("pats", pat_error=row["code"], body={"patTokenErrorMessage": SAID}):
        answer = alice.browser.post("/tokens/new", world.form())
        created = len(world.tenant.requests("pats", verb="create"))
    page = read(answer)
    (alert,) = page.all("div", class_="alert")
    assert answer.status_code == 422
    assert alert.one("h2").text == answer.context["problem"].title
    assert row["title"] in alert.one("h2").text
    assert row["next"] in alert.text
    assert f"Azure DevOps calls it {row['code']}." in alert.text
    assert SHOWN in alert.text
    assert "evil" not in answer.content.decode()
    scanner = Scanner({"access token": bearer, "the portal's secret": world.tenant.client_secret})
    assert scanner.scan_answers([answer]) == []

    assert created == int(row["requests"])
    intent, *events = record.events
    assert intent.type == "pat.create_requested"
    assert [f"{event.type} {event.outcome} {event.error_code}" for event in events] == [row["recorded"]]
    assert "door" not in str(vars(events[0]))
    assert Operation.objects.get().state == row["operation"]
    assert Grant.objects.get(user=alice.user).state == row["grant"]
    assert Pat.objects.count() == 0


@CODES
def test_a_value_ends_a_change_and_a_revocation(row: Row, world: World) -> None:
    client, name = hasty_client(world.alice), world.alpha.name
    calls: dict[str, Callable[[AzureDevOpsClient, UUID], object]] = {
        "update": lambda client, pat_id: client.update_pat(name, pat_id, display_name="another name"),
        "revoke": lambda client, pat_id: client.revoke_pat(name, pat_id),
    }
    for verb, call in calls.items():
        with world.tenant.fault("pats", verb=verb, pat_error=row["code"]):
            assert _end_of(call, client) == row[verb]
        assert len(world.tenant.requests("pats", verb=verb)) == int(row["requests"])


def _end_of(call: Callable[[AzureDevOpsClient, UUID], object], client: AzureDevOpsClient) -> str:
    """Return what a call ends with: the name of its error, or "sent"."""
    try:
        call(client, uuid4())
    except AzureDevOpsError as exc:
        return type(exc).__name__
    return "sent"
