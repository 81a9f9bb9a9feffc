"""Key sets and their rollover."""

from typing import Any

import pytest

from accounts.fetched import KeptCopy
from accounts.signing_keys import SigningKeys, parse_key_set
from tests.accounts.signing import jwk


def test_it_reads_rsa_signing_keys() -> None:
    assert set(parse_key_set({"keys": [jwk("a"), jwk("b", alg="RS256")]})) == {"a", "b"}


@pytest.mark.parametrize(
    "entry",
    [
        jwk("a", use="enc"),
        jwk("a", kty="oct"),
        jwk("a", kid=7),
        jwk("a", n="?"),
        {"kty": "EC", "crv": "P-256", "kid": "a", "use": "sig"},
        {"kty": "RSA", "kid": "a"},
        "text",
        None,
    ],
)
def test_it_passes_over_anything_else(entry: Any) -> None:
    assert set(parse_key_set({"keys": [entry, jwk("b")]})) == {"b"}


@pytest.mark.parametrize("document", [{}, {"keys": None}, {"keys": "x"}, {"keys": {"kid": "a"}}])
def test_it_finds_no_key_in_a_broken_document(document: dict[str, Any]) -> None:
    assert parse_key_set(document) == {}


def test_a_new_key_is_found_and_strange_ids_fetch_once_a_minute() -> None:
    listed = ["a"]
    fetches: list[int] = []
    now = [1000.0]

    def fetch() -> Any:
        fetches.append(1)
        return parse_key_set({"keys": [jwk(name) for name in listed]})

    keys = SigningKeys(KeptCopy("keys", fetch, clock=lambda: now[0]))
    assert keys.find("a") is not None
    listed.append("b")
    assert keys.find("b") is None  # fetched a moment ago
    now[0] += 60
    assert keys.find("b") is not None
    for number in range(20):
        assert keys.find(f"strange {number}") is None
    assert len(fetches) == 2
