"""The scopes that a PAT can carry, and nothing about what they allow."""

from __future__ import annotations

FULL_ACCESS = "app_token"
PACKAGING = frozenset({"vso.packaging", "vso.packaging_write", "vso.packaging_manage"})

_FAMILIES: dict[str, str] = {
    "advsec": "_write _manage",
    "agentpools": "_manage",
    "analytics": "",
    "auditlog": "",
    "build": "_execute",
    "code": "_write _manage _full _status",
    "connected_server": "",
    "dashboards": "_manage",
    "entitlements": "",
    "extension": "_manage .data .data_write",
    "gallery": "_acquire _publish _manage",
    "githubconnections": "_manage",
    "graph": "_manage",
    "hooks": "_write _interact",
    "identity": "_manage",
    "memberentitlementmanagement": "_write",
    "notification": "_write _manage _diagnostics",
    "packaging": "_write _manage",
    "profile": "_write",
    "project": "_write _manage",
    "release": "_execute _manage",
    "serviceendpoint": "_query _manage",
    "settings": "_write",
    "symbols": "_write _manage",
    "test": "_write",
    "tokenadministration": "",
    "tokens": "",
    "wiki": "_write",
    "work": "_write _full",
}
_SINGLE = """
    vso.auditstreams_manage vso.environment_manage vso.machinegroup_manage vso.pipelineresources_manage
    vso.pipelineresources_use vso.securefiles_manage vso.securefiles_read vso.securefiles_write
    vso.security_manage vso.taskgroups_manage vso.taskgroups_read vso.taskgroups_write vso.threads_full
    vso.variablegroups_manage vso.variablegroups_read vso.variablegroups_write
"""


def _known() -> frozenset[str]:
    found = {FULL_ACCESS, *_SINGLE.split()}
    for name, endings in _FAMILIES.items():
        found |= {f"vso.{name}{ending}" for ending in ("", *endings.split())}
    return frozenset(found)


KNOWN = _known()


def normalised(text: str) -> str | None:
    """Return a scope string sorted, each scope once, or None when it is empty or has an unknown one."""
    scopes = sorted(set(text.split()))
    if not scopes or not KNOWN.issuperset(scopes):
        return None
    return " ".join(scopes)
