"""Which surface a request belongs to, of the TLS listener or of the pages, and the record of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox import pages
from sandbox.azure_devops import access, answers, connection, pats, verdicts
from sandbox.calls import Call, Site
from sandbox.control import Control
from sandbox.entra import authorize, consent, documents, errors, managed_identity, sign_out, token_endpoint
from sandbox.faults import FaultBook
from sandbox.mail import Mailbox
from sandbox.pages import mailbox as mailbox_pages
from sandbox.wire import Request, Response, html_response, json_response, redirect


@dataclass(frozen=True)
class _Place:
    surface: str
    act: Callable[[Call], Response]
    refuse: Callable[[Call, dict[str, Any]], Response] = errors.faulty


# Plain http on loopback: what people's browsers visit, and what the platform offers to a program on it.
_BROWSED: dict[tuple[str, ...], _Place] = {
    ("oauth2", "v2.0", "authorize"): _Place("authorize", authorize.answer, authorize.struck),
    ("oauth2", "v2.0", "logout"): _Place("sign_out", sign_out.answer),
    ("v2.0", "adminconsent"): _Place("admin_consent", consent.approve),
    ("msi", "token"): _Place("managed_identity", managed_identity.answer),
}


@dataclass(frozen=True)
class Router:
    """Hands each request to its surface; faults strike in between."""

    site: Site
    faults: FaultBook
    control: Control
    mailbox: Mailbox

    def secure(self, request: Request) -> Response:
        """Answer a request of the TLS listener."""
        parts = request.segments
        if parts[0] == "control":
            return self.control.answer(request)
        folded = [part.lower() for part in parts]
        if len(parts) >= 2 and folded[0] in {"vssps", "devops"}:
            return self._azure_devops(request, folded)
        return self._entra(request, folded)

    def browsed(self, request: Request) -> Response:
        """Answer a request of the pages' listener."""
        if request.path == "/sandbox.css":
            return Response(200, pages.style_sheet(), [("Content-Type", "text/css; charset=utf-8")])
        parts = request.segments
        tenant = self.site.world.tenant(parts[0])
        if parts == [""]:
            return self._landing()
        if parts[0] == "mail":
            return mailbox_pages.answer(self.mailbox, parts[1:]) or _no_page()
        place = _BROWSED.get(tuple(parts[1:]))
        if tenant is None or place is None:
            return _no_page()
        call = Call(self.site, request, tenant, place.surface, "", place.act, place.refuse)
        if place.surface == "authorize":
            call.person = authorize.person_of(call)
        return self._answered(call)

    def _landing(self) -> Response:
        with self.site.world.lock:
            people = [
                person.name
                for tenant in self.site.world.tenants.values()
                for person in tenant.people.values()
            ]
        return pages.secured(html_response(pages.landing(people)))

    def _entra(self, request: Request, parts: list[str]) -> Response:
        tenant, place = self.site.world.tenant(parts[0]), parts[1:]
        if tenant is None:
            return _unknown_tenant(parts[0])
        call = Call(self.site, request, tenant, "", "", documents.discovery, errors.faulty)
        if place == ["v2.0", ".well-known", "openid-configuration"]:
            call.surface = "discovery"
        elif place == ["discovery", "v2.0", "keys"]:
            call.surface, call.act = "keys", documents.keys
        elif place == ["oauth2", "v2.0", "token"]:
            call.surface, call.act = "token_endpoint", token_endpoint.answer
            call.verb = request.form.get("grant_type", "")
            call.person = token_endpoint.person_of(self.site.world, tenant, request.form)
        elif place == ["v2.0", "adminconsent"]:
            # People's browsers need no certificate for the plain pages.
            return redirect(f"{self.site.pages_url}{request.path}?{request.query}")
        else:
            return json_response({"error": "not_found"}, 404)
        return self._answered(call)

    def _azure_devops(self, request: Request, parts: list[str]) -> Response:
        found = self.site.world.organization(parts[1])
        caller = access.caller_of(self.site, request)
        if found is None:
            return answers.unknown_place()
        tenant, organization = found
        call = Call(self.site, request, tenant, "", "", pats.answer, answers.faulty, organization)
        call.person = caller.person if caller and caller.tenant is tenant else None
        if parts[0] == "vssps" and parts[2:] == ["_apis", "tokens", "pats"]:
            call.surface, call.refuse = "pats", verdicts.faulty
            call.verb = pats.verb_of(request.method, has_id=request.argument("authorizationId") is not None)
        elif parts[0] == "devops" and parts[2:] == ["_apis", "connectiondata"]:
            call.surface, call.act = "connection_data", connection.answer
        else:
            return answers.unknown_place()
        if organization.offline_status:
            call.act = answers.offline
        if call.person is None:
            return self._answered(call)
        with self.site.world.log.counted(tenant.tenant_id, call.person.object_id):
            return self._answered(call)

    def _answered(self, call: Call) -> Response:
        entry = self.site.world.log.add(
            call.tenant.tenant_id,
            surface=call.surface,
            verb=call.verb,
            method=call.request.method,
            path=call.request.path,
            query=call.request.query,
            organization=call.organization.name if call.organization else None,
            person=call.person.user_name if call.person else None,
            user_agent=call.request.header("User-Agent"),
        )
        response = self.faults.answer(call)
        if not response.is_cut:
            entry.activity_id = dict(response.headers).get("ActivityId", "")
            entry.status = response.status
        return response


def _no_page() -> Response:
    page = pages.problem("There is no such page here.", {}, title="Nothing is here")
    return pages.secured(html_response(page, 404))


def _unknown_tenant(name: str) -> Response:
    error = errors.AadstsError.of(90002, "discovery", detail=f"Tenant '{name}' not found.")
    return json_response(
        {"error": error.error, "error_description": error.sentence, "error_codes": [error.code]}, 400
    )
