"""Signing people in with each kind of credential, against the sandbox, which verifies them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from accounts.credentials import CredentialKind, CredentialSource
from accounts.entra import EntraClient, entra_client
from accounts.errors import PortalMisconfigured, SignInRefused
from tests.accounts.browsers import query_of
from tests.accounts.client_certificates import PASSWORD, made
from tests.accounts.entra.conversation import CALLBACK, config_of, refresh, sign_in
from tests.accounts.entra.little_entra import secret_source
from tests.accounts.signing import private_key
from tests.sandbox_application import EXCHANGE_AUDIENCE
from tests.sandbox_control import SandboxControl, Tenant


@pytest.mark.parametrize("form", ["pem", "pfx"])
def test_a_registered_certificate_signs_people_in(tenant: Tenant, tmp_path: Path, form: str) -> None:
    tenant.add_certificate(made().leaf_pem.decode())
    file = tmp_path / "portal"
    file.write_bytes(made().pem(PASSWORD) if form == "pem" else made().pfx())
    source = CredentialSource(CredentialKind.CERTIFICATE, "ENTRA_CLIENT_CERTIFICATE", str(file), PASSWORD)
    client = EntraClient(config_of(tenant, credentials=(source,)))
    assert refresh(client, tenant, sign_in(client, tenant)).error is None
    assert client.check_credential(0) is None


def test_a_certificate_that_nobody_registered_is_refused(tenant: Tenant, tmp_path: Path) -> None:
    tenant.add_certificate(made("another").leaf_pem.decode())
    file = tmp_path / "portal.pem"
    file.write_bytes(made().pem())
    source = CredentialSource(CredentialKind.CERTIFICATE, "ENTRA_CLIENT_CERTIFICATE", str(file))
    client = EntraClient(config_of(tenant, credentials=(source,)))
    with pytest.raises(PortalMisconfigured) as caught:
        sign_in(client, tenant)
    assert caught.value.aadsts == 700027
    both = EntraClient(config_of(tenant, credentials=(source, *config_of(tenant).credentials)))
    assert refresh(both, tenant, sign_in(both, tenant)).error is None
    assert both.serving_credential == 1


def test_a_secret_that_has_ended_leaves_it_to_the_new_one(tenant: Tenant) -> None:
    old, new = secret_source(tenant.client_secret), secret_source(tenant.add_secret().value)
    client = EntraClient(config_of(tenant, credentials=(old, new)))
    signed_in = sign_in(client, tenant)
    assert client.serving_credential == 0
    tenant.expire_secret()
    assert refresh(client, tenant, signed_in).error is None
    assert client.serving_credential == 1
    refusal = client.check_credential(0)
    assert refusal is not None
    assert refusal.aadsts == 7000222


# --- federation ------------------------------------------------------------------------------------

PLATFORM, SUBJECT = "https://platform.example/cluster", "system:serviceaccount:pats:portal"


def platform_assertion(**changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": PLATFORM, "sub": SUBJECT, "aud": EXCHANGE_AUDIENCE, "iat": now, "exp": now + 600}
    return jwt.encode(claims | changes, private_key("platform"), "RS256")


def test_a_mounted_assertion_signs_people_in(tenant: Tenant, tmp_path: Path) -> None:
    public = private_key("platform").public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    tenant.trust(PLATFORM, SUBJECT, public_key=pem)
    file = tmp_path / "assertion"
    file.write_text(platform_assertion())
    source = CredentialSource(CredentialKind.ASSERTION_FILE, "ENTRA_CLIENT_ASSERTION_FILE", str(file))
    client = EntraClient(config_of(tenant, credentials=(source,)))
    signed_in = sign_in(client, tenant)
    assert refresh(client, tenant, signed_in).error is None
    for changes in ({"exp": 1_700_000_000}, {"sub": "somebody else"}):
        file.write_text(platform_assertion(**changes))
        error = refresh(client, tenant, signed_in).error
        assert isinstance(error, PortalMisconfigured), changes
        assert error.aadsts


def test_a_managed_identity_signs_people_in(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The endpoint is the sandbox's stand-in; the real ones exist in Azure alone."""
    identity = tenant.add_identity()
    monkeypatch.setenv("IDENTITY_ENDPOINT", identity.endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", identity.header)
    source = CredentialSource(
        CredentialKind.MANAGED_IDENTITY, "ENTRA_MANAGED_IDENTITY_CLIENT_ID", identity.client_id
    )
    client = EntraClient(config_of(tenant, credentials=(source,)))
    assert refresh(client, tenant, sign_in(client, tenant)).error is None
    assert client.check_credential(0) is None


def test_an_identity_that_entra_does_not_trust_is_refused(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = tenant.add_identity(is_trusted=False)
    monkeypatch.setenv("IDENTITY_ENDPOINT", identity.endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", identity.header)
    source = CredentialSource(
        CredentialKind.MANAGED_IDENTITY, "ENTRA_MANAGED_IDENTITY_CLIENT_ID", identity.client_id
    )
    client = EntraClient(config_of(tenant, credentials=(source, *config_of(tenant).credentials)))
    assert isinstance(client.check_credential(0), PortalMisconfigured)
    assert sign_in(client, tenant).claims["name"] == "Alice Archer"
    assert client.serving_credential == 1


# --- several tenants -------------------------------------------------------------------------------


def test_people_of_a_listed_tenant_sign_in_at_their_own(
    tenant: Tenant, sandbox_control: SandboxControl, settings: Any
) -> None:
    other = sandbox_control.create_tenant(client_id=tenant.client_id, client_secret=tenant.client_secret)
    settings.ENTRA_ADDITIONAL_TENANTS = {UUID(other.tenant_id): "Tailwind"}
    client = entra_client(UUID(other.tenant_id))
    signed_in = sign_in(client, other)
    assert signed_in.claims["tid"] == other.tenant_id
    assert refresh(client, other, signed_in).error is None
    # The home tenant's client takes nobody of another tenant for one of its own.
    flow = client.start_flow(redirect_uri=CALLBACK)
    with pytest.raises(SignInRefused):
        entra_client().redeem(flow, query=query_of(other.sign_in(flow["auth_uri"], "alice")))
    other.remove()
