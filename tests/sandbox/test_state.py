"""Records and their way into JSON and back."""

from __future__ import annotations

import json

from sandbox import seeds
from sandbox.credentials import credential, new_identity
from sandbox.state import RefreshGrant, Tenant, make_secret


def test_a_tenant_survives_json() -> None:
    tenant = seeds.demo_tenant("a key")
    person = next(iter(tenant.people))
    tenant.refresh_grants["value"] = RefreshGrant("family", person, ["openid"], "sid", 1.5, is_used=True)
    tenant.settings.list_lag_seconds = 2.5
    tenant.policies = {"max_days": 7}
    tenant.credentials["key"] = credential({"kind": "secret", "value": "sandbox-client-secret"})
    identity = new_identity()
    tenant.identities[identity.client_id] = identity
    assert Tenant.from_json(json.loads(json.dumps(tenant.to_json()))) == tenant


def test_fields_of_another_version_are_dropped() -> None:
    data = seeds.demo_tenant("a key").to_json()
    data["settings"]["of_the_future"] = 1
    for person in data["people"].values():
        person["shoe_size"] = 42
    assert Tenant.from_json(data).settings.list_lag_seconds == 0


def test_what_an_older_version_wrote_is_read() -> None:
    data = seeds.demo_tenant("a key").to_json()
    for group in ("challenges", "refusals", "credentials", "identities"):
        del data[group]
    for person in data["people"].values():
        del person["consent"]
    for organization in data["organizations"].values():
        del organization["offline_status"]
    for name in ("continuous_seconds", "client_secret_expired", "revoked_update", "shortening"):
        del data["settings"][name]
    tenant = Tenant.from_json(json.loads(json.dumps(data)))
    assert (tenant.challenges, tenant.refusals, tenant.credentials) == ({}, {}, {})
    assert {one.consent for one in tenant.people.values()} == {"granted"}
    assert len(tenant.pats) == len(data["pats"])


def test_a_secret_looks_like_one_to_people_only() -> None:
    found = [make_secret() for _ in range(200)]
    assert {len(text) for text in found} == {84}
    assert all(text.isalnum() and text[76:80] == "SIMU" for text in found)
    assert len(set(found)) == 200
