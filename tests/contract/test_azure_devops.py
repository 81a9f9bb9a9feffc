"""The client against the sandbox: what both believe about the PAT Lifecycle API is the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import requests

from tests.contract.conftest import ClientOf, SignedIn
from tests.sandbox_control import Tenant
from tokens.azure_devops import (
    AzureDevOpsClient,
    NewPat,
    NotFound,
    PatFilter,
    Refused,
    Rejected,
    probe_organization,
)

ROUNDING = timedelta(seconds=1)
IN_A_MONTH = datetime.now(UTC) + timedelta(days=30)
MIDDAY = datetime(2026, 1, 1, 12, tzinfo=UTC)


def create(client: AzureDevOpsClient, organization: str, *, name: str = "ci read") -> NewPat:
    return client.create_pat(
        organization, display_name=name, scopes={"vso.work_write", "vso.code"}, valid_to=IN_A_MONTH
    )


def test_a_pat_lives_from_its_creation_to_its_revocation(
    client_of: ClientOf, tenant: Tenant, alpha: str
) -> None:
    client = client_of()
    made = create(client, alpha)
    (truth,) = tenant.pats()
    assert made.secret.reveal() == truth.secret
    assert made.metadata.authorization_id == UUID(truth.authorization_id)
    assert made.metadata.display_name == "ci read"
    assert made.metadata.scopes == {"vso.code", "vso.work_write"}
    assert made.metadata.target_accounts == (UUID(tenant.organization("alpha").instance_id),)
    assert abs(made.metadata.valid_to - IN_A_MONTH) < ROUNDING
    assert made.activity_id

    assert client.get_pat(alpha, made.metadata.authorization_id) == made.metadata
    assert client.list_pats(alpha, pat_filter=PatFilter.ACTIVE) == [made.metadata]

    assert client.revoke_pat(alpha, made.metadata.authorization_id)
    assert client.revoke_pat(alpha, made.metadata.authorization_id)
    assert client.list_pats(alpha, pat_filter=PatFilter.ACTIVE) == []
    assert client.list_pats(alpha, pat_filter=PatFilter.REVOKED) == [made.metadata]
    assert tenant.pats()[0].status == "revoked"


@pytest.mark.parametrize("version", ["6.1-preview.1", "7.0-preview.1", "7.1-preview", "7.2-preview.1"])
def test_every_version_knows_every_call(client_of: ClientOf, alpha: str, version: str) -> None:
    client = client_of(api_version=version)
    made = create(client, alpha).metadata
    changed = client.update_pat(alpha, made.authorization_id, display_name="new")
    assert client.get_pat(alpha, made.authorization_id) == changed
    assert client.list_pats(alpha, pat_filter=PatFilter.ALL) == [changed]
    client.revoke_pat(alpha, made.authorization_id)
    assert client.list_pats(alpha, pat_filter=PatFilter.REVOKED) == [changed]


def test_an_update_changes_what_is_given_and_leaves_the_rest(
    client_of: ClientOf, tenant: Tenant, alpha: str
) -> None:
    client = client_of()
    made = create(client, alpha)
    before, pat_id = made.metadata, made.metadata.authorization_id

    renamed = client.update_pat(alpha, pat_id, display_name="new")
    assert renamed == replace(before, display_name="new")
    wider = client.update_pat(alpha, pat_id, scopes={"vso.code", "vso.build"})
    assert wider == replace(renamed, scopes=frozenset({"vso.code", "vso.build"}))
    later = client.update_pat(alpha, pat_id, valid_to=IN_A_MONTH + timedelta(days=30))
    assert abs(later.valid_to - IN_A_MONTH - timedelta(days=30)) < ROUNDING
    assert replace(later, valid_to=wider.valid_to) == wider
    (truth,) = tenant.pats()
    assert truth.secret == made.secret.reveal()


def test_an_update_may_be_cut_short_by_a_policy(client_of: ClientOf, tenant: Tenant, alpha: str) -> None:
    client = client_of()
    made = create(client, alpha).metadata
    tenant.change(policies={"max_days": 40, "lifespan_mode": "clamp"})
    later = client.update_pat(alpha, made.authorization_id, valid_to=IN_A_MONTH + timedelta(days=60))
    assert abs(later.valid_to - made.valid_from - timedelta(days=40)) < timedelta(days=1)


def test_what_cannot_be_changed_is_refused(client_of: ClientOf, tenant: Tenant, alpha: str) -> None:
    client = client_of()
    with pytest.raises(NotFound) as unknown:
        client.update_pat(alpha, uuid4(), display_name="new")
    assert unknown.value.is_pat
    hers = UUID(tenant.add_pat("alice", "alpha").authorization_id)
    with pytest.raises(NotFound):
        client_of("bob").update_pat(alpha, hers, display_name="his")
    ended = tenant.add_pat("alice", "alpha", valid_from=MIDDAY, valid_to=MIDDAY + timedelta(days=1))
    with pytest.raises(Refused) as expired:
        client.update_pat(alpha, UUID(ended.authorization_id), valid_to=IN_A_MONTH)
    assert expired.value.code == "expiredPatCannotBeExtended"
    revoked = tenant.add_pat("alice", "alpha", valid_to=IN_A_MONTH, revoked=True)
    with pytest.raises((Refused, NotFound)):
        client.update_pat(alpha, UUID(revoked.authorization_id), display_name="new")
    with pytest.raises(Refused) as empty:
        client.update_pat(alpha, hers, display_name="")
    assert empty.value.code == "displayNameRequired"


def test_a_list_is_walked_to_its_end(client_of: ClientOf, tenant: Tenant, alpha: str) -> None:
    made = tenant.add_pats("alice", "alpha", "ci", 205, valid_to=IN_A_MONTH)
    found = client_of().list_pats(alpha, pat_filter=PatFilter.ACTIVE)
    assert {str(pat.authorization_id) for pat in found} == {pat.authorization_id for pat in made}
    assert len(found) == 205
    assert len(tenant.requests("pats", verb="list")) == 3


@pytest.mark.parametrize(
    ("pat_filter", "names"),
    [
        (PatFilter.ACTIVE, {"active"}),
        (PatFilter.EXPIRED, {"expired"}),
        (PatFilter.REVOKED, {"revoked"}),
        (PatFilter.ALL, {"active", "expired", "revoked"}),
    ],
)
def test_a_list_is_filtered(
    client_of: ClientOf, tenant: Tenant, alpha: str, pat_filter: PatFilter, names: set[str]
) -> None:
    tenant.add_pat("alice", "alpha", "active", valid_to=IN_A_MONTH)
    tenant.add_pat("alice", "alpha", "revoked", valid_to=IN_A_MONTH, revoked=True)
    tenant.add_pat("alice", "alpha", "expired", valid_from=MIDDAY, valid_to=MIDDAY + timedelta(days=1))
    tenant.add_pat("alice", "beta", "elsewhere")
    tenant.add_pat("bob", "alpha", "not hers")
    found = client_of().list_pats(alpha, pat_filter=pat_filter)
    assert {pat.display_name for pat in found} == names


def test_a_global_pat_is_seen_from_everywhere(
    client_of: ClientOf, tenant: Tenant, alpha: str, beta: str
) -> None:
    tenant.add_pat("alice", "alpha", all_orgs=True)
    client = client_of()
    seen = [client.list_pats(place, pat_filter=PatFilter.ACTIVE) for place in (alpha, beta)]
    assert seen[0] == seen[1]
    assert seen[0][0].is_global


def test_equal_names_make_two_pats(client_of: ClientOf, alpha: str) -> None:
    client = client_of()
    assert create(client, alpha).secret != create(client, alpha).secret
    assert len(client.list_pats(alpha, pat_filter=PatFilter.ACTIVE)) == 2


def test_strange_names_come_back_as_they_were(client_of: ClientOf, alpha: str) -> None:
    name = '<b>"\u202e\U0001f511'
    assert create(client_of(), alpha, name=name).metadata.display_name == name


@pytest.mark.parametrize(
    "valid_to", ["2027-01-10T08:00:00Z", "2027-01-10T08:00:00.46Z", "2027-01-10T08:00:00.1033333Z"]
)
def test_dates_of_any_length_are_read(client_of: ClientOf, tenant: Tenant, alpha: str, valid_to: str) -> None:
    row = {
        "displayName": "x",
        "validTo": valid_to,
        "validFrom": "2026-01-01T00:00:00",
        "scope": " vso.code  ",
        "targetAccounts": None,
        "authorizationId": str(uuid4()),
    }
    tenant.fault("pats", body={"patTokens": [row]})
    (found,) = client_of().list_pats(alpha, pat_filter=PatFilter.ALL)
    assert found.valid_to.replace(microsecond=0) == datetime(2027, 1, 10, 8, tzinfo=UTC)
    assert found.valid_from.tzinfo is UTC


def test_a_policy_shortens_a_life_without_a_word(client_of: ClientOf, tenant: Tenant, alpha: str) -> None:
    tenant.change(policies={"max_days": 7, "lifespan_mode": "clamp"})
    made = create(client_of(), alpha)
    assert abs(made.metadata.valid_to - made.metadata.valid_from - timedelta(days=7)) < ROUNDING


@pytest.mark.parametrize(
    ("version", "has_detail"), [("7.1-preview.1", False), ("7.2-preview.1", True), ("6.1-preview", False)]
)
def test_a_policy_refuses_with_its_name(
    client_of: ClientOf, tenant: Tenant, alpha: str, version: str, has_detail: bool
) -> None:
    tenant.change(policies={"max_days": 7, "lifespan_mode": "error"})
    with pytest.raises(Refused) as caught:
        create(client_of(api_version=version), alpha)
    assert caught.value.code == "patLifespanPolicyViolation"
    assert bool(caught.value.detail) is has_detail
    assert caught.value.status == 200
    assert caught.value.activity_id
    assert tenant.pats() == []


def test_an_error_that_nobody_knows_yet_keeps_its_name(
    client_of: ClientOf, tenant: Tenant, alpha: str
) -> None:
    tenant.fault("pats", pat_error="someNewPolicyViolation")
    with pytest.raises(Refused) as caught:
        create(client_of(), alpha)
    assert caught.value.code == "someNewPolicyViolation"


def test_a_version_that_is_not_served_is_refused_by_its_exception(client_of: ClientOf, alpha: str) -> None:
    with pytest.raises(Refused) as caught:
        create(client_of(api_version="7.1"), alpha)
    assert caught.value.code == "VssInvalidPreviewVersionException"
    assert caught.value.status == 400


def test_a_pat_of_somebody_else_is_not_there(client_of: ClientOf, tenant: Tenant, alpha: str) -> None:
    pat_id = UUID(tenant.add_pat("alice", "alpha").authorization_id)
    with pytest.raises(NotFound):
        client_of("bob").get_pat(alpha, pat_id)
    assert client_of("bob").revoke_pat(alpha, pat_id)
    assert tenant.pats()[0].status == "active"


@pytest.mark.parametrize("manner", ["204", "404", "enum"])
def test_a_revoke_of_nothing_is_sent_however_the_service_answers(
    client_of: ClientOf, tenant: Tenant, alpha: str, manner: str
) -> None:
    tenant.change(unknown_revoke=manner)
    assert client_of().revoke_pat(alpha, uuid4())


def test_somebody_who_is_no_member_is_recognised_and_rejected(
    client_of: ClientOf, tenant: Tenant, alpha: str
) -> None:
    tenant.change_organization("alpha", members=["bob@example.test"])
    with pytest.raises(Rejected) as caught:
        client_of().list_pats(alpha, pat_filter=PatFilter.ALL)
    assert caught.value.is_identity_known
    assert caught.value.status == 401


def test_an_access_token_of_nobody_is_rejected_after_a_second_try(
    client_of: ClientOf, tenant: Tenant, alpha: str
) -> None:
    source = SignedIn("nobody-at-all")
    with pytest.raises(Rejected) as caught:
        create(client_of(access_token=source), alpha)
    assert not caught.value.is_identity_known
    assert source.asked == [False, True]
    assert len(tenant.requests("pats")) == 2


def test_an_organization_that_does_not_exist_is_not_found(client_of: ClientOf) -> None:
    with pytest.raises(NotFound):
        client_of().list_pats(f"none-{uuid4()}", pat_filter=PatFilter.ALL)


def test_a_connection_tells_the_organization_and_its_tenant(
    client_of: ClientOf, tenant: Tenant, alpha: str
) -> None:
    connection = client_of().get_connection(alpha)
    assert connection.instance_id == UUID(tenant.organization("alpha").instance_id)
    assert connection.tenant_id == UUID(tenant.tenant_id)


def test_a_renamed_organization_keeps_its_id_and_loses_its_name(
    client_of: ClientOf, tenant: Tenant, alpha: str
) -> None:
    client, before = client_of(), client_of().get_connection(alpha)
    renamed = tenant.rename_organization("alpha", f"renamed-{alpha}").name
    with pytest.raises(NotFound) as caught:
        client.list_pats(alpha, pat_filter=PatFilter.ALL)
    assert not caught.value.is_pat
    assert client.get_connection(renamed) == before


def test_a_stranger_learns_where_an_organization_belongs(
    tenant: Tenant, pooled_session: requests.Session, alpha: str
) -> None:
    probe = probe_organization(pooled_session, devops_url=tenant.devops_url, organization=alpha)
    assert (probe.is_found, probe.tenant_id) == (True, UUID(tenant.tenant_id))
    assert abs(probe.clock_offset or timedelta(days=1)) < timedelta(minutes=1)
    nowhere = probe_organization(pooled_session, devops_url=tenant.devops_url, organization=f"no-{uuid4()}")
    assert (nowhere.is_reachable, nowhere.is_found) == (True, False)


def test_the_clocks_are_compared(client_of: ClientOf, alpha: str) -> None:
    client = client_of()
    client.get_connection(alpha)
    assert abs(client.clock_offset or timedelta(days=1)) < timedelta(minutes=1)
