"""What an error of the wire means for an operation."""

import pytest

from tokens import errors
from tokens.azure_devops import errors as wire
from tokens.operations._translate import error_code, meaning_of

FACTS: wire.Facts = {"activity_id": "an-activity", "organization": "alpha", "status": 499}
MEANINGS: list[tuple[wire.AzureDevOpsError, type[errors.TokensError]]] = [
    (wire.Unreachable("x", **FACTS), errors.AzureDevOpsUnreachable),
    (wire.Rejected("x", **FACTS), errors.NoAccess),
    (wire.Rejected("x", is_identity_known=True, **FACTS), errors.NoAccess),
    (wire.Rejected("x", claims="eyJhIjoxfQ==", **FACTS), errors.SignInNeeded),
    (wire.Rejected("x", service_code="TF400813", **FACTS), errors.NoAccess),
    (wire.Rejected("x", service_code="VS403463", **FACTS), errors.ConditionalAccess),
    (wire.Rejected("x", is_other_tenant=True, service_code="TF400813", **FACTS), errors.OtherDirectory),
    (wire.Rejected("x", is_other_tenant=True, claims="eyJhIjoxfQ==", **FACTS), errors.OtherDirectory),
    (wire.Forbidden("x", **FACTS), errors.Forbidden),
    (wire.Forbidden("x", service_code="VS403463", **FACTS), errors.ConditionalAccess),
    (wire.NotAPerson("x", **FACTS), errors.NotAPerson),
    (wire.NotFound("x", **FACTS), errors.OrganizationNotFound),
    (wire.NotFound("x", is_pat=True, **FACTS), errors.PatNotFound),
    (wire.HostOffline("x", **FACTS), errors.OrganizationOffline),
    (wire.Throttled("x", retry_after=7.5, **FACTS), errors.Throttled),
    (wire.Refused("x", code="invalidScope", detail="why", **FACTS), errors.Refused),
    (wire.BrokenAnswer("x", **FACTS), errors.AzureDevOpsFailed),
    (wire.ServiceFailed("x", **FACTS), errors.AzureDevOpsFailed),
]


@pytest.mark.parametrize(
    ("error", "kind"), MEANINGS, ids=[f"{type(one).__name__} {kind.code}" for one, kind in MEANINGS]
)
def test_every_error_has_a_meaning_and_keeps_its_reference(
    error: wire.AzureDevOpsError, kind: type[errors.TokensError]
) -> None:
    meaning = meaning_of(error)
    assert type(meaning) is kind
    assert meaning.activity_id == "an-activity"


def test_no_error_of_the_wire_is_left_out() -> None:
    def below(kind: type[wire.AzureDevOpsError]) -> set[type[wire.AzureDevOpsError]]:
        return {kind}.union(*(below(one) for one in kind.__subclasses__()))

    # A lost answer is no meaning but the reason for settling; see test_remote.
    covered = {type(error) for error, _ in MEANINGS} | {wire.AzureDevOpsError, wire.OutcomeUnknown}
    assert below(wire.AzureDevOpsError) == covered


def test_what_azure_devops_says_goes_along() -> None:
    refused = meaning_of(wire.Refused("x", code="invalidScope", detail="why", **FACTS))
    assert isinstance(refused, errors.Refused)
    assert (refused.service_code, refused.detail) == ("invalidScope", "why")
    throttled = meaning_of(wire.Throttled("x", retry_after=7.5, **FACTS))
    assert isinstance(throttled, errors.Throttled)
    assert throttled.retry_after == 7.5
    for code in ("VS403463", "TF400000"):
        forbidden = meaning_of(wire.Forbidden("x", service_code=code, detail="why", **FACTS))
        assert isinstance(forbidden, errors.Forbidden)
        assert (forbidden.service_code, forbidden.detail) == (code, "why")


def test_an_organization_that_was_read_before_is_gone_and_not_mistyped() -> None:
    assert type(meaning_of(wire.NotFound("x", **FACTS), is_known=True)) is errors.OrganizationGone
    assert type(meaning_of(wire.NotFound("x", is_pat=True, **FACTS), is_known=True)) is errors.PatNotFound
    assert type(meaning_of(wire.Rejected("x", **FACTS), is_known=True)) is errors.NoAccess


def test_the_code_to_store_is_the_services_own_where_it_gave_one() -> None:
    assert error_code(errors.Refused("invalidScope")) == "invalidScope"
    assert error_code(errors.NoAccess()) == "no_access"
