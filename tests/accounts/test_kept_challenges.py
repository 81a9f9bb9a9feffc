"""Claims challenges between a refused sign-in and the next."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore

from accounts.kept_challenges import forget_challenge, keep_challenge, kept_challenge, merged

CAPOLIDS = '{"access_token":{"capolids":{"essential":true,"values":["c1"]}}}'
NBF = '{"access_token":{"nbf":{"essential":true,"value":"1769000000"}}}'


@pytest.fixture
def session() -> SessionStore:
    return SessionStore()


def test_it_waits_for_ten_minutes(session: SessionStore) -> None:
    keep_challenge(session, CAPOLIDS)
    assert kept_challenge(session) == kept_challenge(session) == CAPOLIDS
    session["claims_challenge"]["at"] -= 590
    assert kept_challenge(session) == CAPOLIDS
    session["claims_challenge"]["at"] -= 10
    assert kept_challenge(session) == ""


def test_the_last_one_counts_until_it_is_answered(session: SessionStore) -> None:
    assert kept_challenge(session) == ""
    keep_challenge(session, CAPOLIDS)
    keep_challenge(session, NBF)
    assert kept_challenge(session) == NBF
    forget_challenge(session)
    assert kept_challenge(session) == ""
    forget_challenge(session)


@pytest.mark.parametrize(
    "claims",
    ["", "nonsense", "[]", '"text"', "7", "null", '{"access_token":7}', json.dumps({"x": "y" * 5000})],
)
def test_what_is_none_changes_nothing(session: SessionStore, claims: str) -> None:
    keep_challenge(session, NBF)
    keep_challenge(session, claims)
    assert kept_challenge(session) == NBF


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ("", "", None),
        (NBF, "", json.loads(NBF)),
        ("", NBF, json.loads(NBF)),
        (
            NBF,
            CAPOLIDS,
            {"access_token": json.loads(NBF)["access_token"] | json.loads(CAPOLIDS)["access_token"]},
        ),
        (NBF, NBF.replace("17690", "18000"), json.loads(NBF.replace("17690", "18000"))),
        (NBF, '{"id_token":{"amr":null}}', json.loads(NBF) | {"id_token": {"amr": None}}),
    ],
)
def test_two_are_asked_for_together(first: str, second: str, both: Any) -> None:
    found = merged(first, second)
    assert (json.loads(found) if found else None) == both


def test_what_is_too_long_together_is_the_second() -> None:
    first = json.dumps({"access_token": {"a": "x" * 3000}})
    second = json.dumps({"access_token": {"b": "y" * 3000}})
    assert json.loads(merged(first, second)) == json.loads(second)
