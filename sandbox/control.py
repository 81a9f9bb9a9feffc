"""The control interface: makes tenants, people, PATs and faults, and tells the truth about them.

JSON over TLS on loopback, without credentials. Faults never strike it. Below /control/tenants:

    GET, POST                               POST makes one, see `orders.tenant`
    GET, PATCH, DELETE  {tenant}            settings, policies, domain, client secret
    POST                {tenant}/people     also PATCH and DELETE …/people/{person}
    POST                {tenant}/organizations
                                            also PATCH (members, policies, a new name, `offline_status`) and
                                            DELETE …/organizations/{name}
    GET, POST           {tenant}/pats       also PATCH …/pats/{authorization id}
    GET, POST, DELETE   {tenant}/faults     also DELETE …/faults/{fault}; see `faults`
    GET, DELETE         {tenant}/requests   what reached the tenant
    GET, DELETE         {tenant}/calls      by object id, the most calls of Azure DevOps open at once
    GET, POST           {tenant}/challenges {"person", "kind"}: Azure DevOps wants newer access tokens, see
                                            `conditions`; also DELETE …/challenges/{person}
    GET, POST, DELETE   {tenant}/refusals   {"number", "person", "place", "times"}: Entra refuses with an
                                            AADSTS number, see `entra.numbers`; also DELETE …/refusals/{key}
    GET, POST           {tenant}/credentials
                                            {"kind": "secret", "certificate" or "federated", …}: by what the
                                            application proves itself, see `credentials`; also PATCH and
                                            DELETE …/credentials/{key}
    GET, POST           {tenant}/identities {"is_trusted"}: a managed identity, and where it gets assertions
    POST                {tenant}/keys/rotate
                                            {"drop_old": true} unlists the old key
    POST                {tenant}/refresh/revoke
                                            of one {"person": …} or of everybody

Below /control/mail, of what arrived over SMTP:

    GET, DELETE         (nothing)           the newest mails ({"recipient": …}: those to one address), and
                                            how often each Message-ID was accepted; DELETE forgets both
    GET                 {number}            one mail, with its `raw` text
    GET, POST, DELETE   faults              also DELETE faults/{fault}; see `mail.faults`
    POST                cut                 resets every connection that is open

And beside them GET /control/holds/{name}, POST /control/holds/{name}/release: how many answers wait; let go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sandbox import orders, standing_orders
from sandbox.calls import Site
from sandbox.entra import managed_identity
from sandbox.entra.token_endpoint import revoke
from sandbox.faults import FaultBook, UnknownFaultError
from sandbox.mail import MailDesk
from sandbox.orders import UnknownThingError
from sandbox.state import Tenant
from sandbox.wire import Request, Response, json_response
from sandbox.world import NameTakenError

_Handler = Callable[[Tenant, list[str], dict[str, Any]], Any]


@dataclass(frozen=True)
class Control:
    """Answers the requests under /control."""

    site: Site
    faults: FaultBook
    mail: MailDesk

    def answer(self, request: Request) -> Response:
        """Answer one request; a mistake in it is told in `error`."""
        try:
            body = request.json() if request.body else {}
            if not isinstance(body, dict):
                return _error(400, "the body is a JSON object")
            result = self._routed(request.method, request.segments[1:], body)
        except UnknownThingError as exc:
            return _error(404, f"unknown: {exc}")
        except NameTakenError as exc:
            return _error(409, f"name is taken: {exc}")
        except (UnknownFaultError, ValueError, TypeError, KeyError) as exc:
            return _error(400, f"{type(exc).__name__}: {exc}")
        return json_response(result) if result is not None else _error(405, "no such thing to do")

    def _routed(self, method: str, path: list[str], body: dict[str, Any]) -> Any:
        match path:
            case ["tenants"]:
                return self._tenants(method, body)
            case ["mail", *rest]:
                return self.mail.answer(method, rest, body)
            case ["holds", name]:
                return {"waiting": self.faults.waiting(name)} if method == "GET" else None
            case ["holds", name, "release"] if method == "POST":
                self.faults.release(name)
                return {"waiting": self.faults.waiting(name)}
            case ["tenants", tenant_id]:
                return self._tenant(method, self._found(tenant_id), body)
            case ["tenants", tenant_id, part, *rest]:
                return self._part(method, self._found(tenant_id), [part, *rest], body)
        raise UnknownThingError("/".join(path))

    def _found(self, tenant_id: str) -> Tenant:
        tenant = self.site.world.tenant(tenant_id)
        if tenant is None:
            raise UnknownThingError(tenant_id)
        return tenant

    def _tenants(self, method: str, body: dict[str, Any]) -> Any:
        world = self.site.world
        with world.lock:
            if method == "GET":
                return {"tenants": [orders.shown_tenant(tenant) for tenant in world.tenants.values()]}
            if method == "POST":
                tenant = orders.tenant(body, self.site.keys.first_id)
                world.add_tenant(tenant)
                return orders.shown_tenant(tenant)
        return None

    def _tenant(self, method: str, tenant: Tenant, body: dict[str, Any]) -> Any:
        with self.site.world.lock:
            if method == "DELETE":
                self.faults.remove(tenant.tenant_id)
                self.site.world.remove_tenant(tenant)
            elif method == "PATCH":
                orders.change_tenant(tenant, body)
                self.site.world.changed()
            elif method != "GET":
                return None
            return orders.shown_tenant(tenant)

    def _part(self, method: str, tenant: Tenant, path: list[str], body: dict[str, Any]) -> Any:
        if path == ["keys", "rotate"] and method == "POST":
            key_id = self.site.keys.new_key()
            with self.site.world.lock:
                tenant.key_ids = [*tenant.key_ids[-1:], key_id] if not body.get("drop_old") else [key_id]
                self.site.world.changed()
            return {"key_ids": tenant.key_ids}
        handlers = {
            "faults": self._faults,
            "requests": self._requests,
            "calls": self._calls,
            "people": self._people,
            "organizations": self._organizations,
            "pats": self._pats,
            "refresh": self._refresh,
            "challenges": standing_orders.challenges,
            "refusals": standing_orders.waiting_refusals,
            "credentials": standing_orders.credentials,
            "identities": self._identities,
        }
        if path[0] not in handlers:
            raise UnknownThingError("/".join(path))
        with self.site.world.lock:
            result = handlers[path[0]](method, tenant, path[1:], body)
            if method != "GET" and path[0] not in {"faults", "requests", "calls"}:
                self.site.world.changed()
        return result

    def _faults(self, method: str, tenant: Tenant, path: list[str], body: dict[str, Any]) -> Any:
        if method == "POST" and not path:
            return self.faults.add(tenant.tenant_id, body).to_json()
        if method == "DELETE":
            self.faults.remove(tenant.tenant_id, path[0] if path else None)
        return {"faults": [fault.to_json() for fault in self.faults.list(tenant.tenant_id)]}

    def _requests(self, method: str, tenant: Tenant, _path: list[str], _body: dict[str, Any]) -> Any:
        if method == "DELETE":
            self.site.world.log.forget_requests(tenant.tenant_id)
        return {"requests": [asdict(entry) for entry in self.site.world.log.requests(tenant.tenant_id)]}

    def _calls(self, method: str, tenant: Tenant, _path: list[str], _body: dict[str, Any]) -> Any:
        if method == "DELETE":
            self.site.world.log.forget_calls(tenant.tenant_id)
        return {"most_at_once": self.site.world.log.most_at_once(tenant.tenant_id)}

    def _people(self, method: str, tenant: Tenant, path: list[str], body: dict[str, Any]) -> Any:
        if method == "POST" and not path:
            person = orders.person(body)
            if person.object_id in tenant.people or tenant.person(person.user_name):
                raise NameTakenError(person.user_name)
            tenant.people[person.object_id] = person
            return orders.shown_person(person)
        if len(path) != 1:
            return None
        found = orders.found_person(tenant, path[0])
        if method == "PATCH":
            orders.change_person(found, body)
        elif method == "DELETE":
            del tenant.people[found.object_id]
        return orders.shown_person(found)

    def _organizations(self, method: str, tenant: Tenant, path: list[str], body: dict[str, Any]) -> Any:
        if method == "POST" and not path:
            organization = orders.organization(tenant, body)
            self.site.world.add_organization(tenant, organization)
            return orders.shown_organization(organization)
        if len(path) != 1 or path[0].lower() not in tenant.organizations:
            raise UnknownThingError("/".join(path))
        found = tenant.organizations[path[0].lower()]
        if method == "PATCH":
            name = body.pop("name", found.name)
            orders.change_organization(tenant, found, body)
            self.site.world.rename_organization(tenant, found, name)
        elif method == "DELETE":
            del tenant.organizations[path[0].lower()]
        return orders.shown_organization(found)

    def _pats(self, method: str, tenant: Tenant, path: list[str], body: dict[str, Any]) -> Any:
        if method == "POST" and not path:
            made = orders.pats(tenant, body)
            tenant.pats |= {pat.authorization_id: pat for pat in made}
            return {"pats": [orders.shown_pat(tenant, pat) for pat in made]}
        if method == "GET" and not path:
            return {"pats": [orders.shown_pat(tenant, pat) for pat in tenant.pats.values()]}
        if len(path) != 1 or path[0].lower() not in tenant.pats:
            raise UnknownThingError("/".join(path))
        pat = tenant.pats[path[0].lower()]
        if method == "PATCH":
            orders.change_pat(pat, body)
        return orders.shown_pat(tenant, pat)

    def _identities(self, method: str, tenant: Tenant, path: list[str], body: dict[str, Any]) -> Any:
        if method != "POST" or path:
            return None
        address = managed_identity.address(self.site.pages_url, tenant)
        return standing_orders.identities(tenant, body, address=address, issuer=self.site.issuer(tenant))

    def _refresh(self, method: str, tenant: Tenant, path: list[str], body: dict[str, Any]) -> Any:
        if method != "POST" or path != ["revoke"]:
            return None
        person = orders.found_person(tenant, body["person"]) if body.get("person") else None
        return {"revoked": revoke(tenant, person_id=person.object_id if person else None)}


def _error(status: int, text: str) -> Response:
    return json_response({"error": text}, status)
