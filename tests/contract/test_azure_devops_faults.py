"""The client against the sandbox's faults: what is repeated, what is not, and how it ends."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.contract.conftest import ClientOf
from tests.sandbox_control import Tenant
from tests.tokens.azure_devops.people import Naps
from tokens.azure_devops import (
    AzureDevOpsClient,
    BrokenAnswer,
    Forbidden,
    HostOffline,
    NewPat,
    OutcomeUnknown,
    PatFilter,
    Refused,
    Rejected,
    ServiceFailed,
    Throttled,
    Timeouts,
    Unreachable,
)

IN_A_MONTH = datetime.now(UTC) + timedelta(days=30)


def create(client: AzureDevOpsClient, organization: str) -> NewPat:
    return client.create_pat(
        organization, display_name="ci read", scopes={"vso.work_write", "vso.code"}, valid_to=IN_A_MONTH
    )


@pytest.mark.parametrize(("drop", "made"), [("before", 0), ("after", 1)])
def test_a_create_whose_answer_is_lost_is_not_repeated(
    client_of: ClientOf, tenant: Tenant, alpha: str, drop: str, made: int
) -> None:
    tenant.fault("pats", verb="create", drop=drop)
    with pytest.raises(OutcomeUnknown):
        create(client_of(), alpha)
    assert len(tenant.pats()) == made
    assert len(tenant.requests("pats", verb="create")) == 1


def test_a_create_that_takes_too_long_has_an_unknown_outcome(
    client_of: ClientOf, tenant: Tenant, alpha: str
) -> None:
    client = client_of(timeouts=Timeouts(connect=5, read=0.3))
    with tenant.hold(f"hold-{uuid4()}", verb="create"), pytest.raises(OutcomeUnknown):
        create(client, alpha)
    assert len(tenant.pats()) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503, "headers": {"Retry-After": "1"}},
        {"status": 200, "body": "{"},
        {"status": 200, "html": True, "body": '{"patToken": {'},
        {"status": 500, "pat_error": "accessDenied"},
    ],
)
def test_a_create_that_is_answered_with_nonsense_has_an_unknown_outcome(
    client_of: ClientOf, tenant: Tenant, alpha: str, naps: Naps, fault: dict[str, Any]
) -> None:
    tenant.fault("pats", verb="create", **fault)
    with pytest.raises(OutcomeUnknown):
        create(client_of(), alpha)
    assert len(tenant.requests("pats", verb="create")) == 1
    assert naps.taken == []


def test_a_create_that_is_throttled_waits_as_long_as_asked(
    client_of: ClientOf, tenant: Tenant, alpha: str, naps: Naps
) -> None:
    tenant.throttle(verb="create", retry_after=4)
    assert create(client_of(), alpha).secret.reveal() == tenant.pats()[0].secret
    assert (len(tenant.requests("pats", verb="create")), naps.taken) == (2, [4])


def test_a_throttle_without_a_time_is_waited_for_a_moment(
    client_of: ClientOf, tenant: Tenant, alpha: str, naps: Naps
) -> None:
    tenant.throttle(retry_after=None)
    assert client_of().list_pats(alpha, pat_filter=PatFilter.ALL) == []
    assert len(naps.taken) == 1
    assert 0 < naps.taken[0] < 1


@pytest.mark.parametrize("retry_after", [6, 31, 619])
def test_a_create_that_is_throttled_for_long_is_left_to_the_person(
    client_of: ClientOf, tenant: Tenant, alpha: str, naps: Naps, retry_after: float
) -> None:
    tenant.throttle(verb="create", retry_after=retry_after)
    with pytest.raises(Throttled) as caught:
        create(client_of(), alpha)
    assert caught.value.retry_after == retry_after
    assert (tenant.pats(), naps.taken) == ([], [])


def test_a_good_answer_that_asks_to_slow_down_delays_the_next_page(
    client_of: ClientOf, tenant: Tenant, alpha: str, naps: Naps
) -> None:
    tenant.add_pats("alice", "alpha", "ci", 105, valid_to=IN_A_MONTH)
    tenant.throttle(verb="list", retry_after=3, is_blocked=False)
    assert len(client_of().list_pats(alpha, pat_filter=PatFilter.ACTIVE)) == 105
    assert naps.taken == [3]


@pytest.mark.parametrize(
    ("code", "attempts"),
    [("failedToReadTenantPolicy", 3), ("failedToIssueAccessToken", 2), ("accessDenied", 1)],
)
def test_a_refusal_that_may_pass_is_tried_again(
    client_of: ClientOf, tenant: Tenant, alpha: str, code: str, attempts: int
) -> None:
    with tenant.fault("pats", verb="create", pat_error=code), pytest.raises(Refused):
        create(client_of(), alpha)
    assert len(tenant.requests("pats", verb="create")) == attempts
    assert tenant.pats() == []
    if attempts > 1:
        tenant.fault("pats", verb="create", pat_error=code, times=1)
        create(client_of(), alpha)
        assert len(tenant.pats()) == 1


@pytest.mark.parametrize(("drop", "name"), [("before", "ci read"), ("after", "new")])
def test_an_update_whose_answer_is_lost_is_not_repeated(
    client_of: ClientOf, tenant: Tenant, alpha: str, drop: str, name: str
) -> None:
    made = create(client_of(), alpha).metadata
    tenant.fault("pats", verb="update", drop=drop)
    with pytest.raises(OutcomeUnknown):
        client_of().update_pat(alpha, made.authorization_id, display_name="new")
    assert tenant.pats()[0].display_name == name
    assert len(tenant.requests("pats", verb="update")) == 1


@pytest.mark.parametrize("status", [401, 429])
def test_another_directory_is_told_from_no_access_and_from_throttling(
    client_of: ClientOf, tenant: Tenant, alpha: str, naps: Naps, status: int
) -> None:
    elsewhere = {"X-VSS-ResourceTenant": str(uuid4()), "Retry-After": "619"}
    tenant.fault("pats", status=status, headers=elsewhere)
    with pytest.raises(Rejected) as caught:
        create(client_of(tenant_id=UUID(tenant.tenant_id)), alpha)
    assert caught.value.is_other_tenant
    assert (len(tenant.requests("pats")), naps.taken) == (1, [])


@pytest.mark.parametrize("status", [403, 503])
def test_an_organization_that_is_offline_is_left_in_peace(
    client_of: ClientOf, tenant: Tenant, alpha: str, status: int
) -> None:
    with tenant.offline("alpha", status=status), pytest.raises(HostOffline):
        create(client_of(), alpha)
    assert len(tenant.requests("pats")) == 1
    assert tenant.pats() == []


def test_a_list_that_is_throttled_waits_as_long_as_asked(
    client_of: ClientOf, tenant: Tenant, alpha: str, naps: Naps
) -> None:
    tenant.fault("pats", verb="list", times=1, status=429, headers={"Retry-After": "7"})
    assert client_of().list_pats(alpha, pat_filter=PatFilter.ALL) == []
    assert naps.taken == [7]


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": "before"}, {"drop": "after"}])
def test_a_revoke_is_repeated(client_of: ClientOf, tenant: Tenant, alpha: str, fault: dict[str, Any]) -> None:
    pat_id = UUID(tenant.add_pat("alice", "alpha").authorization_id)
    tenant.fault("pats", verb="revoke", times=2, **fault)
    assert client_of().revoke_pat(alpha, pat_id)
    assert tenant.pats()[0].status == "revoked"
    assert len(tenant.requests("pats", verb="revoke")) == 3


@pytest.mark.parametrize(
    ("fault", "kind", "count"),
    [
        ({"status": 500}, ServiceFailed, 3),
        ({"drop": "before"}, Unreachable, 3),
        ({"status": 403}, Forbidden, 1),
        ({"html": True}, Rejected, 2),
        ({"status": 302, "headers": {"Location": "https://127.0.0.1:9/_signin"}}, Rejected, 2),
        ({"status": 200, "body": "[1, 2"}, BrokenAnswer, 1),
        ({"status": 200, "body": {"count": 0, "value": []}}, BrokenAnswer, 1),
    ],
)
def test_a_list_ends_in_an_error_of_its_kind(
    client_of: ClientOf, tenant: Tenant, fault: dict[str, Any], kind: type[Exception], count: int
) -> None:
    tenant.fault("pats", **fault)
    with pytest.raises(kind) as caught:
        client_of().list_pats(tenant.organizations[0].name, pat_filter=PatFilter.ALL)
    assert type(caught.value) is kind
    assert len(tenant.requests("pats")) == count


def test_conditional_access_is_named(client_of: ClientOf, tenant: Tenant, alpha: str) -> None:
    tenant.fault("pats", status=403)
    with pytest.raises(Forbidden) as caught:
        create(client_of(), alpha)
    assert caught.value.service_code == "VS403463"


def test_a_sign_in_page_in_between_costs_one_fresh_access_token(
    client_of: ClientOf, tenant: Tenant, alpha: str
) -> None:
    tenant.fault("pats", times=1, html=True, status=203)
    assert create(client_of(), alpha).secret.reveal() == tenant.pats()[0].secret
    assert len(tenant.requests("pats", verb="create")) == 2
