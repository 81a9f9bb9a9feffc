"""From JSON to values: dates and scopes of every shape, and no patience with what is missing."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tokens.azure_devops.wire import ORGANIZATION_ID, PAT_ID, page, result, row
from tokens.azure_devops import Secret, _decode
from tokens.azure_devops._decode import Malformed

AWARE = st.datetimes(
    min_value=datetime(1000, 1, 2),  # noqa: DTZ001  # hypothesis wants its bounds without a zone
    max_value=datetime(9998, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2026-11-23T17:20:05Z", 0),
        ("2026-11-23T17:20:05.Z", 0),
        ("2026-11-23T17:20:05.1Z", 100_000),
        ("2026-11-23T17:20:05.12Z", 120_000),
        ("2026-11-23T17:20:05.123Z", 123_000),
        ("2026-11-23T17:20:05.1234Z", 123_400),
        ("2026-11-23T17:20:05.12345Z", 123_450),
        ("2026-11-23T17:20:05.123456Z", 123_456),
        ("2026-11-23T17:20:05.4566667Z", 456_666),
        ("2026-11-23T17:20:05", 0),
        ("2026-11-23T17:20:05.9999999", 999_999),
        ("2026-11-23T18:20:05.5+01:00", 500_000),
        ("2026-11-23T09:20:05.5-0800", 500_000),
        ("2026-11-23T17:20:05z", 0),
    ],
)
def test_it_reads_a_moment(text: str, microsecond: int) -> None:
    assert _decode.moment(text) == datetime(2026, 11, 23, 17, 20, 5, microsecond, tzinfo=UTC)
    assert _decode.moment(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23",
        "2026-11-23 17:20:05Z",
        "20261123T172005Z",
        "2026-11-23T17:20Z",
        "2026-13-23T17:20:05Z",
        "2026-11-31T17:20:05Z",
        "2026-11-23T24:20:05Z",
        "2026-11-23T17:20:60Z",
        "2026-11-23T17:20:05,5Z",
        "2026-11-23T17:20:05+25:00",
        "2026-W48-1T17:20:05Z",
        "٢٠٢٦-11-23T17:20:05Z",
        "2026-11-23T17:20:05Z\n",
        "0001-01-01T00:00:00+14:00",
        "/Date(1795454405000)/",
    ],
)
def test_it_does_not_read_anything_else_as_a_moment(text: str) -> None:
    with pytest.raises(Malformed):
        _decode.moment(text)


@given(AWARE, st.integers(0, 9_999_999), st.integers(0, 7), st.sampled_from(["Z", "", "+00:00"]))
def test_any_moment_with_any_number_of_digits_is_read(
    at: datetime, ticks: int, digits: int, zone: str
) -> None:
    fraction = f"{ticks:07}"[:digits]
    text = at.strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction}" if digits else "") + zone
    expected = at.replace(microsecond=int(fraction.ljust(7, "0")[:6]))
    assert _decode.moment(text) == expected


@given(AWARE, st.integers(-14 * 60, 14 * 60))
def test_a_moment_survives_the_way_there_and_back_to_the_millisecond(at: datetime, minutes: int) -> None:
    written = _decode.moment_text(at.astimezone(timezone(timedelta(minutes=minutes))))
    assert written.endswith("Z")
    assert timedelta(0) <= at - _decode.moment(written) < timedelta(milliseconds=1)


def test_a_moment_is_written_as_the_api_wants_it() -> None:
    assert (
        _decode.moment_text(datetime(2027, 1, 10, 8, 0, 0, 123_999, tzinfo=UTC)) == "2027-01-10T08:00:00.123Z"
    )


def test_it_refuses_to_write_a_moment_without_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        _decode.moment_text(datetime(2027, 1, 10))  # noqa: DTZ001


SCOPES = st.frozensets(st.text("abyz._", min_size=1, max_size=12), min_size=1, max_size=6)


@given(SCOPES)
def test_a_set_of_scopes_survives_the_way_there_and_back(scopes: frozenset[str]) -> None:
    assert _decode.scope_set(_decode.scope_text(scopes)) == scopes


@given(SCOPES, st.data())
def test_order_repeats_and_spaces_in_a_list_of_scopes_mean_nothing(scopes: frozenset[str], data: Any) -> None:
    words = data.draw(st.permutations(sorted(scopes) * 2))
    space = data.draw(st.sampled_from([" ", "  ", "\t", "\n ", " \u00a0"]))
    assert _decode.scope_set(space + space.join(words) + space) == scopes


@pytest.mark.parametrize("scopes", [[], [""], ["vso.code vso.build"], [" vso.code"], ["vso.code", "\n"]])
def test_it_refuses_scopes_that_are_not_words(scopes: list[str]) -> None:
    with pytest.raises(ValueError, match="Scopes"):
        _decode.scope_text(scopes)


def test_it_decodes_a_pat_and_ignores_what_it_does_not_know() -> None:
    pat = _decode.pat(result(row(crossCompanyCorrelatingId="x", nested={"a": [1]}), surprise=True))
    assert pat.authorization_id == UUID(PAT_ID)
    assert pat.display_name == "ci read"
    assert pat.scopes == {"vso.code", "vso.work_write"}
    assert pat.target_accounts == (UUID(ORGANIZATION_ID),)
    assert pat.valid_from == datetime(2026, 11, 23, 17, 20, 5, 456_666, tzinfo=UTC)
    assert pat.valid_to == datetime(2027, 1, 10, 8, 0, 0, 123_000, tzinfo=UTC)


def test_null_and_absent_target_accounts_mean_every_organization() -> None:
    without = row()
    del without["targetAccounts"]
    assert _decode.pat(result(row(targetAccounts=None))).is_global
    assert _decode.pat(result(without)).is_global


@pytest.mark.parametrize("name", ["authorizationId", "displayName", "scope", "validFrom", "validTo"])
@pytest.mark.parametrize("value", [None, 17, True, [], {}, "absent"])
def test_a_missing_or_mistyped_field_is_named(name: str, value: object) -> None:
    broken = row(**{name: value})
    if value == "absent":
        del broken[name]
    with pytest.raises(Malformed, match=rf"^{name}$"):
        _decode.pat(result(broken))


@pytest.mark.parametrize("value", ["x", 17, {}, [None], [17], ["not-a-guid"]])
def test_mistyped_target_accounts_are_not_taken_for_global(value: object) -> None:
    with pytest.raises(Malformed, match=r"^targetAccounts"):
        _decode.pat(result(row(targetAccounts=value)))


@pytest.mark.parametrize("document", [None, [], "text", 17, {}, {"patToken": None}, {"patToken": []}])
def test_a_document_of_another_kind_is_malformed(document: object) -> None:
    with pytest.raises(Malformed):
        _decode.pat(document)


def test_a_name_comes_back_as_text_that_can_be_stored() -> None:
    pat = _decode.pat(result(row(displayName="a\0b\ud800c\U0001f511")))
    assert pat.display_name == "a\ufffdb\ufffdc\U0001f511"


def test_a_new_pat_needs_its_secret() -> None:
    made = _decode.new_pat(result(row(token=Secret("made-up"))), activity_id="a-1")
    assert (made.secret.reveal(), made.activity_id) == ("made-up", "a-1")
    for value in (None, "", 17):
        with pytest.raises(Malformed, match=r"^token$"):
            _decode.new_pat(result(row(token=value)), activity_id="a-1")


@pytest.mark.parametrize("ending", ["", None])
def test_an_empty_continuation_ends_a_list(ending: object) -> None:
    assert _decode.page(page(row(), continuation=ending))[1] == ""
    assert _decode.page({"patTokens": []}) == ([], "")


def test_a_page_tells_how_to_go_on() -> None:
    rows, continuation = _decode.page(page(row(), row(), continuation="next"))
    assert (len(rows), continuation) == (2, "next")


@pytest.mark.parametrize(
    "document",
    [
        {"value": []},
        {"patTokens": None},
        {"patTokens": {}},
        {"patTokens": [None]},
        {"patTokens": [{}]},
        {"patTokens": [], "continuationToken": 17},
    ],
)
def test_a_broken_page_is_not_an_empty_one(document: object) -> None:
    with pytest.raises(Malformed):
        _decode.page(document)


@pytest.mark.parametrize("tenant_id", [UUID(ORGANIZATION_ID), UUID(int=0), None])
def test_it_decodes_a_connection(tenant_id: UUID | None) -> None:
    document = {"instanceId": PAT_ID, "deploymentType": "hosted"}
    connection = _decode.connection(document, tenant_id=tenant_id)
    assert (connection.instance_id, connection.tenant_id) == (UUID(PAT_ID), tenant_id)


def test_a_connection_needs_an_id() -> None:
    with pytest.raises(_decode.Malformed, match="instanceId"):
        _decode.connection({}, tenant_id=None)


def test_an_update_is_answered_with_the_pat_that_was_changed() -> None:
    document = result(row(token=Secret("made-up")))
    assert _decode.updated_pat(document, authorization_id=UUID(PAT_ID)) == _decode.pat(document)
    with pytest.raises(_decode.Malformed, match="authorizationId"):
        _decode.updated_pat(document, authorization_id=UUID(int=7))
