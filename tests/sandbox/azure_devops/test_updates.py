"""Changing a PAT, row by row of what is known about it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.sandbox.visitors import Visitor
from tests.sandbox_records import SandboxPat


@pytest.fixture
def pat(visitor: Visitor) -> SandboxPat:
    begun = datetime.now(UTC) - timedelta(days=20)
    return visitor.tenant.add_pat("alice", "alpha", "before", valid_from=begun)


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def update(visitor: Visitor, pat: SandboxPat, **fields: Any) -> requests.Response:
    call = {key: fields.pop(key) for key in ("person", "organization", "version") if key in fields}
    return visitor.call("PUT", body={"authorizationId": pat.authorization_id} | fields, **call)


def error(answer: requests.Response) -> str:
    assert answer.status_code == 200
    return str(answer.json()["patTokenError"])


def truth(visitor: Visitor, pat: SandboxPat) -> SandboxPat:
    return next(one for one in visitor.tenant.pats() if one.authorization_id == pat.authorization_id)


def test_an_update_changes_what_it_names(visitor: Visitor, pat: SandboxPat) -> None:
    end = in_days(90)
    answer = update(visitor, pat, displayName="after", scope="vso.work vso.code", validTo=end, allOrgs=False)
    shown = answer.json()["patToken"]
    assert error(answer) == "none"
    assert (shown["displayName"], shown["scope"], shown["token"]) == ("after", "vso.code vso.work", None)
    now = truth(visitor, pat)
    assert abs(now.valid_to - datetime.fromisoformat(end)) < timedelta(seconds=1)
    assert (now.secret, now.valid_from, now.created_at) == (pat.secret, pat.valid_from, pat.created_at)


def test_what_an_update_leaves_out_stays(visitor: Visitor, pat: SandboxPat) -> None:
    assert error(update(visitor, pat, displayName=None, validTo=None)) == "none"
    assert truth(visitor, pat) == pat


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"displayName": " "}, "displayNameRequired"),
        ({"displayName": "x" * 256}, "invalidDisplayName"),
        ({"validTo": "soon"}, "invalidValidTo"),
        ({"validTo": "2020-01-01T00:00:00Z"}, "invalidValidTo"),
        ({"scope": ""}, "invalidScope"),
        ({"scope": "vso.nonsense"}, "invalidScope"),
        ({"allOrgs": True}, "globalPATCreationBlocked"),
    ],
)
def test_a_refused_update_changes_nothing(
    visitor: Visitor, pat: SandboxPat, fields: dict[str, Any], expected: str
) -> None:
    assert error(update(visitor, pat, **fields)) == expected
    assert truth(visitor, pat) == pat


def test_policies_hold_for_updates(visitor: Visitor, pat: SandboxPat) -> None:
    visitor.tenant.change(policies={"no_global": True, "no_full_scope": True, "creation_restricted": True})
    assert error(update(visitor, pat, allOrgs=True)) == "globalPatPolicyViolation"
    assert error(update(visitor, pat, scope="app_token")) == "fullScopePatPolicyViolation"
    assert error(update(visitor, pat, displayName="renamed")) == "none"


def test_full_access_that_was_there_before_may_be_renamed(visitor: Visitor) -> None:
    pat = visitor.tenant.add_pat("alice", "alpha", scope="app_token")
    visitor.tenant.change(policies={"no_full_scope": True})
    assert error(update(visitor, pat, displayName="renamed")) == "none"


def test_the_longest_life_counts_from_the_making(visitor: Visitor, pat: SandboxPat) -> None:
    visitor.tenant.change(policies={"max_days": 45, "lifespan_mode": "clamp"})
    assert error(update(visitor, pat, validTo=in_days(100))) == "none"
    assert truth(visitor, pat).valid_to == pat.valid_from + timedelta(days=45)


def test_a_maximum_may_be_refused_instead(visitor: Visitor, pat: SandboxPat) -> None:
    visitor.tenant.change(policies={"max_days": 45})
    assert error(update(visitor, pat, validTo=in_days(100))) == "patLifespanPolicyViolation"
    assert error(update(visitor, pat, validTo=in_days(20))) == "none"


def test_a_maximum_that_is_over_is_never_an_end(visitor: Visitor, pat: SandboxPat) -> None:
    visitor.tenant.change(policies={"max_days": 10, "lifespan_mode": "clamp"})
    assert error(update(visitor, pat, validTo=in_days(5))) == "patLifespanPolicyViolation"
    assert error(update(visitor, pat, displayName="renamed")) == "none"


def test_an_end_can_be_brought_forward(visitor: Visitor, pat: SandboxPat) -> None:
    end = in_days(1)
    assert error(update(visitor, pat, validTo=end)) == "none"
    assert abs(truth(visitor, pat).valid_to - datetime.fromisoformat(end)) < timedelta(seconds=1)


def test_an_earlier_end_may_be_refused(visitor: Visitor, pat: SandboxPat) -> None:
    visitor.tenant.change(shortening="refused")
    assert error(update(visitor, pat, validTo=in_days(1))) == "invalidValidTo"
    assert truth(visitor, pat) == pat
    assert error(update(visitor, pat, validTo=in_days(300))) == "none"


def test_an_earlier_end_may_be_ignored(visitor: Visitor, pat: SandboxPat) -> None:
    visitor.tenant.change(shortening="ignored")
    answer = update(visitor, pat, displayName="after", validTo=in_days(1))
    assert error(answer) == "none"
    assert datetime.fromisoformat(answer.json()["patToken"]["validTo"]) == pat.valid_to
    assert (truth(visitor, pat).display_name, truth(visitor, pat).valid_to) == ("after", pat.valid_to)
    assert error(update(visitor, pat, validTo=pat.valid_to.isoformat())) == "none"


def test_a_misspelt_way_of_shortening_is_told(visitor: Visitor) -> None:
    with pytest.raises(requests.HTTPError, match="ignored"):
        visitor.tenant.change(shortening="sometimes")


def test_a_revoked_pat_cannot_be_changed(visitor: Visitor, pat: SandboxPat) -> None:
    visitor.tenant.change_pat(pat, revoked=True)
    assert error(update(visitor, pat, displayName="x")) == "failedToUpdateAccessToken"
    visitor.tenant.change(revoked_update="invalidToken")
    assert error(update(visitor, pat, displayName="x")) == "invalidToken"


def test_an_expired_pat_cannot_be_extended(visitor: Visitor, pat: SandboxPat) -> None:
    visitor.tenant.change_pat(pat, valid_to=datetime.now(UTC) - timedelta(days=1))
    assert error(update(visitor, pat, validTo=in_days(5))) == "expiredPatCannotBeExtended"
    visitor.tenant.change(expired_update="allowed")
    assert error(update(visitor, pat, validTo=in_days(5))) == "none"


def test_from_another_organization_it_is_unknown(visitor: Visitor, pat: SandboxPat) -> None:
    away = {"organization": "beta", "displayName": "moved"}
    assert error(update(visitor, pat, **away)) == "authorizationNotFound"
    visitor.tenant.change(foreign_update="allowed")
    assert error(update(visitor, pat, **away)) == "none"
    assert truth(visitor, pat).organization == pat.organization


def test_somebody_elses_and_unknown_ones_are_not_found(visitor: Visitor, pat: SandboxPat) -> None:
    assert error(update(visitor, pat, person="bob", displayName="x")) == "authorizationNotFound"
    stranger = visitor.call("PUT", body={"authorizationId": str(uuid.uuid4()), "displayName": "x"})
    assert error(stranger) == "authorizationNotFound"
    assert truth(visitor, pat) == pat


def test_a_pat_for_all_organizations_can_be_narrowed(visitor: Visitor) -> None:
    pat = visitor.tenant.add_pat("alice", "alpha", "everywhere", all_orgs=True)
    assert error(update(visitor, pat, organization="beta", displayName="still everywhere")) == "none"
    assert truth(visitor, pat).all_orgs
    answer = update(visitor, pat, organization="beta", allOrgs=False)
    assert answer.json()["patToken"]["targetAccounts"] == [visitor.tenant.organization("beta").instance_id]


@pytest.mark.parametrize("body", [{}, {"authorizationId": "1"}, {"authorizationId": 5}, [], "x"])
def test_an_update_that_cannot_be_bound_is_a_400(visitor: Visitor, body: Any) -> None:
    answer = visitor.call("PUT", body=body)
    assert (answer.status_code, "Message" in answer.json()["value"]) == (400, True)


def test_reading_alone_does_not_allow_updates(visitor: Visitor, pat: SandboxPat) -> None:
    visitor.tenant.change(permissions=["vso.pats"])
    assert update(visitor, pat, displayName="x").status_code == 401


def test_an_update_can_lose_its_answer(visitor: Visitor, pat: SandboxPat) -> None:
    visitor.bearer()
    with visitor.tenant.fault("pats", verb="update", drop="after"), pytest.raises(requests.ConnectionError):
        update(visitor, pat, displayName="lost")
    assert truth(visitor, pat).display_name == "lost"


def test_only_the_newest_version_explains(visitor: Visitor, pat: SandboxPat) -> None:
    answers = [update(visitor, pat, scope="", version=f"{number}-preview.1") for number in (7.1, 7.2)]
    assert ["patTokenErrorMessage" in one.json() for one in answers] == [False, True]
