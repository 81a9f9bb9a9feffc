"""Refusals as Entra words them: the AADSTS number, its sentence, and the ids that support asks for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.calls import Call
from sandbox.entra import numbers
from sandbox.signing import encoded
from sandbox.state import Tenant
from sandbox.wire import Response, html_response, json_response

_UNKNOWN = "The request was refused."


@dataclass(eq=False)
class AadstsError(Exception):
    """A refusal by number; `error` is the OAuth word for it."""

    code: int
    error: str
    detail: str = ""
    suberror: str | None = None
    claims: str | None = None
    status: int | None = None

    @property
    def sentence(self) -> str:
        """Return the number with its sentence."""
        known = numbers.entry(self.code).sentence if numbers.is_known(self.code) else _UNKNOWN
        return f"AADSTS{self.code}: {self.detail or known}"

    @classmethod
    def of(cls, number: int, place: str = "token", *, detail: str = "") -> AadstsError:
        """Return the refusal of a number, worded as at a place."""
        entry = numbers.entry(number, place)
        return cls(number, entry.error, detail, suberror=entry.suberror or None, status=entry.status)


@dataclass(frozen=True)
class Trace:
    """The ids of one refusal."""

    trace_id: str
    correlation_id: str
    timestamp: str

    @classmethod
    def of(cls, call: Call) -> Trace:
        """Return fresh ids; the correlation id is the caller's own when it sent one."""
        asked = call.request.header("client-request-id") or (call.request.argument("client-request-id") or "")
        moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        return cls(str(uuid.uuid4()), asked or str(uuid.uuid4()), moment)

    def described(self, error: AadstsError) -> str:
        """Return the description that Entra sends: the sentence and three lines of ids."""
        return (
            f"{error.sentence} Trace ID: {self.trace_id} "
            f"Correlation ID: {self.correlation_id} Timestamp: {self.timestamp}"
        )


def json_error(call: Call, error: AadstsError) -> Response:
    """Return a refusal of the token endpoint or of discovery."""
    trace = Trace.of(call)
    payload: dict[str, Any] = {
        "error": error.error,
        "error_description": trace.described(error),
        "error_codes": [error.code],
        "timestamp": trace.timestamp,
        "trace_id": trace.trace_id,
        "correlation_id": trace.correlation_id,
        "error_uri": f"{call.site.https_url}/error?code={error.code}",
    }
    payload |= {"suberror": error.suberror} if error.suberror else {}
    payload |= {"claims": error.claims} if error.claims else {}
    return stamped(call, json_response(payload, error.status or 400), trace.correlation_id)


def stamped(call: Call, response: Response, correlation_id: str = "") -> Response:
    """Add the headers that every answer of Entra's own carries."""
    asked = correlation_id or call.request.header("client-request-id")
    response.headers += [("x-ms-request-id", str(uuid.uuid4())), ("Cache-Control", "no-store, no-cache")]
    response.headers += [("Pragma", "no-cache"), ("x-ms-srs", "1.P")]
    if asked and asked.isascii() and asked.isprintable():
        response.headers.append(("client-request-id", asked))
    return response


def ordered(deed: dict[str, Any]) -> AadstsError:
    """Return the refusal that a fault describes."""
    wish = deed["aadsts"]
    error = str(wish.get("error", "invalid_grant"))
    return AadstsError(
        code=int(wish["code"]),
        error=error,
        detail=str(wish.get("detail", "")),
        suberror=wish.get("suberror"),
        claims=wish.get("claims"),
        status=deed["status"] or (401 if error == "invalid_client" else 400),
    )


def faulty(call: Call, deed: dict[str, Any]) -> Response:
    """Render what a fault wants instead of the true answer of an endpoint that programs call."""
    response = _faulty(call, deed)
    if deed["content_type"]:
        response.replace_header("Content-Type", deed["content_type"])
    return response


def _faulty(call: Call, deed: dict[str, Any]) -> Response:
    status, body = deed["status"], deed["body"]
    if deed["aadsts"]:
        return json_error(call, ordered(deed))
    if deed["html"]:
        page = "<!DOCTYPE html><html lang='en'><title>Proxy</title><p>A proxy answered.</p></html>"
        return html_response(body if isinstance(body, str) else page, status or 200)
    if isinstance(body, str):
        return Response(status or 200, body.encode(), [("Content-Type", "application/json; charset=utf-8")])
    if body is not None:
        return stamped(call, json_response(body, status or 200))
    if status in {204, 304}:
        return Response(status)
    trouble = AadstsError.of(90033)
    trouble.status = status
    return json_error(call, trouble)


def unknown_client(client_id: str, tenant: Tenant) -> AadstsError:
    """Return the refusal of an application that the tenant does not have."""
    detail = f"Application with identifier '{client_id}' was not found in the directory '{tenant.domain}'."
    return AadstsError.of(700016, detail=detail)


def client_info(person_id: str, tenant_id: str) -> str:
    """Return the unsigned `client_info` that names a person's home."""
    return encoded(f'{{"uid":"{person_id}","utid":"{tenant_id}"}}'.encode())
