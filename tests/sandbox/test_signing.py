"""The key ring."""

from __future__ import annotations

import time
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sandbox.signing import KeyRing


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys.pem")


def test_keys_are_kept_in_their_order(ring: KeyRing, tmp_path: Path) -> None:
    ids = [ring.first_id, ring.new_key()]
    again = KeyRing(tmp_path / "keys.pem")
    assert again.first_id == ids[0]
    text = ring.sign({"aud": "x", "exp": time.time() + 60}, ids[1])
    assert again.verified(text, ids, "x") is not None


def test_it_believes_only_living_tokens_of_listed_keys_for_the_audience(ring: KeyRing) -> None:
    living = ring.sign({"aud": "x", "exp": time.time() + 60}, ring.first_id)
    dead = ring.sign({"aud": "x", "exp": time.time() - 60}, ring.first_id)
    assert ring.verified(living, [ring.first_id], "x")
    assert ring.verified(living, [], "x") is None
    assert ring.verified(living, [ring.first_id], "y") is None
    assert ring.verified(dead, [ring.first_id], "x") is None
    assert ring.verified("nonsense", [ring.first_id], "x") is None
    assert ring.unverified("nonsense") == {}


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys.pem"
    file.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with pytest.raises(TypeError):
        KeyRing(file)


def test_the_public_document_shows_no_algorithm(ring: KeyRing) -> None:
    shown = ring.public_keys([ring.first_id], "https://issuer.example")["keys"][0]
    assert set(shown) == {"kty", "use", "kid", "n", "e", "issuer"}
    assert jwt.PyJWK(shown).algorithm_name == "RS256"
