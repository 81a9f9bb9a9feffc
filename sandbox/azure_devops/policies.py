"""What administrators forbid: policies of the tenant and of one organization, refused or shortened."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from sandbox.azure_devops import scopes
from sandbox.azure_devops.dates import TICKS_PER_DAY
from sandbox.state import Organization, Person, Tenant


class UnknownPolicyError(ValueError):
    """The control interface named a policy or a value that does not exist."""


@dataclass(frozen=True)
class Policies:
    """The policies that hold in one organization; `allowlist` holds user names or object ids."""

    max_days: int | None = None
    lifespan_mode: str = "error"
    no_full_scope: bool = False
    no_global: bool = False
    creation_restricted: bool = False
    packaging_exception: bool = False
    allowlist: list[str] = field(default_factory=list)


def policies_of(tenant: Tenant, organization: Organization) -> Policies:
    """Return what holds in an organization: the tenant's policies, overridden by its own."""
    return Policies(**(tenant.policies | organization.policies))


def checked(values: dict[str, Any]) -> dict[str, Any]:
    """Return policies as given. Raises UnknownPolicyError."""
    known = {one.name for one in fields(Policies)}
    if not set(values) <= known or values.get("lifespan_mode", "error") not in {"error", "clamp"}:
        raise UnknownPolicyError(f"policies are {sorted(known)}, lifespan_mode is error or clamp")
    return values


def violation(policies: Policies, person: Person, scope: str, *, is_global: bool) -> str | None:
    """Return the error of a policy that forbids a PAT, or None; its life is another matter."""
    if policies.creation_restricted and not _is_excepted(policies, person, scope):
        return "disablePatCreationPolicyViolation"
    if is_global:
        return "globalPatPolicyViolation" if policies.no_global else "globalPATCreationBlocked"
    if policies.no_full_scope and scopes.FULL_ACCESS in scope.split():
        return "fullScopePatPolicyViolation"
    return None


def change_violation(policies: Policies, before: str, after: str, *, makes_global: bool) -> str | None:
    """Return the error of a policy that forbids a change from scopes to others, or None.

    Who may create plays no part, and full access that a PAT has already is not taken away.
    """
    if makes_global:
        return "globalPatPolicyViolation" if policies.no_global else "globalPATCreationBlocked"
    is_new = scopes.FULL_ACCESS in after.split() and scopes.FULL_ACCESS not in before.split()
    return "fullScopePatPolicyViolation" if policies.no_full_scope and is_new else None


def _is_excepted(policies: Policies, person: Person, scope: str) -> bool:
    if {person.object_id, person.user_name} & set(policies.allowlist):
        return True
    return policies.packaging_exception and scopes.PACKAGING.issuperset(scope.split())


def allowed_end(policies: Policies, valid_from: int, valid_to: int) -> int | None:
    """Return the end that a PAT may have, in ticks, or None when the wish is refused."""
    if policies.max_days is None:
        return valid_to
    latest = valid_from + policies.max_days * TICKS_PER_DAY
    if valid_to <= latest:
        return valid_to
    return latest if policies.lifespan_mode == "clamp" else None
