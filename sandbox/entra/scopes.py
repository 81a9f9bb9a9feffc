"""The scopes of a sign-in: what may be asked for, and what the answer says was granted."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.azure_devops import scopes as pat_scopes
from sandbox.azure_devops.access import RESOURCE_ID
from sandbox.entra.errors import AadstsError
from sandbox.state import Tenant

GRAPH_ID = "00000003-0000-0000-c000-000000000000"
RESERVED = frozenset({"openid", "profile", "offline_access", "email"})
_ENTRA_ONLY = frozenset({"user_impersonation", "vso.pats", "vso.pats_manage"})
_ON_RESOURCE = _ENTRA_ONLY | (pat_scopes.KNOWN - {pat_scopes.FULL_ACCESS})


@dataclass(frozen=True)
class Granted:
    """What a set of asked scopes amounts to: the audience, its permissions, and the `scope` of the answer."""

    audience: str
    permissions: tuple[str, ...]
    shown: str


def checked(text: str) -> list[str]:
    """Return the asked scopes, each once, in their order. Raises AadstsError."""
    asked = list(dict.fromkeys(text.split()))
    if not asked:
        raise AadstsError.of(900144, detail="The request body must contain the following parameter: 'scope'.")
    for scope in asked:
        resource, _, name = scope.rpartition("/")
        if scope in RESERVED:
            continue
        if resource != RESOURCE_ID:
            raise AadstsError.of(
                70011,
                detail=f"The provided value for the input parameter 'scope' is not valid: {scope}",
            )
        if name not in _ON_RESOURCE | {".default"}:
            raise AadstsError.of(
                650053,
                detail=f"The application asked for scope '{name}', unknown to the resource '{RESOURCE_ID}'.",
            )
    return asked


def granted(tenant: Tenant, asked: list[str]) -> Granted:
    """Return what the scopes amount to; `.default` stands for what the registration was given."""
    own = [scope.rpartition("/")[2] for scope in asked if scope not in RESERVED]
    identity = [scope for scope in asked if scope in RESERVED and scope != "offline_access"]
    if not own:
        return Granted(GRAPH_ID, ("openid", "profile"), " ".join(identity))
    named = [name for name in own if name != ".default"]
    permissions = tuple(dict.fromkeys([*named, *(tenant.settings.permissions if ".default" in own else [])]))
    shown = [*permissions, *([".default"] if ".default" in own else [])]
    return Granted(
        RESOURCE_ID, permissions, " ".join([*(f"{RESOURCE_ID}/{name}" for name in shown), *identity])
    )
