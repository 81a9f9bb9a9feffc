"""What organizations are called in front of people."""

from typing import Any
from uuid import UUID

from accounts.organization_names import home_name, name_of_additional

HOME = UUID("11111111-2222-4333-8444-555555555555")
OTHER = UUID("aaaaaaaa-0000-4000-8000-000000000001")


def test_the_home_tenant_goes_by_the_operators_name_for_it(settings: Any) -> None:
    settings.ENTRA_AUTHORITY = f"https://login.example/{HOME}"
    settings.ENTRA_ADDITIONAL_TENANTS = {HOME: "Contoso", OTHER: "Tailwind"}
    assert home_name() == "Contoso"


def test_it_goes_by_its_domain_where_the_operator_named_it_so(settings: Any) -> None:
    settings.ENTRA_AUTHORITY = "https://login.example/contoso.example"
    settings.ENTRA_ADDITIONAL_TENANTS = {OTHER: "Tailwind"}
    assert home_name() == "contoso.example"


def test_a_guid_is_no_name_of_it(settings: Any) -> None:
    settings.ENTRA_AUTHORITY = f"https://login.example/{HOME}"
    for tenants in ({}, {OTHER: "Tailwind"}, {HOME: str(HOME)}):
        settings.ENTRA_ADDITIONAL_TENANTS = tenants
        assert home_name() == ""


def test_an_additional_one_without_a_name_is_told_by_the_beginning_of_its_guid(settings: Any) -> None:
    settings.ENTRA_ADDITIONAL_TENANTS = {OTHER: "Tailwind", HOME: str(HOME)}
    assert name_of_additional(OTHER) == "Tailwind"
    assert name_of_additional(HOME) == "Organization 11111111…"
