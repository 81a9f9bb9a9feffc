"""Records and their way into JSON and back."""

from __future__ import annotations

import json

from sandbox import seeds
from sandbox.state import RefreshGrant, Tenant, make_secret


def test_a_tenant_survives_json() -> None:
    tenant = seeds.demo_tenant("a key")
    person = next(iter(tenant.people))
    tenant.refresh_grants["value"] = RefreshGrant("family", person, ["openid"], "sid", 1.5, is_used=True)
    tenant.settings.list_lag_seconds = 2.5
    tenant.policies = {"max_days": 7}
    assert Tenant.from_json(json.loads(json.dumps(tenant.to_json()))) == tenant


def test_fields_of_another_version_are_dropped() -> None:
    data = seeds.demo_tenant("a key").to_json()
    data["settings"]["of_the_future"] = 1
    for person in data["people"].values():
        person["shoe_size"] = 42
    assert Tenant.from_json(data).settings.list_lag_seconds == 0


def test_a_secret_looks_like_one_to_people_only() -> None:
    found = [make_secret() for _ in range(200)]
    assert {len(text) for text in found} == {84}
    assert all(text.isalnum() and text[76:80] == "SIMU" for text in found)
    assert len(set(found)) == 200
