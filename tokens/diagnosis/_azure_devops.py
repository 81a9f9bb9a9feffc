"""Azure DevOps: reachable, every configured organization found and of a tenant that signs in here, its clock.

It asks without an access token, so it shows that organizations are there and not that a person gets in.
"""

from functools import partial
from uuid import UUID

from django.conf import settings

from accounts.errors import AccountsError
from accounts.tenants import home_tenant_id, is_admitted, label_of
from patportal.lib.findings import Finding, Level, Look, clock_finding
from tokens.azure_devops.client import build_session, probe_organization
from tokens.azure_devops.types import Probe, Timeouts

_AREA = "Azure DevOps"
_CLOCK = "Azure DevOps' clock"
_TIMEOUTS = Timeouts(connect=5, read=10)
_NO_TENANT = UUID(int=0)


def looks() -> list[Look]:
    """Return a look at each organization, and one at the clock."""
    names = settings.AZURE_DEVOPS_ORGANIZATIONS
    return [
        *(Look(_AREA, f"Organization {name}", partial(organization, name)) for name in names),
        Look(_AREA, _CLOCK, partial(clock, names[0])),
    ]


def organization(name: str) -> list[Finding]:
    """Ask whose organization `name` is."""
    title = f"Organization {name}"
    try:
        return [judged(title, _probe(name))]
    except ValueError as exc:
        step = "Correct AZURE_DEVOPS_URL, AZURE_DEVOPS_CA_BUNDLE or OUTBOUND_PROXY."
        return [Finding(Level.PROBLEM, title, f"Azure DevOps cannot be asked: {exc}", step)]


def clock(name: str) -> list[Finding]:
    """Compare Azure DevOps' clock with this machine's, asking for organization `name`."""
    try:
        offset = _probe(name).clock_offset
    except ValueError:
        offset = None
    if offset is None:
        return [Finding(Level.NOTE, _CLOCK, "Not examined: no answer named a date.")]
    return [clock_finding(_CLOCK, offset.total_seconds())]


def _probe(name: str) -> Probe:
    with build_session(ca_bundle=settings.AZURE_DEVOPS_CA_BUNDLE, proxy=settings.OUTBOUND_PROXY) as session:
        return probe_organization(
            session, devops_url=settings.AZURE_DEVOPS_URL, organization=name, timeouts=_TIMEOUTS
        )


def judged(title: str, probe: Probe) -> Finding:
    """Judge what Azure DevOps answered about an organization to somebody without an access token."""
    if not probe.is_reachable:
        step = (
            "Check AZURE_DEVOPS_URL, OUTBOUND_PROXY and AZURE_DEVOPS_CA_BUNDLE, and that a firewall lets "
            "this machine through to dev.azure.com and vssps.dev.azure.com."
        )
        return Finding(Level.PROBLEM, title, f"Azure DevOps gives no answer ({probe.reason}).", step)
    if probe.is_offline:
        found = "It is offline at the moment: switched off, being moved, or looked after by Microsoft."
        step = "Ask the organization's owners; if they know nothing, look at status.dev.azure.com."
        return Finding(Level.WARNING, title, found, step)
    if not probe.is_found:
        found = f"Azure DevOps does not know it (status {probe.status})."
        step = "Correct AZURE_DEVOPS_ORGANIZATIONS: the part after dev.azure.com/; it may have a new name."
        return Finding(Level.PROBLEM, title, found, step)
    if probe.tenant_id is None:
        found = f"It answers (status {probe.status}), but does not tell which tenant it belongs to."
        return Finding(Level.NOTE, title, found)
    return _of_tenant(title, probe.tenant_id)


def _of_tenant(title: str, tenant_id: UUID) -> Finding:
    if tenant_id == _NO_TENANT:
        step = "Connect it to your tenant (Organization settings: Microsoft Entra), or stop naming it in "
        found = "No Entra tenant stands behind it, only personal Microsoft accounts."
        return Finding(Level.PROBLEM, title, found, f"{step}AZURE_DEVOPS_ORGANIZATIONS.")
    try:
        is_home, is_ours = tenant_id == home_tenant_id(), is_admitted(tenant_id)
    except AccountsError:
        found = f"It belongs to tenant {tenant_id}; whether that is yours cannot be told without Entra."
        return Finding(Level.NOTE, title, found)
    if is_home:
        return Finding(Level.OK, title, "It is there and belongs to the portal's tenant.")
    if is_ours:
        found = f"It is there and belongs to {label_of(tenant_id)}, which is admitted."
        return Finding(Level.OK, title, found)
    return Finding(
        Level.PROBLEM,
        title,
        f"It belongs to another tenant, {tenant_id}: nobody who signs in here gets in.",
        "Stop naming it in AZURE_DEVOPS_ORGANIZATIONS, or admit that tenant with ENTRA_ADDITIONAL_TENANTS.",
    )
