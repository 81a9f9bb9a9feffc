"""The client as the wire sees it: what it asks for, what it makes of good answers, whom it tells what."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from uuid import UUID

import pytest
import requests

from tests.tokens.azure_devops.people import AccessTokens, Naps
from tests.tokens.azure_devops.stub import stub_client, unused
from tests.tokens.azure_devops.wire import (
    ACTIVITY_ID,
    ORGANIZATION_ID,
    PAT_ID,
    PAT_SECRET,
    RawServer,
    as_html,
    as_json,
    http,
    page,
    result,
    row,
)
from tokens.azure_devops import (
    AzureDevOpsClient,
    NewPat,
    NotFound,
    OutcomeUnknown,
    PatFilter,
    PatMetadata,
    Timeouts,
)

VALID_TO = datetime(2027, 1, 10, 9, 0, 7, 123_000, tzinfo=UTC)
MADE = as_json(result(row(token=PAT_SECRET)))
GOT = as_json(result(row()))


def create(client: AzureDevOpsClient) -> NewPat:
    return client.create_pat(
        "contoso", display_name="ci \u202eread", scopes=["vso.work", "vso.code"], valid_to=VALID_TO
    )


def get(client: AzureDevOpsClient) -> object:
    return client.get_pat("contoso", UUID(PAT_ID))


def test_a_get_asks_by_id(client: AzureDevOpsClient, server: RawServer) -> None:
    server.script(GOT)
    assert client.get_pat("con toso", UUID(PAT_ID)).authorization_id == UUID(PAT_ID)
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("GET", "/con%20toso/_apis/tokens/pats")
    assert seen.query == {"authorizationId": PAT_ID, "api-version": "7.1-preview.1"}


def test_a_create_asks_for_one_organization_to_the_millisecond(
    client: AzureDevOpsClient, server: RawServer
) -> None:
    server.script(MADE)
    made = create(client)
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", "/contoso/_apis/tokens/pats")
    assert seen.query == {"api-version": "7.1-preview.1"}
    assert json.loads(seen.body) == {
        "displayName": "ci \u202eread",
        "scope": "vso.code vso.work",
        "validTo": "2027-01-10T09:00:07.123Z",
        "allOrgs": False,
    }
    assert made.secret.reveal() == PAT_SECRET
    assert (made.metadata.authorization_id, made.activity_id) == (UUID(PAT_ID), ACTIVITY_ID)


@pytest.mark.parametrize(
    "reply",
    [
        http(204),
        http(200, b"not read"),
        http(404, b"<html>"),
        as_json(result(None, "tokenNotFound")),
        as_json(result(None, "AuthorizationNotFound"), 400),
    ],
)
def test_a_revoke_is_sent_however_the_service_says_that_it_is_gone(
    client: AzureDevOpsClient, server: RawServer, reply: bytes
) -> None:
    server.script(reply)
    assert client.revoke_pat("contoso", UUID(PAT_ID)) == ACTIVITY_ID
    (seen,) = server.seen
    assert (seen.method, seen.body) == ("DELETE", b"")
    assert seen.query == {"authorizationId": PAT_ID, "api-version": "7.1-preview.1"}


def update(client: AzureDevOpsClient) -> PatMetadata:
    return client.update_pat("contoso", UUID(PAT_ID), display_name="new", valid_to=VALID_TO)


def test_an_update_changes_what_is_given(client: AzureDevOpsClient, server: RawServer) -> None:
    server.script(as_json(result(row(displayName="new"))))
    assert update(client).display_name == "new"
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("PUT", "/contoso/_apis/tokens/pats")
    assert seen.query == {"api-version": "7.1-preview.1"}
    assert seen.headers["content-type"] == "application/json"
    assert json.loads(seen.body) == {
        "authorizationId": PAT_ID,
        "displayName": "new",
        "validTo": "2027-01-10T09:00:07.123Z",
    }


@pytest.mark.parametrize(
    "reply", [http(204), as_json(result(row(authorizationId=ORGANIZATION_ID))), as_json(result(None))]
)
def test_an_update_that_is_answered_with_something_else_has_an_unknown_outcome(
    client: AzureDevOpsClient, server: RawServer, reply: bytes
) -> None:
    server.script(reply)
    with pytest.raises(OutcomeUnknown):
        update(client)
    assert len(server.seen) == 1


def test_a_list_asks_for_every_page_in_the_same_way(client: AzureDevOpsClient, server: RawServer) -> None:
    other = row(authorizationId=PAT_ID.replace("1", "2"))
    moved = row(displayName="moved")
    server.script(
        as_json(page(row(), other, continuation="a&b=c/d")), as_json(page(moved, continuation=None))
    )
    found = client.list_pats("contoso", pat_filter=PatFilter.REVOKED)
    assert [pat.display_name for pat in found] == ["moved", "ci read"]
    first, second = (seen.query for seen in server.seen)
    assert first == {
        "displayFilterOption": "revoked",
        "sortByOption": "displayDate",
        "isSortAscending": "true",
        "$top": "100",
        "api-version": "7.1-preview.1",
    }
    assert second == {**first, "continuationToken": "a&b=c/d"}


def test_a_list_slows_down_when_a_good_answer_asks_for_it(
    client: AzureDevOpsClient, server: RawServer, naps: Naps
) -> None:
    server.script(as_json(page(continuation="a"), Retry_After="4"), as_json(page()))
    assert client.list_pats("contoso", pat_filter=PatFilter.ALL) == []
    assert naps.taken == [4]


def test_a_connection_asks_the_other_host(client: AzureDevOpsClient, server: RawServer) -> None:
    server.script(as_json({"instanceId": ORGANIZATION_ID}, X_VSS_ResourceTenant=PAT_ID))
    connection = client.get_connection("contoso")
    assert (connection.instance_id, connection.tenant_id) == (UUID(ORGANIZATION_ID), UUID(PAT_ID))
    (seen,) = server.seen
    assert seen.path == "/devops/contoso/_apis/connectionData"
    assert seen.query == {"api-version": "7.1-preview.1"}


def test_every_request_says_who_asks_and_wants_no_sign_in_page(
    client: AzureDevOpsClient, server: RawServer
) -> None:
    server.script(GOT, MADE)
    get(client)
    create(client)
    for seen in server.seen:
        assert seen.headers["authorization"] == "Bearer bearer-1"
        assert seen.headers["accept"] == "application/json"
        assert seen.headers["x-tfs-fedauthredirect"] == "Suppress"
        assert seen.headers["x-tfs-session"] == str(client.session_id)
        assert seen.headers["user-agent"] == "pat-portal/1.2"
    assert [seen.headers.get("content-type") for seen in server.seen] == [None, "application/json"]


def test_a_rejected_access_token_is_replaced_by_a_fresh_one(
    client: AzureDevOpsClient, server: RawServer, access_tokens: AccessTokens
) -> None:
    server.script(as_html(203), MADE)
    create(client)
    assert [seen.headers["authorization"] for seen in server.seen] == ["Bearer bearer-1", "Bearer bearer-2"]
    assert access_tokens.asked == [False, True]


def test_it_reads_json_behind_a_byte_order_mark(client: AzureDevOpsClient, server: RawServer) -> None:
    server.script(http(200, b"\xef\xbb\xbf" + json.dumps(result(row())).encode()))
    assert client.get_pat("contoso", UUID(PAT_ID)).display_name == "ci read"


@pytest.mark.parametrize("code", ["authorizationNotFound", "tokenNotFound", "invalidAuthorizationId"])
def test_a_pat_that_is_not_there_is_not_found(
    client: AzureDevOpsClient, server: RawServer, code: str
) -> None:
    server.script(as_json(result(None, code)))
    with pytest.raises(NotFound):
        get(client)


def test_it_knows_nothing_of_the_server_s_clock_before_the_first_answer() -> None:
    assert stub_client(unused()).clock_offset is None


def test_it_learns_how_far_the_clocks_are_apart(client: AzureDevOpsClient, server: RawServer) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=3)
    server.script(as_json(result(row()), Date=format_datetime(ahead, usegmt=True)), GOT)
    get(client)
    get(client)
    assert abs((client.clock_offset or timedelta(0)) - timedelta(hours=3)) < timedelta(minutes=1)


@pytest.mark.parametrize("name", ["vssps_url", "devops_url"])
@pytest.mark.parametrize("url", ["http://vssps.dev.azure.com", "https://me@vssps.dev.azure.com", ""])
def test_a_client_refuses_any_address_but_https(name: str, url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        stub_client(unused(), **{name: url})


@pytest.mark.parametrize(
    "use",
    [
        lambda client, name: client.list_pats(name, pat_filter=PatFilter.ALL),
        lambda client, name: client.get_pat(name, UUID(PAT_ID)),
        lambda client, name: client.revoke_pat(name, UUID(PAT_ID)),
        lambda client, name: client.get_connection(name),
        lambda client, name: client.update_pat(name, UUID(PAT_ID), display_name="ci"),
        lambda client, name: client.create_pat(
            name, display_name="ci", scopes=["vso.code"], valid_to=VALID_TO
        ),
    ],
)
@pytest.mark.parametrize("name", ["", "..", "a/b", "a\r\nb", "a?b"])
def test_an_impossible_organization_is_refused_before_anything_is_sent(
    use: Callable[[AzureDevOpsClient, str], object], name: str
) -> None:
    transport = unused()
    asked = AccessTokens()
    with pytest.raises(ValueError, match="organization"):
        use(stub_client(transport, access_token=asked), name)
    assert (transport.sent, asked.asked) == (0, [])


@pytest.mark.parametrize(
    ("scopes", "valid_to"),
    [([], VALID_TO), (["a b"], VALID_TO), (["vso.code"], VALID_TO.replace(tzinfo=None))],
)
def test_an_impossible_wish_is_refused_before_anything_is_sent(scopes: list[str], valid_to: datetime) -> None:
    transport = unused()
    with pytest.raises(ValueError, match=r"Scopes|time zone"):
        stub_client(transport).create_pat("contoso", display_name="ci", scopes=scopes, valid_to=valid_to)
    assert transport.sent == 0


def test_the_budget_of_a_write_follows_from_the_timeouts() -> None:
    client = stub_client(unused(), timeouts=Timeouts(connect=2, read=30))
    assert client.write_budget_seconds == 72


@pytest.mark.parametrize("version", ["6.1-preview.1", "7.0-preview.1", "7.1-preview", "7.2-preview.1"])
def test_the_api_version_is_a_setting(server: RawServer, session: requests.Session, version: str) -> None:
    server.script(GOT)
    client = AzureDevOpsClient(
        access_token=AccessTokens(),
        session=session,
        vssps_url=server.url,
        devops_url=server.url,
        api_version=version,
    )
    get(client)
    assert server.seen[0].query["api-version"] == version
