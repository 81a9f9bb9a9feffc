"""The authorize page: checks the request, lets a person be chosen, sends the browser back with a code."""

from __future__ import annotations

import secrets
import time
import uuid
from urllib.parse import urlencode, urlsplit

from sandbox import pages
from sandbox.calls import Call
from sandbox.entra import claims, scopes
from sandbox.entra.errors import AadstsError, Trace, client_info, faulty, ordered, unknown_client
from sandbox.entra.token_endpoint import CODE_SECONDS
from sandbox.state import Person, Tenant
from sandbox.wire import Response, html_response, redirect
from sandbox.world import Code

SESSION_COOKIE = "sandbox_session"
_LOOPBACK_NAMES = {"127.0.0.1", "localhost", "::1"}
_CHALLENGE_LENGTH = 43


def is_loopback(address: str) -> bool:
    """Tell whether an address is an http(s) one of this machine."""
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and parts.hostname in _LOOPBACK_NAMES and not parts.username
    except ValueError:
        return False


def is_registered(tenant: Tenant, redirect_uri: str) -> bool:
    """Tell whether codes may be sent to an address."""
    if tenant.settings.redirect_uris:
        return redirect_uri in tenant.settings.redirect_uris
    return is_loopback(redirect_uri) and urlsplit(redirect_uri).path == "/getAToken"


def person_of(call: Call) -> Person | None:
    """Return who was chosen, by the page or by a client without one."""
    chosen = call.request.argument("person")
    return call.tenant.person(chosen) if chosen else None


def answer(call: Call) -> Response:
    """Answer a browser that comes to sign in."""
    if call.request.method != "GET":
        return Response(405, headers=[("Allow", "GET")])
    problem = _unsafe_to_return(call)
    if problem is not None:
        return problem_page(call, problem)
    try:
        asked = _checked(call)
        return _chosen(call, asked)
    except AadstsError as exc:
        return sent_back(call, exc)


def _unsafe_to_return(call: Call) -> AadstsError | None:
    client_id = call.request.argument("client_id") or ""
    if client_id.lower() != call.tenant.client_id:
        return unknown_client(client_id, call.tenant)
    if not is_registered(call.tenant, call.request.argument("redirect_uri") or ""):
        return AadstsError(50011, "invalid_request")
    return None


def _checked(call: Call) -> list[str]:
    """Return the asked scopes. Raises AadstsError for what can be told at the redirect address."""
    argument = call.request.argument
    if argument("response_type") != "code":
        raise AadstsError(700054, "unsupported_response_type")
    if (argument("response_mode") or "query") != "query":
        raise AadstsError(90014, "invalid_request", "The sandbox supports response_mode query only.")
    challenge = argument("code_challenge") or ""
    if not challenge:
        raise AadstsError(9002325, "invalid_request")
    if argument("code_challenge_method") != "S256" or len(challenge) != _CHALLENGE_LENGTH:
        raise AadstsError(
            501491, "invalid_request", "The code_challenge must be of method S256 and 43 characters."
        )
    return scopes.checked(argument("scope") or "")


def _chosen(call: Call, asked: list[str]) -> Response:
    if call.request.argument("answer") == "cancel":
        raise AadstsError(65004, "access_denied")
    person = call.person
    if person is None and call.request.argument("prompt") == "none":
        person = _signed_in(call)
        if person is None:
            raise AadstsError(50058, "login_required")
    if person is None:
        return _page(call)
    if person.is_disabled:
        return problem_page(call, AadstsError(50057, "invalid_grant"))
    if call.tenant.settings.requires_assignment and not person.roles:
        return problem_page(call, AadstsError(50105, "invalid_grant"))
    return _with_code(call, person, asked)


def session_key(call: Call) -> str:
    """Return the key of the browser's session, empty without one."""
    for part in call.request.header("Cookie").split(";"):
        name, _, value = part.strip().partition("=")
        if name == SESSION_COOKIE and value in call.site.world.sessions:
            return value
    return ""


def _signed_in(call: Call) -> Person | None:
    session = call.site.world.sessions.get(session_key(call))
    known = session.people.get(call.tenant.tenant_id) if session else None
    return call.tenant.people.get(known[0]) if known else None


def _page(call: Call) -> Response:
    arguments = {
        name: value for name, value in call.request.arguments.items() if name not in {"person", "answer"}
    }
    with call.site.world.lock:
        people = list(call.tenant.people.values())
    hint = call.request.argument("login_hint") or ""
    hinted = next((one for one in people if claims.login_hint(one) == hint), call.tenant.person(hint))
    preselected = hinted or _signed_in(call)
    page = pages.choose_account(
        call.tenant.domain, people, arguments, preselected.object_id if preselected else None
    )
    return pages.secured(
        html_response(page), form_targets=_origin(call.request.argument("redirect_uri") or "")
    )


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _with_code(call: Call, person: Person, asked: list[str]) -> Response:
    argument, world = call.request.argument, call.site.world
    key = session_key(call) or secrets.token_urlsafe(24)
    value = f"1.SANDBOX.{secrets.token_urlsafe(48)}"
    code = Code(
        tenant_id=call.tenant.tenant_id,
        person_id=person.object_id,
        redirect_uri=argument("redirect_uri") or "",
        scopes=asked,
        nonce=argument("nonce") or "",
        challenge=argument("code_challenge") or "",
        sid=world.session_id(key, call.tenant, person),
        expires_at=time.time() + CODE_SECONDS,
    )
    world.add_code(value, code)
    answers = {"code": value, "session_state": str(uuid.uuid4())}
    if argument("client_info") == "1":
        answers["client_info"] = client_info(*claims.home_of(call.tenant, person))
    response = _back(call, answers)
    response.headers.append(("Set-Cookie", f"{SESSION_COOKIE}={key}; Path=/; HttpOnly; SameSite=Lax"))
    return response


def _back(call: Call, answers: dict[str, str]) -> Response:
    address, state = call.request.argument("redirect_uri") or "", call.request.argument("state")
    answers |= {"state": state} if state is not None else {}
    sent = urlencode(answers | call.forge)
    return redirect(f"{address}{'&' if '?' in address else '?'}{sent}")


def sent_back(call: Call, error: AadstsError) -> Response:
    """Send the browser back with an error."""
    answers = {"error": error.error, "error_description": Trace.of(call).described(error)}
    answers |= {"error_subcode": "cancel"} if error.code == 65004 else {}
    answers |= {"suberror": error.suberror} if error.suberror else {}
    return _back(call, answers | {"error_uri": f"{call.site.https_url}/error?code={error.code}"})


def problem_page(call: Call, error: AadstsError) -> Response:
    """Show an error that must not, or cannot, be sent back."""
    trace = Trace.of(call)
    lines = {"Trace ID": trace.trace_id, "Correlation ID": trace.correlation_id, "Timestamp": trace.timestamp}
    return pages.secured(html_response(pages.problem(error.sentence, lines), 400))


def struck(call: Call, deed: dict[str, object]) -> Response:
    """Render what a fault wants instead of the true answer: an error goes back, or on a page if `html`."""
    if not deed["aadsts"]:
        return faulty(call, deed)
    return problem_page(call, ordered(deed)) if deed["html"] else sent_back(call, ordered(deed))
