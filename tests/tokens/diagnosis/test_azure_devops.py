"""Azure DevOps as somebody without an access token sees it."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from patportal.lib.findings import Level
from sandbox.children import free_port
from tests.people import World
from tokens.azure_devops.types import Probe
from tokens.diagnosis._azure_devops import clock, judged, looks, organization


def test_an_organization_of_the_portals_tenant_is_fine(world: World) -> None:
    (finding,) = organization(world.tenant.organization("alpha").name)
    assert finding.level is Level.OK
    assert "the portal's tenant" in finding.found


def test_one_that_azure_devops_does_not_know_is_a_problem(world: World) -> None:
    (finding,) = organization("no-such-organization")
    assert finding.level is Level.PROBLEM
    assert "404" in finding.found
    assert "AZURE_DEVOPS_ORGANIZATIONS" in finding.next_step


def test_one_of_another_tenant_is_a_problem_unless_that_is_admitted(world: World, settings: Any) -> None:
    other = world.control.create_tenant()
    name = other.organizations[0].name
    (finding,) = organization(name)
    assert finding.level is Level.PROBLEM
    assert other.tenant_id in finding.found
    settings.ENTRA_ADDITIONAL_TENANTS = {UUID(other.tenant_id): "Contoso"}
    (finding,) = organization(name)
    assert finding.level is Level.OK
    assert "Contoso" in finding.found


def test_an_azure_devops_out_of_reach_is_a_problem(world: World, settings: Any) -> None:
    settings.AZURE_DEVOPS_URL = f"https://127.0.0.1:{free_port()}"
    (finding,) = organization("fabrikam")
    assert finding.level is Level.PROBLEM
    assert "firewall" in finding.next_step
    assert [one.level for one in clock("fabrikam")] == [Level.NOTE]


def test_settings_that_cannot_be_used_are_a_problem(world: World, settings: Any) -> None:
    settings.AZURE_DEVOPS_CA_BUNDLE = "/nowhere/bundle.pem"
    (finding,) = organization("fabrikam")
    assert finding.level is Level.PROBLEM
    assert "AZURE_DEVOPS_CA_BUNDLE" in finding.next_step
    assert [one.level for one in clock("fabrikam")] == [Level.NOTE]


@pytest.mark.parametrize(
    ("probe", "level", "words"),
    [
        (Probe(status=200, tenant_id=UUID(int=0)), Level.PROBLEM, "personal Microsoft accounts"),
        (Probe(status=401), Level.NOTE, "does not tell which tenant"),
        (Probe(status=503, is_offline=True), Level.WARNING, "offline"),
        (Probe(status=500), Level.PROBLEM, "status 500"),
        (Probe(status=None, reason="TimeoutError"), Level.PROBLEM, "TimeoutError"),
    ],
)
def test_it_says_what_an_answer_means(probe: Probe, level: Level, words: str) -> None:
    finding = judged("Organization fabrikam", probe)
    assert finding.level is level
    assert words in finding.found


def test_without_entra_it_cannot_tell_whose_an_organization_is(settings: Any) -> None:
    settings.ENTRA_AUTHORITY = f"https://127.0.0.1:{free_port()}/example.com"
    tenant_id = uuid4()
    finding = judged("Organization fabrikam", Probe(status=401, tenant_id=tenant_id))
    assert finding.level is Level.NOTE
    assert str(tenant_id) in finding.found


def test_its_clock_is_ours(world: World) -> None:
    (finding,) = clock(world.tenant.organization("alpha").name)
    assert finding.level is Level.OK


def test_every_organization_is_looked_at(world: World) -> None:
    titles = [look.title for look in looks()]
    names = [f"Organization {one.name}" for one in world.tenant.organizations]
    assert titles == [*names, "Azure DevOps' clock"]
    assert not any(look.uses_database for look in looks())
