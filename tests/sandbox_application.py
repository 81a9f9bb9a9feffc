"""What stands between an application and Entra, in a test's hands: credentials, refusals, challenges."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from tests.sandbox_records import SandboxIdentity, SandboxPerson

if TYPE_CHECKING:
    from tests.sandbox_control import SandboxControl

EXCHANGE_AUDIENCE = "api://AzureADTokenExchange"


class Application:
    """The part of a tenant that concerns its application; `Tenant` is the whole."""

    control: SandboxControl
    tenant_id: str
    client_id: str

    def person(self, name: str) -> SandboxPerson:
        """Return a person; see `Tenant`."""
        raise NotImplementedError

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self.control.call(method, f"tenants/{self.tenant_id}{path}", body)

    @property
    def token_endpoint(self) -> str:
        """Return the address that client assertions have to name as their audience."""
        return f"{self.control.base_url}/{self.tenant_id}/oauth2/v2.0/token"

    def add_secret(self, value: str = "", *, expires_at: datetime | None = None) -> Credential:
        """Register another client secret; its value is `credential.value`."""
        value = value or f"sandbox-client-secret-{secrets.token_hex(4)}"
        return self._add_credential(kind="secret", value=value, expires_at=_seconds(expires_at))

    def add_certificate(self, pem: str) -> Credential:
        """Register a certificate (PEM, without its key); `sandbox_certificates` makes some."""
        return self._add_credential(kind="certificate", value=pem)

    def trust(
        self, issuer: str, subject: str, *, audience: str = EXCHANGE_AUDIENCE, public_key: str = ""
    ) -> Credential:
        """Register a federated credential; without a public key (PEM), the tenant's own keys sign it."""
        return self._add_credential(
            kind="federated", value=public_key, issuer=issuer, subject=subject, audience=audience
        )

    def _add_credential(self, **order: Any) -> Credential:
        made = self._call("POST", "/credentials", order)
        return Credential(self, made["credential_id"], value=order["value"])

    def expire_secret(self, *, is_expired: bool = True) -> None:
        """Let the client secret that the application has from the beginning be over, or good again."""
        self._call("PATCH", "", {"client_secret_expired": is_expired})

    def add_identity(self, *, is_trusted: bool = True) -> SandboxIdentity:
        """Make a managed identity, which the application trusts unless told otherwise."""
        return SandboxIdentity(**self._call("POST", "/identities", {"is_trusted": is_trusted}))

    def challenge(self, person: str, *, kind: str = "revoked") -> str:
        """Make Azure DevOps want newer access tokens of a person; return the claims as JSON text.

        Only access tokens of applications that declare CP1 are challenged. What meets the challenge is an
        access token asked for with those claims: after "revoked" any, after "mfa" only one of a sign-in that
        the person saw (a refresh is refused), after "network" none.
        """
        found = self._call("POST", "/challenges", {"person": self.person(person).object_id, "kind": kind})
        return next(
            str(one["claims"])
            for one in found["challenges"]
            if one["person"] == self.person(person).object_id
        )

    def refuse(
        self, number: int, *, person: str | None = None, place: str | None = None, times: int | None = None
    ) -> Refusal:
        """Make Entra refuse with an AADSTS number, wherever it raises it or only at one place.

        `place` is page, redirect, token (any grant), code, refresh or discovery; the error words come from
        sandbox/entra/refusals.tsv. Used as a context manager, it ends with the block.
        """
        order = {"number": number, "place": place, "times": times}
        order |= {"person": self.person(person).object_id} if person else {}
        return Refusal(self, self._call("POST", "/refusals", order)["refusal_id"])

    def end_refusals(self) -> None:
        """Remove every refusal of the tenant."""
        self._call("DELETE", "/refusals")

    def end_challenge(self, person: str) -> None:
        """Let every access token of a person be accepted again."""
        self._call("DELETE", f"/challenges/{self.person(person).object_id}")


class _Removable:
    """Something that was added to a tenant; a context manager that removes it."""

    part: ClassVar[str]

    def __init__(self, tenant: Application, key: str) -> None:
        self.tenant = tenant
        self.key = key

    def remove(self) -> None:
        """Remove it; one that has struck often enough is gone already."""
        self.tenant.control.call("DELETE", f"tenants/{self.tenant.tenant_id}/{self.part}/{self.key}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.remove()


class Fault(_Removable):
    """A fault that was added."""

    part = "faults"


class Refusal(_Removable):
    """A refusal that waits for somebody."""

    part = "refusals"


class Credential(_Removable):
    """A credential that was registered."""

    part = "credentials"

    def __init__(self, tenant: Application, key: str, *, value: str) -> None:
        super().__init__(tenant, key)
        self.value = value

    def expire(self, at: datetime) -> None:
        """Let a secret end at a moment, perhaps one that is over."""
        path = f"tenants/{self.tenant.tenant_id}/{self.part}/{self.key}"
        self.tenant.control.call("PATCH", path, {"expires_at": at.timestamp()})


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
