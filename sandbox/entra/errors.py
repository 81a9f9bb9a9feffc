"""Refusals as Entra words them: the AADSTS number, its sentence, and the ids that support asks for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.calls import Call
from sandbox.signing import encoded
from sandbox.state import Tenant
from sandbox.wire import Response, html_response, json_response

_SENTENCES = {
    50011: "The redirect URI of the request is not one of those registered for the application.",
    50057: "The user account is disabled.",
    50058: "A silent sign-in request was sent but no user is signed in.",
    50105: "The signed in user is not assigned to a role for the application.",
    50173: "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
    54005: "The authorization code was already redeemed.",
    65004: "User declined to consent to access the app.",
    70000: "The provided value for the code or refresh token is not valid.",
    70003: "The app returned an unsupported grant type.",
    70008: "The authorization code has expired.",
    70011: "The provided request must include a 'scope' input parameter that is valid.",
    90002: "The tenant was not found. This may happen if there are no active subscriptions for the tenant.",
    500112: "The reply address does not match the reply address provided when requesting Authorization code.",
    501481: "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
    650053: "The application asked for a scope that doesn't exist on the resource.",
    700016: "Application with the given identifier was not found in the directory.",
    700054: "This response_type is not enabled for the application.",
    700082: "The refresh token has expired due to inactivity.",
    900144: "The request body must contain a parameter that is missing.",
    7000215: "Invalid client secret provided. Send the secret's value, not its id.",
    7000218: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    9002325: "Proof Key for Code Exchange is required for this authorization code redemption.",
}


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
        text = self.detail or _SENTENCES.get(self.code, "The request was refused.")
        return f"AADSTS{self.code}: {text}"


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
    status = error.status or (401 if error.error == "invalid_client" and error.code != 500112 else 400)
    return stamped(call, json_response(payload, status), trace.correlation_id)


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
    return AadstsError(
        code=int(wish["code"]),
        error=str(wish.get("error", "invalid_grant")),
        detail=str(wish.get("detail", "")),
        suberror=wish.get("suberror"),
        claims=wish.get("claims"),
        status=deed["status"],
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
    trouble = AadstsError(
        90033, "temporarily_unavailable", "A transient error has occurred. Please try again."
    )
    return json_error(call, AadstsError(trouble.code, trouble.error, trouble.detail, status=status))


def unknown_client(client_id: str, tenant: Tenant) -> AadstsError:
    """Return the refusal of an application that the tenant does not have."""
    detail = f"Application with identifier '{client_id}' was not found in the directory '{tenant.domain}'."
    return AadstsError(700016, "unauthorized_client", detail)


def client_info(person_id: str, tenant_id: str) -> str:
    """Return the unsigned `client_info` that names a person's home."""
    return encoded(f'{{"uid":"{person_id}","utid":"{tenant_id}"}}'.encode())
