"""Which directories people may come from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from accounts.errors import EntraUnreachable
from accounts.tenants import home_tenant_id, is_admitted, known_home_tenant_id, label_if_other, label_of
from tests.sandbox_control import Tenant

OTHER = UUID("22222222-3333-4444-8555-666666666666")
STRANGER = UUID("99999999-2222-4333-8444-555555555555")


def test_the_guid_of_the_authority_is_home(settings: Any) -> None:
    """Without a word from Entra: nobody listens there."""
    settings.ENTRA_AUTHORITY = f"https://127.0.0.1:1/{str(OTHER).upper()}"
    assert home_tenant_id() == OTHER
    assert is_admitted(OTHER)
    assert not is_admitted(STRANGER)


def test_a_domain_is_asked_of_entra(tenant: Tenant, settings: Any) -> None:
    settings.ENTRA_AUTHORITY = f"{tenant.control.base_url}/{tenant.domain}"
    assert home_tenant_id() == UUID(tenant.tenant_id)


def test_without_entra_the_list_alone_is_known(tenant: Tenant, settings: Any) -> None:
    settings.ENTRA_AUTHORITY = f"https://127.0.0.1:1/{tenant.domain}"
    settings.ENTRA_ADDITIONAL_TENANTS = {OTHER: "Tailwind"}
    assert is_admitted(OTHER)
    with pytest.raises(EntraUnreachable):
        is_admitted(STRANGER)


def test_the_list_is_the_operators_alone(tenant: Tenant, settings: Any) -> None:
    settings.ENTRA_ADDITIONAL_TENANTS = {OTHER: "Tailwind"}
    admitted = [is_admitted(one) for one in (UUID(tenant.tenant_id), OTHER, STRANGER)]
    assert admitted == [True, True, False]


def test_a_tenant_goes_by_the_operators_name_for_it(settings: Any) -> None:
    settings.ENTRA_ADDITIONAL_TENANTS = {OTHER: "Tailwind"}
    assert (label_of(OTHER), label_of(STRANGER)) == ("Tailwind", str(STRANGER))


def test_a_domain_is_known_once_entra_was_asked(tenant: Tenant, settings: Any) -> None:
    settings.ENTRA_AUTHORITY = f"{tenant.control.base_url}/{tenant.domain}"
    tenant.forget_requests()
    assert known_home_tenant_id() is None
    assert tenant.requests() == []
    home_tenant_id()
    assert known_home_tenant_id() == UUID(tenant.tenant_id)


def test_only_another_tenant_needs_to_be_named(settings: Any) -> None:
    home = UUID("11111111-2222-4333-8444-555555555555")
    settings.ENTRA_AUTHORITY = f"https://login.microsoftonline.com/{home}"
    settings.ENTRA_ADDITIONAL_TENANTS = {OTHER: "Tailwind", home: "Ours"}
    assert [label_if_other(one) for one in (OTHER, home, STRANGER)] == ["Tailwind", "", ""]
