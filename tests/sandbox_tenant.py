"""One tenant of the sandbox in a test's hands: people, PATs, faults and the record of requests."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from requests import Response

from tests import sandbox_records as records
from tests.sandbox_application import Application, Fault
from tests.sandbox_records import SandboxOrganization, SandboxPat, SandboxPerson, SandboxRequest

if TYPE_CHECKING:
    from tests.sandbox_control import SandboxControl


class Tenant(Application):
    """One tenant of the sandbox, with its people and organizations by name."""

    def __init__(self, control: SandboxControl, data: Mapping[str, Any]) -> None:
        self.control = control
        self.tenant_id: str = data["tenant_id"]
        self.client_id: str = data["client_id"]
        self.client_secret: str = data["client_secret"]
        self.domain: str = data["domain"]
        self.people = [records.person(one) for one in data["people"]]
        self.organizations = [
            SandboxOrganization(one["name"], one["instance_id"]) for one in data["organizations"]
        ]

    @property
    def authority(self) -> str:
        """Return what belongs into ENTRA_AUTHORITY."""
        return f"{self.control.base_url}/{self.tenant_id}"

    @property
    def issuer(self) -> str:
        """Return the issuer that ID tokens of this tenant name."""
        return f"{self.authority}/v2.0"

    @property
    def vssps_url(self) -> str:
        """Return what belongs into AZURE_DEVOPS_VSSPS_URL."""
        return f"{self.control.base_url}/vssps"

    @property
    def devops_url(self) -> str:
        """Return what belongs into AZURE_DEVOPS_URL."""
        return f"{self.control.base_url}/devops"

    def settings(self) -> dict[str, Any]:
        """Return the portal's settings (Django names and types) for this tenant."""
        return {
            "ENTRA_AUTHORITY": self.authority,
            "ENTRA_CLIENT_ID": self.client_id,
            "ENTRA_CLIENT_SECRET": self.client_secret,
            "ENTRA_CA_BUNDLE": self.control.ca_bundle,
            "AZURE_DEVOPS_VSSPS_URL": self.vssps_url,
            "AZURE_DEVOPS_URL": self.devops_url,
            "AZURE_DEVOPS_CA_BUNDLE": self.control.ca_bundle,
            "AZURE_DEVOPS_ORGANIZATIONS": [one.name for one in self.organizations],
            "ALLOW_OTHER_HOSTS": True,
        }

    def person(self, name: str) -> SandboxPerson:
        """Return a person by first name, full name, user name or object id, whatever the case."""
        wanted = name.lower()
        for one in self.people:
            names = {
                one.object_id,
                one.name.lower(),
                one.user_name.lower(),
                one.user_name.partition("@")[0].lower(),
            }
            if wanted in names:
                return one
        raise KeyError(name)

    def organization(self, name: str) -> SandboxOrganization:
        """Return an organization by its name or the part of it before the first hyphen."""
        return next(one for one in self.organizations if name in {one.name, one.name.partition("-")[0]})

    def change(self, **settings: Any) -> None:
        """Change settings such as `list_lag_seconds` or `one_time_refresh`, or replace the `policies`.

        `shortening` says what becomes of an update to an earlier end: allowed, refused or ignored.
        """
        self._call("PATCH", "", settings)

    def change_person(self, name: str, /, **changes: Any) -> SandboxPerson:
        """Change a person: `disabled`, `roles`, `name`, `user_name`, `email`, `guest`, `consent`."""
        changed = records.person(self._call("PATCH", f"/people/{self.person(name).object_id}", changes))
        self.people = [changed if one.object_id == changed.object_id else one for one in self.people]
        return changed

    def add_person(self, **facts: Any) -> SandboxPerson:
        """Add a person: at least `name` and `user_name`."""
        added = records.person(self._call("POST", "/people", facts))
        self.people.append(added)
        return added

    def change_organization(self, name: str, /, **changes: Any) -> None:
        """Change an organization's `members` (user names, None is all), `policies`, `offline_status`."""
        self._call("PATCH", f"/organizations/{self.organization(name).name}", changes)

    def rename_organization(self, old: str, new: str) -> SandboxOrganization:
        """Give an organization another name; nobody answers at the old one any more."""
        found = self.organization(old)
        self._call("PATCH", f"/organizations/{found.name}", {"name": new})
        renamed = SandboxOrganization(new, found.instance_id)
        self.organizations = [renamed if one == found else one for one in self.organizations]
        return renamed

    def remove_organization(self, name: str) -> None:
        """Delete an organization for good."""
        found = self.organization(name)
        self._call("DELETE", f"/organizations/{found.name}")
        self.organizations.remove(found)

    @contextmanager
    def offline(self, name: str, *, status: int = 503) -> Iterator[None]:
        """Take an organization offline during the block: X-VSS-HostOfflineError with that status."""
        self.change_organization(name, offline_status=status)
        try:
            yield
        finally:
            self.change_organization(name, offline_status=0)

    def remove_person(self, name: str) -> None:
        """Delete somebody from the directory; their refresh tokens are refused with 50034."""
        found = self.person(name)
        self._call("DELETE", f"/people/{found.object_id}")
        self.people.remove(found)

    def fault(self, surface: str, /, *, times: int | None = None, **wish: Any) -> Fault:
        """Add a fault; of `wish`, `verb`, `organization` and `person` say which calls, the rest what it does.

        Used as a context manager, it ends with the block.
        """
        match: dict[str, Any] = {
            key: wish.pop(key) for key in ("verb", "organization", "person") if key in wish
        }
        order = {"match": {"surface": surface, **match}, "times": times, "do": wish}
        return Fault(self, self._call("POST", "/faults", order)["fault_id"])

    def throttle(
        self,
        *,
        person: str | None = None,
        verb: str | None = None,
        retry_after: float | None = 1,
        is_blocked: bool = True,
        times: int | None = 1,
    ) -> Fault:
        """Slow a person down: 429 with the rate limit's headers, or, not blocked, only the headers.

        `retry_after` None leaves Retry-After out, as some answers do.
        """
        headers = {
            "X-RateLimit-Resource": "Core/Tokens",
            "X-RateLimit-Limit": "200",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": str(int(time.time()) + 300),
        }
        headers |= {} if is_blocked else {"X-RateLimit-Delay": "0.250"}
        headers |= {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        wish: dict[str, Any] = {"headers": headers} | ({"status": 429} if is_blocked else {})
        wish |= {"person": self.person(person).object_id} if person else {}
        return self.fault("pats", times=times, **wish, **({"verb": verb} if verb else {}))

    def forge_id_token(self, *, times: int | None = None, **claims: Any) -> Fault:
        """Make Entra issue forged ID tokens: any claim with another value, None for without it.

        `alg` is RS256, HS256 or none; `key` is own, unknown (another key under the same id) or unlisted.
        """
        return self.fault("token_endpoint", times=times, forge=claims)

    @contextmanager
    def hold(self, name: str, /, surface: str = "pats", **wish: Any) -> Iterator[None]:
        """Hold the next matching answer after its effect, and let it go at the end of the block."""
        fault = self.fault(surface, times=wish.pop("times", 1), hold=name, **wish)
        try:
            yield
        finally:
            fault.remove()
            self.control.release(name)

    def clear_faults(self) -> None:
        """Remove every fault of the tenant."""
        self._call("DELETE", "/faults")

    def rotate_keys(self, *, drop_old: bool = False) -> list[str]:
        """Sign with a new key from now on; the one before stays listed unless dropped."""
        return list(self._call("POST", "/keys/rotate", {"drop_old": drop_old})["key_ids"])

    def revoke_refresh(self, person: str | None = None) -> int:
        """Revoke the refresh tokens of a person, or of everybody."""
        body = {"person": self.person(person).object_id} if person else {}
        return int(self._call("POST", "/refresh/revoke", body)["revoked"])

    def add_pat(
        self,
        person: str,
        organization: str,
        display_name: str = "made elsewhere",
        *,
        scope: str = "vso.code",
        valid_from: datetime | None = None,
        valid_to: datetime | None = None,
        all_orgs: bool = False,
        revoked: bool = False,
    ) -> SandboxPat:
        """Make a PAT as if somebody had made it elsewhere."""
        moments: dict[str, Any] = {"valid_from": valid_from, "valid_to": valid_to}
        return self.add_pats(
            person, organization, display_name, scope=scope, all_orgs=all_orgs, revoked=revoked, **moments
        )[0]

    def add_pats(
        self, person: str, organization: str, display_name: str, count: int = 1, **facts: Any
    ) -> list[SandboxPat]:
        """Make many PATs at once, numbered in their names."""
        order = {
            "person": self.person(person).object_id,
            "organization": self.organization(organization).name,
            "display_name": display_name,
            "scope": "vso.code",
            "count": count,
            **{key: _as_text(value) for key, value in facts.items()},
        }
        return [records.pat(one) for one in self._call("POST", "/pats", order)["pats"]]

    def change_pat(self, pat: SandboxPat | str, /, **changes: Any) -> SandboxPat:
        """Change a PAT elsewhere: `display_name`, `scope`, `valid_from`, `valid_to`, `revoked`."""
        key = pat if isinstance(pat, str) else pat.authorization_id
        body = {name: _as_text(value) for name, value in changes.items()}
        return records.pat(self._call("PATCH", f"/pats/{key}", body))

    def pats(self, *, person: str | None = None, organization: str | None = None) -> list[SandboxPat]:
        """Return the truth about every PAT, or those of a person or an organization."""
        found = [records.pat(one) for one in self._call("GET", "/pats")["pats"]]
        if person is not None:
            found = [one for one in found if one.person == self.person(person).user_name]
        if organization is not None:
            found = [one for one in found if one.organization == self.organization(organization).name]
        return found

    def requests(self, surface: str | None = None, *, verb: str | None = None) -> list[SandboxRequest]:
        """Return the recorded requests, oldest first."""
        found = [SandboxRequest(**one) for one in self._call("GET", "/requests")["requests"]]
        return [one for one in found if surface in {None, one.surface} and verb in {None, one.verb}]

    def forget_requests(self) -> None:
        """Empty the record of requests."""
        self._call("DELETE", "/requests")

    def most_calls_at_once(self, person: str) -> int:
        """Return how many calls of Azure DevOps a person had open at once at most."""
        found = self._call("GET", "/calls")["most_at_once"]
        return int(found.get(self.person(person).object_id, 0))

    def forget_calls(self) -> None:
        """Begin anew to count the calls that are open at once."""
        self._call("DELETE", "/calls")

    def sign_in(self, portal_auth_uri: str, person: str) -> str:
        """Play the browser through the authorize page as a person; return the callback address."""
        return self.control.sign_in(portal_auth_uri, self.person(person).object_id)

    def visit(self, address: str, person: str | None = None, *, answer: str | None = None) -> Response:
        """Open a page in a fresh browser, perhaps as a person, perhaps pressing accept or cancel."""
        chosen = self.person(person).object_id if person else None
        return self.control.visit(address, person=chosen, answer=answer)

    def remove(self) -> None:
        """Forget the tenant."""
        self._call("DELETE", "")


def _as_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
