"""The way to the client of a tenant, for the settings as they are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from accounts.entra import LONGEST_CALL_SECONDS, entra_client
from accounts.entra_types import EntraConfig
from accounts.errors import EntraUnreachable, RefusalReason, SignInRefused
from tests.sandbox_control import Tenant

OTHER = UUID("22222222-3333-4444-8555-666666666666")


def test_other_settings_mean_another_client(tenant: Tenant, settings: Any) -> None:
    first = entra_client()
    assert entra_client() is first
    settings.ENTRA_CLIENT_SECRET = "another"
    assert entra_client() is not first


def test_the_home_tenant_has_one_client(tenant: Tenant) -> None:
    assert entra_client(UUID(tenant.tenant_id)) is entra_client()


def test_each_tenant_of_the_list_has_a_client_at_the_same_host(tenant: Tenant, settings: Any) -> None:
    settings.ENTRA_ADDITIONAL_TENANTS = {OTHER: "Tailwind"}
    client = entra_client(OTHER)
    assert client is entra_client(OTHER)
    assert client is not entra_client()
    assert client.admin_consent_url().startswith(f"{tenant.control.base_url}/{OTHER}/v2.0/adminconsent?")


def test_any_other_tenant_is_refused(tenant: Tenant, settings: Any) -> None:
    for authority in (tenant.authority, f"{tenant.control.base_url}/{tenant.domain}"):
        settings.ENTRA_AUTHORITY = authority
        with pytest.raises(SignInRefused) as caught:
            entra_client(OTHER)
        assert caught.value.code == RefusalReason.TENANT_UNKNOWN


def test_a_domain_stands_for_its_tenant(tenant: Tenant, settings: Any) -> None:
    settings.ENTRA_AUTHORITY = f"{tenant.control.base_url}/{tenant.domain}"
    assert entra_client(UUID(tenant.tenant_id)) is entra_client()


def test_without_entra_nobody_knows_what_a_domain_stands_for(tenant: Tenant, settings: Any) -> None:
    settings.ENTRA_AUTHORITY = f"https://127.0.0.1:1/{tenant.domain}"
    settings.ENTRA_ADDITIONAL_TENANTS = {OTHER: "Tailwind"}
    with pytest.raises(EntraUnreachable):
        entra_client(UUID(tenant.tenant_id))
    assert entra_client(OTHER).admin_consent_url().startswith(f"https://127.0.0.1:1/{OTHER}/")


def test_a_lock_that_outlasts_a_call_knows_how_long_that_is() -> None:
    assert 20 < LONGEST_CALL_SECONDS < 30


def test_no_repr_shows_the_login_at_the_proxy() -> None:
    config = EntraConfig(
        authority="https://login.microsoftonline.com/x",
        client_id="x",
        credentials=(),
        scopes=(),
        redirect_uri="",
        ca_bundle=None,
        proxy="http://portal:proxy-password@proxy.example:3128",
        is_loopback_page_allowed=False,
    )
    assert "proxy-password" not in repr(config)
