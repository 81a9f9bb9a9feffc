"""What every request passes through."""

from typing import Any
from uuid import UUID

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from patportal.middleware import (
    CompressionMiddleware,
    RequestIdMiddleware,
    ResponseHeadersMiddleware,
    client_address,
)


def _request(**headers: str) -> HttpRequest:
    request = RequestFactory().get("/", REMOTE_ADDR="198.51.100.1")
    request.META.update({f"HTTP_{name.upper()}": value for name, value in headers.items()})
    return request


# --- The client's address ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hops", "forwarded", "expected"),
    [
        # Without proxies of ours whatever the header says was written by the client.
        (0, "", "198.51.100.1"),
        (0, "203.0.113.9", "198.51.100.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "invented, 203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (2, "10.0.0.1, 203.0.113.9, 192.0.2.1", "203.0.113.9"),
        (2, " 203.0.113.9 ,192.0.2.1", "203.0.113.9"),
        (1, "2001:db8::0001", "2001:db8::1"),
        # An IPv4 address as a socket for both kinds names it.
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "::FFFF:cb00:7109", "203.0.113.9"),
        # Fewer entries than proxies: nobody wrote what we would trust.
        (2, "203.0.113.9", "198.51.100.1"),
        (1, "", "198.51.100.1"),
        (1, ", ,", "198.51.100.1"),
        # What is no address is none.
        (1, "203.0.113.9:1234", ""),
        (1, "<script>", ""),
        (1, "unknown", ""),
    ],
)
def test_the_address_is_looked_for_behind_as_many_proxies_as_there_are(
    settings: Any, hops: int, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXY_HOPS = hops
    assert client_address(_request(x_forwarded_for=forwarded)) == expected


def test_a_socket_has_no_address(settings: Any) -> None:
    settings.TRUSTED_PROXY_HOPS = 0
    request = _request()
    request.META["REMOTE_ADDR"] = ""
    assert client_address(request) == ""


# --- The id --------------------------------------------------------------------------------------


def _pass(request: HttpRequest) -> HttpResponse:
    return RequestIdMiddleware(lambda _: HttpResponse("done"))(request)


def test_each_request_has_an_id_of_its_own() -> None:
    first, second = _pass(_request()), _pass(_request())
    assert UUID(first["X-Request-ID"]) != UUID(second["X-Request-ID"])


def test_an_id_from_outside_is_never_ours(caplog: pytest.LogCaptureFixture) -> None:
    foreign = "chosen-by-a-client"
    answer = _pass(_request(x_request_id=foreign))
    assert answer["X-Request-ID"] != foreign
    (entry,) = _entries(caplog)
    assert entry["inbound_request_id"] == foreign
    assert entry["request_id"] == answer["X-Request-ID"]


def test_an_id_from_outside_is_cut_and_printable(caplog: pytest.LogCaptureFixture) -> None:
    _pass(_request(x_request_id="a\tb\x00c\u202e" + "x" * 1000))
    (entry,) = _entries(caplog)
    assert entry["inbound_request_id"] == "abc" + "x" * 61


def test_an_id_does_not_stay_for_the_next_request(caplog: pytest.LogCaptureFixture) -> None:
    _pass(_request(x_request_id="first"))
    _pass(_request())
    first, second = _entries(caplog)
    assert first["request_id"] != second["request_id"]
    assert "inbound_request_id" not in second


# --- The access log ------------------------------------------------------------------------------


def _entries(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Return what the access log says, one record for each request."""
    found = [one.msg for one in caplog.records if one.name == "patportal.middleware"]
    assert all(isinstance(entry, dict) for entry in found)
    return found  # type: ignore[return-value]


def test_the_access_log_names_routes_and_never_queries(
    client: Client, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/sign-in?next=/tokens/new&code=not-for-logs", headers={"user-agent": "a browser"})
    client.get("/operations/0e7c2c0e-7a0c-4c0e-8d5c-1f6f0f0b5a11?q=not-for-logs")
    client.get("/no/such/place?q=not-for-logs")
    sign_in, operation, missing = _entries(caplog)
    assert (sign_in["route"], sign_in["method"], sign_in["status"]) == ("sign_in", "GET", 200)
    assert operation["route"] == "operation"
    assert (missing["route"], missing["status"]) == ("-", 404)
    for entry in (sign_in, operation, missing):
        assert set(entry) == {
            *("event", "route", "method", "status", "ms", "request_id", "level", "logger", "timestamp")
        }
        assert "not-for-logs" not in str(entry)
        assert "0e7c2c0e" not in str(entry)


def test_a_failure_is_logged_with_its_status(client: Client, db: None, settings: Any, caplog: Any) -> None:
    settings.ALLOWED_HOSTS = ["elsewhere.example"]
    client.get("/sign-in")
    assert [entry["status"] for entry in _entries(caplog)] == [400]


# --- Headers -------------------------------------------------------------------------------------


def _headers(answer: HttpResponse) -> HttpResponse:
    return ResponseHeadersMiddleware(lambda _: answer)(_request())


def test_pages_are_not_kept_unless_they_say_so() -> None:
    assert "no-store" in _headers(HttpResponse())["Cache-Control"]
    kept = HttpResponse(headers={"Cache-Control": "max-age=60"})
    assert _headers(kept)["Cache-Control"] == "max-age=60"


def test_a_page_may_have_its_own_permissions() -> None:
    assert "camera=()" in _headers(HttpResponse())["Permissions-Policy"]
    own = HttpResponse(headers={"Permissions-Policy": "camera=(self)"})
    assert _headers(own)["Permissions-Policy"] == "camera=(self)"


def test_every_answer_carries_the_headers(client: Client, db: None) -> None:
    for path in ("/sign-in", "/no/such/place"):
        answer = client.get(path)
        assert UUID(answer["X-Request-ID"])
        assert "camera=()" in answer["Permissions-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Referrer-Policy"] == "same-origin"
        assert "default-src 'none'" in answer["Content-Security-Policy"]


# --- Compression ---------------------------------------------------------------------------------


def _packed(method: str, status: int = 200) -> HttpResponse:
    request = RequestFactory().generic(method, "/", headers={"Accept-Encoding": "gzip"})
    answer = CompressionMiddleware(lambda _request: HttpResponse("a page " * 100, status=status))(request)
    assert isinstance(answer, HttpResponse)
    return answer


def test_pages_that_are_read_travel_compressed() -> None:
    answer = _packed("GET")
    assert answer["Content-Encoding"] == "gzip"
    assert answer["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(("method", "status"), [("POST", 200), ("GET", 404), ("GET", 206)])
def test_the_answer_to_a_post_never_does_for_it_may_hold_a_secret(method: str, status: int) -> None:
    assert not _packed(method, status).has_header("Content-Encoding")


def test_the_length_of_a_page_says_little() -> None:
    assert len({len(_packed("GET").content) for _ in range(40)}) > 5
