"""Administrators' policies, of the tenant and of one organization."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.sandbox.visitors import Visitor


def outcome(visitor: Visitor, **fields: Any) -> str:
    return str(visitor.create(**fields).json()["patTokenError"])


@pytest.mark.parametrize(
    ("policy", "fields", "expected"),
    [
        ({"no_full_scope": True}, {"scope": "app_token"}, "fullScopePatPolicyViolation"),
        ({"no_global": True}, {"allOrgs": True}, "globalPatPolicyViolation"),
        ({"max_days": 7}, {"days": 8}, "patLifespanPolicyViolation"),
        ({"creation_restricted": True}, {}, "disablePatCreationPolicyViolation"),
    ],
)
def test_a_policy_refuses_what_it_forbids_and_nothing_else(
    visitor: Visitor, policy: dict[str, Any], fields: dict[str, Any], expected: str
) -> None:
    if "allOrgs" not in fields:
        assert outcome(visitor, **fields) == "none"
    visitor.tenant.change(policies=policy)
    assert outcome(visitor, **fields) == expected
    if "creation_restricted" not in policy:
        assert outcome(visitor, days=6.9) == "none"


def test_a_life_that_is_too_long_can_be_shortened_instead(visitor: Visitor) -> None:
    visitor.tenant.change(policies={"max_days": 7, "lifespan_mode": "clamp"})
    assert outcome(visitor, days=90) == "none"
    pat = visitor.tenant.pats()[0]
    assert pat.valid_to - pat.valid_from == timedelta(days=7)


def test_an_organization_overrides_its_tenant(visitor: Visitor) -> None:
    visitor.tenant.change(policies={"max_days": 7})
    visitor.tenant.change_organization("beta", policies={"max_days": None})
    assert outcome(visitor, days=90) == "patLifespanPolicyViolation"
    assert outcome(visitor, days=90, organization="beta") == "none"


def test_restricted_creation_knows_its_exceptions(visitor: Visitor) -> None:
    policy = {"creation_restricted": True, "packaging_exception": True, "allowlist": ["bob@example.test"]}
    visitor.tenant.change_organization("alpha", policies=policy)
    assert outcome(visitor, scope="vso.packaging_write") == "none"
    assert outcome(visitor, scope="vso.packaging vso.code") == "disablePatCreationPolicyViolation"
    assert outcome(visitor, person="bob") == "none"


def test_a_misspelt_policy_is_told(visitor: Visitor) -> None:
    with pytest.raises(requests.HTTPError, match="max_days"):
        visitor.tenant.change(policies={"maxdays": 7})
