"""A call: what follows from its method, and what the requests of the API consist of."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from tests.tokens.azure_devops.wire import PAT_ID
from tokens.azure_devops import PatFilter
from tokens.azure_devops._call import Call, Calls, Method, connection_call


@pytest.mark.parametrize(
    ("method", "is_write", "is_repeatable"),
    [("GET", False, True), ("POST", True, False), ("PUT", True, False), ("DELETE", True, True)],
)
def test_reads_and_revokes_may_be_repeated_whatever_became_of_the_first(
    method: Method, is_write: bool, is_repeatable: bool
) -> None:
    call = Call(method, "https://example.test", "contoso", {})
    assert (call.is_write, call.is_repeatable) == (is_write, is_repeatable)


CALLS = Calls(
    vssps_url="https://vssps.example.test/",
    devops_url="https://devops.example.test",
    api_version="7.2-preview.1",
)
AT = datetime(2027, 1, 10, 9, 0, 7, 123_456, tzinfo=timezone(timedelta(hours=1)))


def changed(**given: Any) -> dict[str, Any]:
    """Return what an update sends for what is given."""
    nothing: dict[str, Any] = {"display_name": None, "scopes": None, "valid_to": None}
    call = CALLS.update_pat("contoso", UUID(PAT_ID), **(nothing | given))
    assert (call.method, call.url) == ("PUT", "https://vssps.example.test/contoso/_apis/tokens/pats")
    assert call.params == {"api-version": "7.2-preview.1"}
    sent: dict[str, Any] = json.loads(call.body or b"")
    return sent


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"display_name": "new"}, {"displayName": "new"}),
        ({"display_name": ""}, {"displayName": ""}),
        ({"scopes": ["vso.work", "vso.code", "vso.work"]}, {"scope": "vso.code vso.work"}),
        ({"valid_to": AT}, {"validTo": "2027-01-10T08:00:07.123Z"}),
        (
            {"display_name": "new", "scopes": ["vso.code"], "valid_to": AT},
            {"displayName": "new", "scope": "vso.code", "validTo": "2027-01-10T08:00:07.123Z"},
        ),
    ],
)
def test_an_update_sends_what_is_given_and_nothing_else(given: dict[str, Any], sent: dict[str, Any]) -> None:
    assert changed(**given) == {"authorizationId": PAT_ID, **sent}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "changes something"),
        ({"scopes": []}, "Scopes"),
        ({"scopes": ["a b"]}, "Scopes"),
        ({"valid_to": AT.replace(tzinfo=None)}, "time zone"),
    ],
)
def test_an_impossible_update_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        changed(**given)


def test_calls_about_one_pat_say_so() -> None:
    pat_id = UUID(PAT_ID)
    update = CALLS.update_pat("contoso", pat_id, display_name="new", scopes=None, valid_to=None)
    assert update.names_pat
    assert CALLS.get_pat("contoso", pat_id).names_pat
    assert CALLS.revoke_pat("contoso", pat_id).names_pat
    assert not CALLS.list_pats("contoso", PatFilter.ALL).names_pat
    create = CALLS.create_pat("contoso", display_name="new", scopes=["vso.code"], valid_to=datetime.now(UTC))
    assert not create.names_pat


def test_only_a_call_with_a_body_names_its_kind() -> None:
    with_body = CALLS.update_pat("contoso", UUID(PAT_ID), display_name="a", scopes=None, valid_to=None)
    assert with_body.headers("1.2")["Content-Type"] == "application/json"
    headers = CALLS.connection("contoso").headers("1.2")
    assert "Content-Type" not in headers
    assert headers["User-Agent"] == "pat-portal/1.2"


def test_anybody_may_ask_which_organization_it_is() -> None:
    assert CALLS.connection("contoso") == connection_call("https://devops.example.test/", "contoso")
    with pytest.raises(ValueError, match="organization"):
        connection_call("https://devops.example.test", "../x")
