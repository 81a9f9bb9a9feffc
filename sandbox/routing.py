"""Which surface a request belongs to, of the TLS listener or of the pages, and the record of it."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox import pages
from sandbox.azure_devops import access, answers, connection, pats
from sandbox.calls import Call, Site
from sandbox.control import Control
from sandbox.entra import authorize, documents, errors, sign_out, token_endpoint
from sandbox.faults import FaultBook
from sandbox.wire import Request, Response, html_response, json_response


@dataclass(frozen=True)
class Router:
    """Hands each request to its surface; faults strike in between."""

    site: Site
    faults: FaultBook
    control: Control

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
        if tenant is not None and parts[1:3] == ["oauth2", "v2.0"] and len(parts) == 4:
            if parts[3] == "authorize":
                call = Call(self.site, request, tenant, "authorize", "", authorize.answer, authorize.struck)
                call.person = authorize.person_of(call)
                return self._answered(call)
            if parts[3] == "logout":
                return self._answered(
                    Call(self.site, request, tenant, "sign_out", "", sign_out.answer, errors.faulty)
                )
        return pages.secured(html_response(pages.problem("There is no such page here.", {}), 404))

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
            call.surface = "pats"
            call.verb = pats.verb_of(request.method, has_id=request.argument("authorizationId") is not None)
        elif parts[0] == "devops" and parts[2:] == ["_apis", "connectiondata"]:
            call.surface, call.act = "connection_data", connection.answer
        else:
            return answers.unknown_place()
        return self._answered(call)

    def _answered(self, call: Call) -> Response:
        entry = self.site.world.record(
            call.tenant,
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


def _unknown_tenant(name: str) -> Response:
    error = errors.AadstsError(90002, "invalid_tenant", f"Tenant '{name}' not found.")
    return json_response(
        {"error": error.error, "error_description": error.sentence, "error_codes": [error.code]}, 400
    )
