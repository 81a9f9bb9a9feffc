"""How Azure DevOps answers: its headers, its JSON, its error envelope, its sign-in page and its refusals."""

from __future__ import annotations

import base64
import codecs
import json
import uuid
from typing import Any
from urllib.parse import quote

from sandbox.calls import Call
from sandbox.state import Person, Tenant
from sandbox.wire import Response, html_response

ANONYMOUS_ID = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
DEFAULT_VERSION = "7.1-preview.1"
_PROCESS_ID = str(uuid.uuid4())

_SIGN_IN_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Azure DevOps Services | Sign In</title></head>
<body><h1>Sign in</h1><p>Here Azure DevOps would ask a browser to sign in.</p></body></html>
"""
_NOT_FOUND_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Azure DevOps Services | Not found</title></head>
<body><h1>404</h1><p>The sandbox has no such page or organization.</p></body></html>
"""


def identity_id(tenant: Tenant, person: Person) -> str:
    """Return the id under which Azure DevOps itself knows a person."""
    return str(uuid.uuid5(uuid.UUID(tenant.tenant_id), f"identity:{person.object_id}"))


def json_answer(
    payload: Any, status: int = 200, *, version: str = DEFAULT_VERSION, has_mark: bool = False
) -> Response:
    """Return JSON with the content type of the API, behind a byte order mark where the service writes one."""
    body = (codecs.BOM_UTF8 if has_mark else b"") + json.dumps(payload, ensure_ascii=False).encode()
    return Response(
        status, body, [("Content-Type", f"application/json; charset=utf-8; api-version={version}")]
    )


def envelope(
    status: int, type_key: str, message: str, *, namespace: str = "Microsoft.VisualStudio.Services.Common"
) -> Response:
    """Return an error in the service's envelope."""
    payload = {
        "$id": "1",
        "innerException": None,
        "message": message,
        "typeName": f"{namespace}.{type_key}, {namespace}",
        "typeKey": type_key,
        "errorCode": 0,
        "eventId": 3000,
    }
    response = json_answer(payload, status, has_mark=status == 401)
    if status in {401, 403}:
        response.headers.append(("X-TFS-ServiceError", quote(message, safe="")))
    return response


def binding_error(message: str) -> Response:
    """Return the 400 of a request whose values could not be bound."""
    return json_answer({"count": 1, "value": {"Message": message}}, 400)


def unknown_place(call: Call | None = None) -> Response:
    """Return the 404 of an organization or a resource that does not exist."""
    del call
    return html_response(_NOT_FOUND_PAGE, 404)


def offline(call: Call) -> Response:
    """Return what an organization answers that is disabled, moved or under maintenance."""
    status = call.organization.offline_status if call.organization else 503
    message = "The organization is offline at the moment."
    response = envelope(status, "VssServiceException", message)
    response.headers.append(("X-VSS-HostOfflineError", quote(message, safe="")))
    return stamped(call, response)


def method_not_allowed(allowed: str) -> Response:
    """Return the 405 of a method that a resource does not take."""
    response = envelope(
        405, "VssServiceException", "The requested resource does not support this http method."
    )
    response.headers.append(("Allow", allowed))
    return response


def unauthenticated(call: Call) -> Response:
    """Return what a caller without a usable bearer gets: the sign-in page, or 401 when it asked so."""
    login = f"{call.site.https_url}/{call.tenant.tenant_id}"
    place = f"{call.site.https_url}/"
    if call.request.header("X-TFS-FedAuthRedirect").lower() == "suppress":
        response = unauthorized(ANONYMOUS_ID)
        challenges = [f"Bearer authorization_uri={login}", f'Basic realm="{place}"', "TFS-Federated"]
    else:
        response = html_response(_SIGN_IN_PAGE, 203)
        challenges = []
        response.headers.append(("X-TFS-FedAuthRedirect", f"{place}_signin?realm=127.0.0.1"))
    response.headers += [("WWW-Authenticate", text) for text in challenges]
    response.headers += [("X-TFS-FedAuthRealm", place), ("X-TFS-FedAuthIssuer", login)]
    response.headers.append(("X-VSS-AuthorizationEndpoint", place))
    return response


def challenged(call: Call, tenant: Tenant, claims: str) -> Response:
    """Return the 401 of continuous access evaluation: the bearer is fine, but a newer one is wanted.

    `claims` is the JSON text that the application has to send to Entra.
    """
    place = f"{call.site.https_url}/{tenant.tenant_id}/oauth2/authorize"
    wanted = base64.b64encode(claims.encode()).decode()
    challenges = [
        f'Bearer realm="", authorization_uri="{place}", error="insufficient_claims", claims="{wanted}"'
    ]
    if call.request.header("X-TFS-FedAuthRedirect").lower() == "suppress":
        # As without a bearer, the other ways to sign in are named too, in no order.
        challenges = ["TFS-Federated", *challenges, f'Basic realm="{call.site.https_url}/"']
    response = unauthorized(ANONYMOUS_ID)
    response.headers += [("WWW-Authenticate", text) for text in challenges]
    return response


def refused(identity: str) -> Response:
    """Return the 401 of a caller who was recognised and has no access."""
    response = unauthorized(identity)
    response.headers.append(("WWW-Authenticate", "Bearer"))
    return response


def unauthorized(identity: str) -> Response:
    """Return the 401 TF400813 that names an identity."""
    message = f"TF400813: The user '{identity}' is not authorized to access this resource."
    return envelope(
        401, "UnauthorizedRequestException", message, namespace="Microsoft.TeamFoundation.Framework.Server"
    )


def invalid_access() -> Response:
    """Return the 403 of a credential that this API never takes."""
    return envelope(403, "InvalidAccessException", "The requested operation is not allowed.")


def stamped(call: Call, response: Response) -> Response:
    """Add the headers that every answer of the service carries."""
    activity_id = str(uuid.uuid4())
    session_id = call.request.header("X-TFS-Session") or str(uuid.uuid4())
    response.headers += [
        ("ActivityId", activity_id),
        ("X-VSS-E2EID", activity_id),
        ("X-TFS-ProcessId", _PROCESS_ID),
        ("X-TFS-Session", quote(session_id)),
        ("X-VSS-ResourceTenant", call.tenant.tenant_id),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-cache"),
        ("Pragma", "no-cache"),
    ]
    now = call.tenant.now()
    response.headers.append(("Date", now.strftime("%a, %d %b %Y %H:%M:%S GMT")))
    return response


def faulty(call: Call, deed: dict[str, Any]) -> Response:
    """Render what a fault wants instead of the true answer."""
    response = _faulty(deed)
    if deed["content_type"]:
        response.replace_header("Content-Type", deed["content_type"])
    return stamped(call, response)


def _faulty(deed: dict[str, Any]) -> Response:
    status, body = deed["status"], deed["body"]
    if deed["html"]:
        return html_response(body if isinstance(body, str) else _SIGN_IN_PAGE, status or 200)
    if deed["exception"]:
        return envelope(status or 400, deed["exception"]["type_key"], deed["exception"]["message"])
    if isinstance(body, str):
        plain = [("Content-Type", "application/json; charset=utf-8")] if body else []
        return Response(status or 200, body.encode(), plain)
    if body is not None:
        return json_answer(body, status or 200)
    return _bare(status or 200)


def _bare(status: int) -> Response:
    if status in {204, 304} or 300 <= status < 400:
        return Response(status)
    if status == 401:
        return unauthorized(ANONYMOUS_ID)
    if status == 403:
        message = "VS403463: The conditional access policy defined by your administrator has failed."
        return envelope(403, "VssServiceException", message)
    if status == 429:
        message = (
            "TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource."
        )
        return envelope(429, "RequestBlockedException", message)
    return envelope(status, "VssServiceException", f"TF400898: An Internal Error Occurred. Status {status}.")
