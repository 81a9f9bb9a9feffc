"""Permission for the application: asked of a person at sign-in, or of an administrator for everybody."""

from __future__ import annotations

from urllib.parse import urlencode

from sandbox import pages
from sandbox.calls import Call
from sandbox.entra import scopes
from sandbox.entra.errors import AadstsError, Trace, unknown_client
from sandbox.entra.registration import is_registered
from sandbox.state import Person, Tenant
from sandbox.wire import Response, html_response, redirect

_QUESTION = "The application asks for your permission to act for you."
_QUESTION_FOR_ALL = "The application asks for permission to act for everybody in {domain} who signs in to it."
_ADMINISTRATOR = "an administrator"
_IN_WORDS = {
    "vso.pats": "read what personal access tokens there are",
    "vso.pats_manage": "create, change and revoke personal access tokens",
    "user_impersonation": "do in Azure DevOps whatever the person may do",
    "openid": "know who signs in",
    "profile": "see name and account",
    "email": "see the e-mail address",
    "offline_access": "keep the access that it is given",
}


def is_needed(call: Call, person: Person) -> bool:
    """Tell whether a person has to be asked, and has not answered yet."""
    if call.request.argument("answer") == "accept":
        return False
    return person.consent != "granted" or call.request.argument("prompt") == "consent"


def page(call: Call, person: Person, asked: list[str]) -> Response:
    """Return the page that asks a person."""
    return _page(call, _QUESTION, person.user_name, asked, title="Permissions requested")


def _page(call: Call, question: str, account: str, asked: list[str], *, title: str) -> Response:
    arguments = {name: value for name, value in call.request.arguments.items() if name != "answer"}
    text = pages.consent(question, account, _permissions(call.tenant, asked), arguments, title=title)
    target = pages.origin(call.request.argument("redirect_uri") or "")
    return pages.secured(html_response(text), form_targets=target)


def _permissions(tenant: Tenant, asked: list[str]) -> list[str]:
    own = scopes.granted(tenant, asked).permissions if set(asked) - scopes.RESERVED else ()
    names = [*own, *(scope for scope in asked if scope in scopes.RESERVED)]
    return [_IN_WORDS.get(name, f"use the permission {name}") for name in names]


def approve(call: Call) -> Response:
    """Answer an administrator who came by the link that one sends to administrators."""
    argument, tenant = call.request.argument, call.tenant
    problem = None
    if (argument("client_id") or "").lower() != tenant.client_id:
        problem = unknown_client(argument("client_id") or "", tenant)
    elif not is_registered(tenant, argument("redirect_uri") or ""):
        problem = AadstsError.of(50011, "page")
    if problem is not None:
        return pages.secured(html_response(pages.problem(problem.sentence, {}), 400))
    try:
        asked = scopes.checked(argument("scope") or "")
    except AadstsError as exc:
        return _back(call, _told(call, exc))
    if argument("answer") == "cancel":
        return _back(call, _told(call, AadstsError.of(65004, "redirect")) | {"error_subcode": "cancel"})
    if argument("answer") != "accept":
        question = _QUESTION_FOR_ALL.format(domain=tenant.domain)
        return _page(call, question, _ADMINISTRATOR, asked, title="Permissions for your organization")
    with call.site.world.lock:
        for person in tenant.people.values():
            person.consent = "granted"
        call.site.world.changed()
    return _back(call, {"admin_consent": "True", "tenant": tenant.tenant_id, "scope": " ".join(asked)})


def _told(call: Call, error: AadstsError) -> dict[str, str]:
    return {"error": error.error, "error_description": Trace.of(call).described(error)}


def _back(call: Call, answers: dict[str, str]) -> Response:
    address, state = call.request.argument("redirect_uri") or "", call.request.argument("state")
    answers |= {"state": state} if state is not None else {}
    return redirect(f"{address}{'&' if '?' in address else '?'}{urlencode(answers)}")
