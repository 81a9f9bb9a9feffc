"""The table of what can happen on the wire: for each what is seen, recorded, retried, and comes of the grant.

Rows follow the client's decision table, what the service answers, and its behaviour at the edges. A list is a
sync in a job, a create and a revoke are forms that were sent; no page asks for one PAT or changes one, so
there the client itself is asked. A create or an update whose outcome is in doubt is never sent again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.utils import timezone

from accounts.grants import access_token_for
from accounts.models import Grant
from tests.people import World
from tests.refusals.calls import Scene, begin_scene, carry_out, recorded, settle
from tests.refusals.conditions import Condition
from tests.refusals.table import NOTHING, Row, rows_of
from tests.sandbox_control import SandboxControl
from tests.secret_scan import Scanner

# Every failure that the references list for this API, by section.
LISTED = {
    "1.2": {"api-version"},
    "1.7": {
        "longest name",
        "create, unknown scope",
        "malformed JSON",
        "create, policy says no",
        "get unknown id",
        "get somebody else's id",
        "authorizationId is no GUID",
        "update revoked PAT",
        "update expired PAT",
        "update to all organizations",
        "update from another organization",
        "update beyond the lifespan policy",
        "revoke twice or unknown id",
        "caller is no member",
        "caller has no licence",
    },
    "2.2": {*(f"A{number}" for number in range(1, 16)), "A6b"},
    "2.3": {"TF400813", "TF400733", "TF400898", "version exceptions", "SessionTokenCreateException"},
    "2.4": {"model binding"},
    "2.6": {
        "patTokenError",
        "203 or 200 HTML",
        "302 or 303",
        "401 with claims",
        "401 without X-VSS-UserData",
        "401 or 403 after a fresh access token",
        "403 VS403463",
        "404 on a known organization",
        "429",
        "Retry-After",
        "5xx on GET/DELETE",
        "timeout on GET/DELETE",
        "timeout on POST",
        "5xx on POST",
    },
    "wire:": {
        "connection refused",
        "TLS failure",
        "cut before the effect",
        "cut after the effect",
        "timeout before the effect",
        "timeout after the effect",
        "408",
        "garbage 2xx JSON",
        "empty body",
        "byte order mark",
        "200 HTML",
        "203",
        "302",
        "401 with claims",
        "401 without identity",
        "401 with identity",
        "403 VS403463",
        "403 InvalidAccessException",
        "404",
        "429 with Retry-After",
        "429 without Retry-After",
        "503 with Retry-After",
        "offline",
        "wrong tenant",
    },
}

COLUMNS = "reference row call fault sees recorded requests operation settled grant"
ROWS = rows_of("wire.tsv", COLUMNS)
CALLS = {"list", "get", "create", "update", "revoke"}
# Stands in what the sandbox says; pages show such text escaped, or not at all.
MARKUP = "<i>"
SIGN_IN_PAGE = "Here Azure DevOps would ask a browser to sign in."


def name_of(row: Row) -> str:
    return f"{row['row']}: {row['call']}"


def test_the_table_has_every_listed_failure() -> None:
    wanted = {f"{section} {what}" for section, listed in LISTED.items() for what in listed}
    found = {reference for row in ROWS for reference in row["reference"].split("; ")}
    assert found == wanted


def test_every_row_is_told_from_every_other() -> None:
    assert len({name_of(row) for row in ROWS}) == len(ROWS)
    assert {row["call"] for row in ROWS} == CALLS


def test_a_doubtful_write_is_sent_once_and_a_doubtful_operation_is_settled() -> None:
    for row in ROWS:
        is_doubtful_create = row["call"] == "create" and row["operation"] == "requested"
        if is_doubtful_create or row["sees"] == "OutcomeUnknown":
            assert row["requests"] == "1", name_of(row)
        assert (row["operation"] == "requested") == (row["settled"] != NOTHING), name_of(row)


@pytest.fixture
def scene(row: Row, world: World, sandbox_control: SandboxControl, settings: Any) -> Iterator[Scene]:
    """Everything as it is before the call of the row; for a list, in a tenant without the PATs of others."""
    condition = Condition(row)
    with ExitStack() as stack:
        if row["call"] == "list":
            world = World.create(sandbox_control, settings)
            stack.callback(world.tenant.remove)
            settings.AZURE_DEVOPS_ORGANIZATIONS = [world.tenant.organization("alpha").name]
        if condition.get("other_tenant"):
            other = sandbox_control.create_tenant()
            stack.callback(other.remove)
            settings.AZURE_DEVOPS_ORGANIZATIONS = [other.organization("alpha").name]
        yield begin_scene(world, condition, call=row["call"])


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_a_row_of_the_wire(row: Row, scene: Scene, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    call, bearer = row["call"], access_token_for(scene.user, now=timezone.now())
    scene.begin()
    with scene.condition.holds(scene.world, call, settings):
        seen = carry_out(scene, call)
        requests = count_requests(scene, call)
    assert row["sees"] in seen
    assert recorded(scene, call) == ([] if row["recorded"] == NOTHING else row["recorded"].split("; "))
    assert requests == int(row["requests"])
    operation = scene.operation
    assert (operation.state if operation else NOTHING) == row["operation"]
    assert Grant.objects.get(user=scene.user).state == row["grant"]
    check_secrecy(scene, bearer, caplog, is_issued=row["operation"] == "done")
    if operation and operation.is_open and row["settled"] != NOTHING:
        settle(scene)
        operation.refresh_from_db()
        assert operation.state == row["settled"]
        if call == "create":
            assert count_requests(scene, call) == requests


def count_requests(scene: Scene, call: str) -> int:
    """Return how often a call reached the sandbox, in whichever of its tenants."""
    tenant = scene.world.tenant
    if scene.condition.get("other_tenant"):
        answer = scene.world.control.call("GET", "tenants")
        owner = next(
            one["tenant_id"]
            for one in answer["tenants"]
            if scene.organization.name in [place["name"] for place in one["organizations"]]
        )
        tenant = scene.world.control.tenant(owner)
    verb = None if scene.condition.get("surface") else call
    return len(tenant.requests(scene.condition.surface, verb=verb))


def check_secrecy(scene: Scene, bearer: str, caplog: pytest.LogCaptureFixture, *, is_issued: bool) -> None:
    """Check that nothing of the sandbox's text is on a page as it came, and no secret anywhere."""
    made = {f"a PAT {one.authorization_id}": one.secret for one in scene.made}
    secrets = {"access token": bearer, "the portal's secret": scene.world.tenant.client_secret}
    everywhere = Scanner(secrets | made)
    assert everywhere.scan("events", [vars(event) for event in scene.events]) == []
    assert everywhere.scan_logs(caplog.records) == []
    shown = Scanner(secrets | ({} if is_issued else made) | {"the sign-in page": SIGN_IN_PAGE})
    assert shown.scan_answers(scene.answers) == []
    assert [answer for answer in scene.answers if MARKUP in answer.content.decode()] == []
