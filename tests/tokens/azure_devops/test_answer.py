"""Answers: safe to handle whatever bytes came."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tokens.azure_devops.wire import ACTIVITY_ID, PAT_SECRET, envelope, result, row
from tokens.azure_devops import Secret
from tokens.azure_devops._answer import NOT_JSON, Answer, read_answer

BEARER = Secret("bearer-of-a-test")
SOMEBODY = "12345678-1234-1234-1234-123456789abc"
NOBODY = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"


def answer(body: bytes | dict[str, object] = b"", status: int = 200, **headers: str) -> Answer:
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_answer(status, named, octets, access_token=BEARER)


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_it_reads_json_behind_a_byte_order_mark(bom: bytes) -> None:
    assert answer(bom + b'{"a": 1}').document == {"a": 1}


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"{", b"<html>", b"\xff\xfe{\x00}\x00", b'{"a": "\xff"}', b"[" * 100_000, b"9" * 5_000],
)
def test_what_is_not_json_is_marked_and_raises_nothing(body: bytes) -> None:
    assert answer(body).document is NOT_JSON
    assert not answer(body).is_json


@given(st.binary(max_size=200), st.dictionaries(st.text(max_size=20), st.text(max_size=60), max_size=4))
def test_no_bytes_and_no_headers_make_it_raise(body: bytes, headers: dict[str, str]) -> None:
    read = read_answer(200, headers, body, access_token=BEARER)
    properties = [name for name, value in vars(Answer).items() if isinstance(value, property)]
    assert all(hasattr(read, name) for name in properties)


JSON_VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "message", "patTokenError", "patToken"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(
    JSON_VALUES, st.sampled_from(["retry-after", "date", "www-authenticate", "x-tfs-serviceerror"]), st.text()
)
def test_no_json_makes_it_raise(document: object, header: str, text: str) -> None:
    read = read_answer(400, {header: text}, json.dumps(document).encode(), access_token=BEARER)
    properties = [name for name, value in vars(Answer).items() if isinstance(value, property)]
    assert all(hasattr(read, name) for name in properties)


@pytest.mark.parametrize("name", ["token", "Token", "TOKEN", "alternateToken"])
def test_secrets_are_wrapped_wherever_they_stand(name: str) -> None:
    read = answer({"deep": [{name: PAT_SECRET}], name: PAT_SECRET})
    assert read.document == {"deep": [{name: Secret(PAT_SECRET)}], name: Secret(PAT_SECRET)}
    assert PAT_SECRET not in repr(read.document)


@pytest.mark.parametrize("value", [None, "", 17])
def test_what_is_no_secret_is_not_wrapped(value: object) -> None:
    assert answer({"token": value}).document == {"token": value}


def test_an_echo_of_the_access_token_is_removed() -> None:
    read = answer(envelope(f"no such header: Bearer {BEARER.reveal()}"), X_TFS_ServiceError=BEARER.reveal())
    assert BEARER.reveal() not in read.remark
    assert BEARER.reveal() not in str((read.document, dict(read.headers)))


def test_its_repr_shows_neither_body_nor_headers() -> None:
    read = answer({"displayName": "ci read"}, X_VSS_UserData="alice")
    assert repr(read) == "Answer(status=200, is_html=False)"


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("text/html; charset=utf-8", b"", True),
        ("Text/HTML", b"{}", True),
        ("application/xhtml+xml", b"", True),
        ("application/json", b"\xef\xbb\xbf \r\n<!DOCTYPE html>", True),
        ("", b"<html>", True),
        ("application/json", b"{}", False),
        ("", b"", False),
    ],
)
def test_it_knows_a_page_when_it_sees_one(content_type: str, body: bytes, expected: bool) -> None:
    assert answer(body, Content_Type=content_type).is_html is expected


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, b"", True),
        (401, b"{}", True),
        (302, b"", True),
        (303, b"{}", True),
        (203, b"", True),
        (203, b"<html>", True),
        (203, b"{}", False),
        (200, b"<html>", True),
        (200, b"", False),
        (200, b"{}", False),
        (403, b"<html>", False),
        (404, b"<html>", False),
        (500, b"<html>", False),
    ],
)
def test_it_knows_the_ways_to_say_not_authenticated(status: int, body: bytes, expected: bool) -> None:
    assert answer(body, status).asks_for_sign_in is expected


@pytest.mark.parametrize("code", ["none", "None", "NONE", None, 0, ["none"]])
def test_no_error_is_no_error_however_it_is_written(code: object) -> None:
    assert answer(result(row(), code)).pat_error == ""


def test_an_error_is_kept_as_sent() -> None:
    assert answer(result(None, "globalPATCreationBlocked")).pat_error == "globalPATCreationBlocked"
    assert answer(result(None, "some\nNewThing" + "x" * 200)).pat_error == "some NewThing" + "x" * 87


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"ActivityId": ACTIVITY_ID}, ACTIVITY_ID),
        ({"X_VSS_E2EID": ACTIVITY_ID}, ACTIVITY_ID),
        ({"ActivityId": "<script>", "X_VSS_E2EID": ACTIVITY_ID}, ACTIVITY_ID),
        ({"ActivityId": "a" * 65}, ""),
        ({"ActivityId": "1234567"}, ""),
        ({"ActivityId": ACTIVITY_ID + "\n"}, ""),
        ({}, ""),
    ],
)
def test_an_activity_id_looks_like_one_or_is_dropped(headers: dict[str, str], expected: str) -> None:
    assert answer(**headers).activity_id == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        ({"patTokenErrorMessage": "too long a life", "message": "other"}, {}, "too long a life"),
        ({"message": " TF400813:\r\n no\x00 "}, {}, "TF400813: no"),
        ({"count": 1, "value": {"Message": "a field is wrong"}}, {}, "a field is wrong"),
        ({"message": None}, {"X_TFS_ServiceError": "TF400813%3A%20no+access"}, "TF400813: no access"),
        ({"message": 17, "value": [1]}, {}, ""),
        (b"<html>", {"X_TFS_ServiceError": "%F"}, "%F"),
        ({"message": "x" * 600}, {}, "x" * 500),
    ],
)
def test_a_remark_is_found_where_the_service_left_it(
    body: bytes | dict[str, object], headers: dict[str, str], expected: str
) -> None:
    assert answer(body, 400, **headers).remark == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (envelope("VS403463: The policy has failed."), "VS403463"),
        (envelope("TF400813: no"), "TF400813"),
        (envelope("plain", "InvalidAccessException"), "InvalidAccessException"),
        (envelope("plain", "<b>"), ""),
        (b"", ""),
    ],
)
def test_a_service_code_is_the_number_or_the_exception(
    body: bytes | dict[str, object], expected: str
) -> None:
    assert answer(body, 403).service_code == expected


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (b"", {"X_VSS_UserData": f"{SOMEBODY}:alice@contoso.test"}, True),
        (b"", {"X_VSS_UserData": f"{NOBODY}:Anonymous"}, False),
        (envelope(f"TF400813: The user '{SOMEBODY}' is not authorized"), {}, True),
        (envelope(f"TF400813: The user '{NOBODY.upper()}' is not authorized"), {}, False),
        (b"", {"X_TFS_ServiceError": f"TF400813%3A%20The%20user%20%27{SOMEBODY}%27"}, True),
        (envelope(f"TF400898: request {SOMEBODY}"), {}, False),
        (b"", {}, False),
    ],
)
def test_it_tells_whether_the_caller_was_recognised(
    body: bytes | dict[str, object], headers: dict[str, str], expected: bool
) -> None:
    assert answer(body, 401, **headers).is_identity_known is expected


def test_a_claims_challenge_is_found_among_others() -> None:
    challenges = 'Basic realm="x", Bearer error="insufficient_claims", claims="eyJhIjp7fX0="'
    assert answer(status=401, WWW_Authenticate=challenges).claims == "eyJhIjp7fX0="
    assert answer(status=401, WWW_Authenticate='Bearer claims="<x>"').claims == ""
    assert answer(status=401).claims == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", 5.0),
        (" 1.5 ", 1.5),
        ("0", 0.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("5, 5", None),
        ("inf", None),
        ("9" * 400, None),
        ("Mon, 23 Nov 2026 17:20:35 GMT", 30.0),
        ("Mon, 23 Nov 2026 17:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2026 18:20:35 +0100", 30.0),
        ("Mon, 99 Nov 2026 17:20:35 GMT", None),
    ],
)
def test_it_reads_how_long_to_wait(text: str, expected: float | None) -> None:
    read = answer(Retry_After=text, Date="Mon, 23 Nov 2026 17:20:05 GMT")
    assert read.retry_after == expected


def test_a_date_to_wait_for_is_measured_by_our_clock_if_the_server_shows_none() -> None:
    assert answer(Retry_After="Mon, 23 Nov 2020 17:20:05 GMT").retry_after == 0.0


def test_it_reads_the_clock_of_the_server() -> None:
    assert answer(Date="Mon, 23 Nov 2026 17:20:05 GMT").sent_at == datetime(
        2026, 11, 23, 17, 20, 5, tzinfo=UTC
    )
    assert answer(Date="Mon, 23 Nov 2026 17:20:05 -0000").sent_at == datetime(
        2026, 11, 23, 17, 20, 5, tzinfo=UTC
    )
    assert answer(Date="yesterday").sent_at is None
    assert answer().sent_at is None
