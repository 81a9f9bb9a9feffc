"""The authorize page: checks the request, lets a person be chosen, sends the browser back with a code."""

from __future__ import annotations

import secrets
import time
import uuid
from urllib.parse import urlencode

from sandbox import pages
from sandbox.calls import Call
from sandbox.entra import claims, claims_request, consent, refusals, scopes
from sandbox.entra.errors import AadstsError, Trace, client_info, faulty, ordered, unknown_client
from sandbox.entra.registration import is_registered
from sandbox.entra.token_endpoint import CODE_SECONDS
from sandbox.state import Person
from sandbox.wire import Response, html_response, redirect
from sandbox.world import Code

SESSION_COOKIE = "sandbox_session"
_CHALLENGE_LENGTH = 43
_TITLE = "You could not be signed in"
_TITLES = {90094: "Need admin approval", 90095: "Approval requested"}


def person_of(call: Call) -> Person | None:
    """Return who was chosen, by the page or by a client without one."""
    chosen = call.request.argument("person")
    return call.tenant.person(chosen) if chosen else None


def answer(call: Call) -> Response:
    """Answer a browser that comes to sign in."""
    if call.request.method != "GET":
        return Response(405, headers=[("Allow", "GET")])
    if call.person is None and call.request.argument("prompt") == "none":
        call.person = _signed_in(call)
    problem = _unsafe_to_return(call) or _hopeless(call)
    if problem is not None:
        return problem_page(call, problem)
    try:
        refusals.strike(call, "redirect")
        return _chosen(call, _checked(call))
    except AadstsError as exc:
        return sent_back(call, exc)


def _hopeless(call: Call) -> AadstsError | None:
    """Return what stops a person on Microsoft's own page, from which no redirect leads back."""
    try:
        refusals.strike(call, "page")
    except AadstsError as exc:
        return exc
    person = call.person
    if person is None or call.request.argument("answer") == "cancel":
        return None
    if person.is_disabled:
        return AadstsError.of(50057, "page")
    if call.tenant.settings.requires_assignment and not person.roles:
        return AadstsError.of(50105, "page")
    return AadstsError.of(90094, "page") if person.consent == "admin" else None


def _unsafe_to_return(call: Call) -> AadstsError | None:
    client_id = call.request.argument("client_id") or ""
    if client_id.lower() != call.tenant.client_id:
        return unknown_client(client_id, call.tenant)
    if not is_registered(call.tenant, call.request.argument("redirect_uri") or ""):
        return AadstsError.of(50011)
    return None


def _checked(call: Call) -> list[str]:
    """Return the asked scopes. Raises AadstsError for what can be told at the redirect address."""
    argument = call.request.argument
    if argument("response_type") != "code":
        raise AadstsError.of(700054)
    if (argument("response_mode") or "query") != "query":
        raise AadstsError.of(90014, detail="The sandbox supports response_mode query only.")
    challenge = argument("code_challenge") or ""
    if not challenge:
        raise AadstsError.of(9002325)
    if argument("code_challenge_method") != "S256" or len(challenge) != _CHALLENGE_LENGTH:
        raise AadstsError.of(501491)
    claims_request.read(argument("claims"))
    return scopes.checked(argument("scope") or "")


def _chosen(call: Call, asked: list[str]) -> Response:
    argument, person = call.request.argument, call.person
    if argument("answer") == "cancel":
        raise AadstsError.of(65004, "redirect")
    if person is None:
        if argument("prompt") == "none":
            raise AadstsError.of(50058, "redirect")
        return _page(call)
    if consent.is_needed(call, person):
        if argument("prompt") == "none":
            raise AadstsError.of(65001, "redirect")
        return consent.page(call, person, asked)
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
    arguments = {name: value for name, value in call.request.arguments.items() if name != "answer"}
    with call.site.world.lock:
        people = list(call.tenant.people.values())
    hint = call.request.argument("login_hint") or ""
    hinted = next((one for one in people if claims.login_hint(one) == hint), call.tenant.person(hint))
    preselected = hinted or _signed_in(call)
    page = pages.choose_account(
        call.tenant.domain, people, arguments, preselected.object_id if preselected else None
    )
    return pages.secured(
        html_response(page), form_targets=pages.origin(call.request.argument("redirect_uri") or "")
    )


def _with_code(call: Call, person: Person, asked: list[str]) -> Response:
    argument, world = call.request.argument, call.site.world
    wish = claims_request.read(argument("claims"))
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
        answered=claims_request.answered(call.tenant, person, wish, so_far=0, is_interactive=True),
        has_cp1=wish.has_cp1,
    )
    world.add_code(value, code)
    _settle(call, person, wish.text)
    answers = {"code": value, "session_state": str(uuid.uuid4())}
    if argument("client_info") == "1":
        answers["client_info"] = client_info(*claims.home_of(call.tenant, person))
    response = _back(call, answers)
    response.headers.append(("Set-Cookie", f"{SESSION_COOKIE}={key}; Path=/; HttpOnly; SameSite=Lax"))
    return response


def _settle(call: Call, person: Person, claims_text: str) -> None:
    with call.site.world.lock:
        person.consent = "granted"
        refusals.satisfy(call.tenant, person, claims_text)
        call.site.world.changed()


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
    title = _TITLES.get(error.code, _TITLE)
    return pages.secured(html_response(pages.problem(error.sentence, lines, title=title), 400))


def struck(call: Call, deed: dict[str, object]) -> Response:
    """Render what a fault wants instead of the true answer: an error goes back, or on a page if `html`."""
    if not deed["aadsts"]:
        return faulty(call, deed)
    return problem_page(call, ordered(deed)) if deed["html"] else sent_back(call, ordered(deed))
