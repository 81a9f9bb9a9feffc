"""The demo's tenant: nine invented people, three organizations, and PATs in every state.

All dates are relative to the moment of the seeding.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sandbox.azure_devops import dates
from sandbox.conditions import StandingRefusal, next_challenge
from sandbox.state import Organization, Pat, Person, Tenant, make_secret

_DOMAIN = "fabrikam.example"
_NAMESPACE = uuid.UUID("6f1d7c1e-58a5-4d0c-9f5e-2a4f6b8c0d13")
_ORGANIZATIONS = ("fabrikam", "tailwind", "northwind")

_LONG_NAME = (
    "Nightly export of work items, test results and artifacts from all projects of the retail programme "
    "into the reporting warehouse (owned by platform engineering, ask before you revoke this one)"
)


@dataclass(frozen=True)
class _Row:
    """One PAT of the demo's owner: days from now until its end, and days since it was made."""

    name: str
    organization: str | None
    scope: str
    ends_in: float
    made_ago: float = 30
    is_revoked: bool = False


_MIRAS_PATS = (
    _Row("Release notes bot", "fabrikam", "vso.code vso.work", 1),
    _Row("Nuget restore on build agents", "fabrikam", "vso.packaging", 5),
    _Row("Test plan import", "tailwind", "vso.test_write vso.work", 6.5, 83),
    _Row("Grafana work item board", "tailwind", "vso.analytics vso.work", 21, 69),
    _Row("Terraform provider", "northwind", "vso.project_manage vso.serviceendpoint_manage", 24, 66),
    _Row("Laptop", "fabrikam", "vso.code_write", 40, 50),
    _Row("Laptop", "fabrikam", "vso.code_write", 172, 8),
    _Row("Wiki publisher", "tailwind", "vso.wiki_write", 61, 29),
    _Row("Self-hosted agent registration", "northwind", "vso.agentpools_manage", 88, 2),
    _Row("npm publish @fabrikam/ui", "fabrikam", "vso.packaging_write", 200, 165),
    _Row("Mirror to the archive", "northwind", "vso.code", 310, 55),
    _Row("Everything, for the migration weekend", "tailwind", "app_token", 12, 2),
    _Row("Old release script", None, "vso.build_execute vso.code vso.release_execute", 34, 331),
    _Row(
        "Permission audit",
        "northwind",
        "vso.graph_manage vso.security_manage vso.tokenadministration",
        58,
        32,
    ),
    _Row(
        "Git: https://dev.azure.com/fabrikam on BUILD-07", "fabrikam", "vso.code_write vso.packaging", 3, 87
    ),
    _Row(
        "Git: https://dev.azure.com/fabrikam on MIRA-NB", "fabrikam", "vso.code_write vso.packaging", 77, 13
    ),
    _Row(
        "Git: https://dev.azure.com/tailwind on MIRA-NB", "tailwind", "vso.code_write vso.packaging", 79, 11
    ),
    _Row("Überwachung Büro Köln ☕", "tailwind", "vso.build", 130, 20),
    _Row("監査ログの書き出し", "northwind", "vso.auditlog", 145, 35),
    _Row(
        _LONG_NAME,
        "fabrikam",
        "vso.analytics vso.build vso.code vso.project vso.release vso.test vso.work",
        95,
        5,
    ),
    _Row("Sprint report", "fabrikam", "vso.work", -7, 97),
    _Row("Symbol server upload", "northwind", "vso.symbols_write", -40, 130),
    _Row("Hackathon", "tailwind", "vso.code vso.work_write", -0.2, 30.2),
    _Row("Leaked in a chat", "fabrikam", "vso.code_full vso.identity", 50, 40, is_revoked=True),
    _Row("Old laptop", "fabrikam", "vso.code_write", 20, 345, is_revoked=True),
    _Row("Trial of the marketplace extension", "tailwind", "vso.extension_manage", -90, 120, is_revoked=True),
)


def demo_tenant(key_id: str) -> Tenant:
    """Return the demo's tenant, signing with the key of that id."""
    tenant = Tenant(
        tenant_id=_id("tenant"),
        client_id=_id("client"),
        client_secret="sandbox-client-secret",  # noqa: S106
        domain=_DOMAIN,
        people={person.object_id: person for person in _people()},
        key_ids=[key_id],
    )
    newcomers = {_id("jonas"), _id("lena")}
    for name in _ORGANIZATIONS:
        members = [key for key in tenant.people if key not in newcomers] if name == "northwind" else None
        tenant.organizations[name] = Organization(name, _id(name), members)
    now = datetime.now(UTC)
    rows = [(_id("mira"), row) for row in _MIRAS_PATS]
    rows += [(_id("priya"), row) for row in _priyas_pats()]
    rows += [(_id("ines"), row) for row in _MIRAS_PATS[1:4]] + [(_id("lena"), _MIRAS_PATS[3])]
    rows += [(_id("emil"), row) for row in _MIRAS_PATS[7:9]]
    for owner_id, row in rows:
        pat = _pat(tenant, owner_id, row, now)
        tenant.pats[pat.authorization_id] = pat
    # A sign-in that answers the challenge is left alone; the next one begins anew and shows it again.
    tenant.challenges[_id("emil")] = next_challenge("mfa", None)
    tenant.refusals[_id("refusal")] = StandingRefusal(53003, _id("noah"), None, None, _id("policy"))
    return tenant


def _people() -> list[Person]:
    return [
        _person("mira", "Mira Lindqvist", "26 tokens in three organizations, some about to expire"),
        _person("tomas", "Tomás Okafor", "reads the audit log", role="PatPortal.Auditor"),
        _person("ines", "Ines Haddad", "administers the portal", role="PatPortal.Admin"),
        _person("jonas", "Jonas Weber", "has no tokens and no access to northwind"),
        _person("priya", "Priya Raman", "120 tokens, to see pages and search"),
        _person("lena", "Lena Kowalska", "a guest from another company", is_guest=True),
        _person("emil", "Emil Novak", "Azure DevOps soon asks to sign in once more"),
        _person("noah", "Noah Brandt", "stopped at sign-in by a rule of the organization"),
        _person("sofia", "Sofia Marino", "an administrator has to approve the portal first", consent="admin"),
    ]


def _person(
    key: str, name: str, shows: str, *, role: str = "", is_guest: bool = False, consent: str = "granted"
) -> Person:
    user_name = f"{key}@{'adatum.example' if is_guest else _DOMAIN}"
    return Person(
        object_id=_id(key),
        name=name,
        user_name=user_name,
        email=user_name,
        roles=[role] if role else [],
        is_guest=is_guest,
        consent=consent,
        shows=shows,
    )


def _priyas_pats() -> list[_Row]:
    scopes = ("vso.code", "vso.build", "vso.packaging", "vso.work_write", "vso.release")
    return [
        _Row(
            f"service-{number:03d} {scopes[number % 5].removeprefix('vso.')}",
            _ORGANIZATIONS[number % 3],
            scopes[number % 5],
            ends_in=number * 2.5 - 20,
            made_ago=60,
            is_revoked=number % 17 == 0,
        )
        for number in range(1, 121)
    ]


def _pat(tenant: Tenant, owner_id: str, row: _Row, now: datetime) -> Pat:
    place = tenant.organizations[row.organization].instance_id if row.organization else None
    return Pat(
        authorization_id=str(uuid.uuid4()),
        owner_id=owner_id,
        display_name=row.name,
        scope=row.scope,
        organization_id=place,
        valid_from=dates.ticks(now - timedelta(days=row.made_ago)),
        valid_to=dates.ticks(now + timedelta(days=row.ends_in)),
        secret=make_secret(),
        is_revoked=row.is_revoked,
    )


def _id(name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, name))
