"""Entra: tenant, credentials and clock, looked at for real in the sandbox."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from accounts.aadsts import entries
from accounts.credentials import configured_credentials
from accounts.diagnosis._entra import (
    _refusal,
    clock,
    credential_findings,
    home_tenant,
    looks_at_entra,
    other_tenant,
)
from accounts.errors import PortalMisconfigured
from patportal.lib.findings import Level
from sandbox.children import free_port
from tests.accounts.client_certificates import made
from tests.sandbox_control import SandboxControl, Tenant


@pytest.fixture
def nobody(tenant: Tenant, settings: Any) -> None:
    """An authority that nobody answers for."""
    settings.ENTRA_AUTHORITY = f"https://127.0.0.1:{free_port()}/{tenant.tenant_id}"


def test_a_known_tenant_is_told_with_its_addresses(tenant: Tenant) -> None:
    found, addresses = home_tenant()
    assert (found.level, addresses.level) == (Level.OK, Level.OK)
    assert tenant.tenant_id in found.found
    assert tenant.issuer in addresses.found


def test_an_unknown_tenant_is_a_problem_with_the_step_of_its_number(tenant: Tenant, settings: Any) -> None:
    settings.ENTRA_AUTHORITY = f"{tenant.control.base_url}/{uuid4()}"
    (finding,) = home_tenant()
    assert finding.level is Level.PROBLEM
    assert "AADSTS90002" in finding.found
    assert "ENTRA_AUTHORITY" in finding.next_step


@pytest.mark.usefixtures("nobody")
def test_an_entra_out_of_reach_is_one_problem_and_hides_nothing() -> None:
    (finding,) = home_tenant()
    assert finding.level is Level.PROBLEM
    assert "firewall" in finding.next_step
    (credential,) = configured_credentials()
    acceptance, life = credential_findings(credential)
    assert acceptance.level is Level.NOTE
    assert "ENTRA_CLIENT_SECRET_EXPIRES_ON" in life.next_step
    assert [one.level for one in clock()] == [Level.NOTE]


def test_another_tenant_is_told_by_its_name(
    tenant: Tenant, sandbox_control: SandboxControl, settings: Any
) -> None:
    other = sandbox_control.create_tenant()
    settings.ENTRA_ADDITIONAL_TENANTS = {UUID(other.tenant_id): "Contoso"}
    (finding,) = other_tenant(UUID(other.tenant_id))
    assert finding.level is Level.OK
    assert f"Contoso ({other.tenant_id})" in finding.found


def test_another_tenant_that_is_unknown_is_a_problem(tenant: Tenant, settings: Any) -> None:
    tenant_id = uuid4()
    settings.ENTRA_ADDITIONAL_TENANTS = {tenant_id: "Contoso"}
    (finding,) = other_tenant(tenant_id)
    assert finding.level is Level.PROBLEM
    assert f"Contoso ({tenant_id})" in finding.found
    assert "AADSTS90002" in finding.found
    assert "ENTRA_ADDITIONAL_TENANTS" in finding.next_step


def test_a_secret_that_entra_takes_is_fine(tenant: Tenant, settings: Any) -> None:
    settings.ENTRA_CLIENT_SECRET_EXPIRES_ON = (datetime.now(UTC) + timedelta(days=100)).date()
    (credential,) = configured_credentials()
    acceptance, life = credential_findings(credential)
    assert (acceptance.level, life.level) == (Level.OK, Level.OK)


def test_a_wrong_secret_is_a_problem_that_does_not_show_it(tenant: Tenant, settings: Any) -> None:
    settings.ENTRA_CLIENT_SECRET = "not-the-sandbox-client-secret"
    (credential,) = configured_credentials()
    acceptance = credential_findings(credential)[0]
    assert acceptance.level is Level.PROBLEM
    assert "AADSTS7000215" in acceptance.found
    assert "ENTRA_CLIENT_SECRET" in acceptance.next_step
    assert "not-the-sandbox" not in str(acceptance)


def test_each_of_two_credentials_is_examined(tenant: Tenant, settings: Any) -> None:
    settings.ENTRA_CLIENT_SECRET_FALLBACK = settings.ENTRA_CLIENT_SECRET
    settings.ENTRA_CLIENT_SECRET = "not-the-sandbox-client-secret"
    first, second = (credential_findings(one)[0] for one in configured_credentials())
    assert (first.level, second.level) == (Level.PROBLEM, Level.OK)
    assert "ENTRA_CLIENT_SECRET_FALLBACK" in second.title


def test_a_certificate_that_is_not_there_is_a_problem(tenant: Tenant, settings: Any) -> None:
    settings.ENTRA_CLIENT_SECRET = None
    settings.ENTRA_CLIENT_CERTIFICATE = "/nowhere/portal.pem"
    (credential,) = configured_credentials()
    (finding,) = credential_findings(credential)
    assert finding.level is Level.PROBLEM
    assert "ENTRA_CLIENT_CERTIFICATE" in finding.next_step


def test_a_certificate_is_examined_with_its_name_and_its_last_day(tenant: Tenant, settings: Any) -> None:
    settings.ENTRA_CLIENT_SECRET = None
    settings.ENTRA_CLIENT_CERTIFICATE = made().pem().decode()
    (credential,) = configured_credentials()
    refused, life = credential_findings(credential)
    assert refused.level is Level.PROBLEM
    assert f"({credential.subject}): AADSTS700027" in refused.found
    assert credential.expires_at is not None
    assert f"{credential.expires_at:%d %B %Y}" in life.found
    tenant._call("POST", "/credentials", {"kind": "certificate", "value": made().leaf_pem.decode()})
    accepted, _ = credential_findings(credential)
    assert accepted.found == f"Entra accepts it ({credential.subject})."


@pytest.mark.usefixtures("tenant")
def test_entras_clock_is_ours() -> None:
    assert [finding.level for finding in clock()] == [Level.OK]


def test_there_is_a_look_at_everything(tenant: Tenant, settings: Any) -> None:
    settings.ENTRA_ADDITIONAL_TENANTS = {uuid4(): "Contoso"}
    looks = looks_at_entra()
    assert [look.title for look in looks] == [
        "Tenant",
        "Other tenant",
        "Client secret (ENTRA_CLIENT_SECRET)",
        "Entra's clock",
    ]
    assert not any(look.uses_database for look in looks)


def test_a_bundle_that_is_gone_is_named(tenant: Tenant, settings: Any) -> None:
    settings.ENTRA_CA_BUNDLE = "/nowhere/ca.pem"
    (finding,) = home_tenant()
    assert finding.level is Level.PROBLEM
    assert "/nowhere/ca.pem" in finding.found
    assert "ENTRA_CA_BUNDLE" in finding.next_step
    assert [one.level for one in clock()] == [Level.NOTE]


def test_a_refusal_without_a_step_of_its_own_gets_the_general_one() -> None:
    failure = PortalMisconfigured(aadsts=_number_without_step())
    assert _refusal("Tenant", "It was refused", failure, "Do this.").next_step == "Do this."


def _number_without_step() -> int:
    return next(entry.number for entry in entries() if not entry.operator_step)
