"""Who calls Azure DevOps, with what access, and in which version: the checks before any operation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from sandbox.azure_devops import answers
from sandbox.calls import Call, Site
from sandbox.conditions import Challenge
from sandbox.state import Person, Tenant
from sandbox.wire import Request, Response

RESOURCE_ID = "499b84ac-1321-427f-aa17-267ca6975798"
READING_SCOPES = frozenset({"vso.pats", "vso.pats_manage", "user_impersonation"})
WRITING_SCOPES = frozenset({"vso.pats_manage", "user_impersonation"})

_VERSION = re.compile(r"(?P<number>\d+\.\d+)(?P<preview>-preview(\.(?P<revision>\d+))?)?")
_VERSIONS = ("6.1", "7.0", "7.1", "7.2")


@dataclass(frozen=True)
class Caller:
    """A caller whose bearer was accepted, perhaps of another tenant than the organization's.

    `answered` is the moment of the latest challenge that the bearer answers; None is a bearer of an
    application that does not understand challenges, and so is never challenged.
    """

    tenant: Tenant
    person: Person
    scopes: frozenset[str]
    answered: int | None = None

    @property
    def challenge(self) -> Challenge | None:
        """Return the challenge that the bearer does not meet."""
        found = self.tenant.challenges.get(self.person.object_id)
        if found is None or self.answered is None or found.is_met_by(self.answered):
            return None
        return found


def caller_of(site: Site, request: Request) -> Caller | None:
    """Return who a request's bearer speaks for, or None without a usable one."""
    kind, _, text = request.header("Authorization").partition(" ")
    if kind.lower() != "bearer":
        return None
    with site.world.lock:
        for tenant in _likely_tenants(site, text):
            claims = site.keys.verified(text, tenant.key_ids, RESOURCE_ID)
            person = tenant.people.get(str(claims["oid"])) if claims else None
            if claims and person and claims["tid"] == tenant.tenant_id:
                answered = int(claims.get("xms_answered", 0)) if claims.get("xms_cc") else None
                return Caller(tenant, person, frozenset(str(claims["scp"]).split()), answered)
    return None


def _likely_tenants(site: Site, text: str) -> list[Tenant]:
    tenant_id = site.keys.unverified(text).get("tid")
    tenant = site.world.tenants.get(str(tenant_id))
    return [tenant] if tenant else []


def denial(call: Call, caller: Caller | None, scopes: frozenset[str]) -> Response | None:
    """Return the refusal of a caller, or None for one who may go on with one of the scopes."""
    if call.request.header("Authorization").lower().startswith("basic "):
        return answers.invalid_access()
    if caller is None:
        return answers.unauthenticated(call)
    if caller.challenge is not None:
        return answers.challenged(call, caller.tenant, caller.challenge.claims)
    identity = answers.identity_id(caller.tenant, caller.person)
    if caller.tenant is not call.tenant:
        return answers.refused(identity)
    is_member = call.organization is not None and call.organization.has_member(caller.person)
    if not is_member or not (caller.scopes & scopes):
        response = answers.refused(identity)
        response.headers.append(user_data(caller))
        return response
    return None


def user_data(caller: Caller) -> tuple[str, str]:
    """Return the header that proves that the caller was recognised."""
    identity = answers.identity_id(caller.tenant, caller.person)
    return "X-VSS-UserData", f"{identity}:{quote(caller.person.user_name, safe='@')}"


def version_of(request: Request) -> str | None:
    """Return the API version that a request names in its query or its Accept header."""
    named = request.argument("api-version")
    if named is None:
        match = re.search(r"api-version=([^;,\s]+)", request.header("Accept"))
        named = match[1] if match else None
    return named or None


def version_error(named: str | None) -> Response | None:
    """Return the refusal of an API version, or None for one that is served."""
    if named is None:
        message = "No api-version was supplied, neither in the Accept header nor as a query parameter."
        return answers.envelope(400, "VssVersionNotSpecifiedException", message)
    match = _VERSION.fullmatch(named)
    if match is None or match["number"] not in _VERSIONS or match["revision"] not in {None, "1"}:
        message = f"The requested REST API version of {named} is out of range for this server."
        return answers.envelope(400, "VssVersionOutOfRangeException", message)
    if not match["preview"]:
        message = f'Version "{named}" of the resource is under preview: the -preview flag must be supplied.'
        return answers.envelope(400, "VssInvalidPreviewVersionException", message)
    return None


def shown_version(named: str | None) -> str:
    """Return the full form of an accepted version, as the answer's content type shows it."""
    number = (named or answers.DEFAULT_VERSION).partition("-")[0]
    return f"{number}-preview.1"


def describes_errors(version: str) -> bool:
    """Tell whether a version carries `patTokenErrorMessage`."""
    return version.startswith("7.2")
