"""Client assertions: signed by a certificate, or by an issuer that the application trusts."""

from __future__ import annotations

import base64
import hashlib
import time
import uuid
from typing import Any

import jwt
import msal
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests import sandbox_certificates as certificates
from tests.sandbox.visitors import Visitor
from tests.sandbox_certificates import KeyPair

ISSUER, SUBJECT = "https://cluster.example/", "system:serviceaccount:portal:web"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture(scope="module")
def pair() -> KeyPair:
    return certificates.key_pair()


def outcome(visitor: Visitor, assertion: str, **changes: str) -> int | None:
    """Return the number with which an assertion is refused, None for one that is accepted."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": "unknown",
        "client_id": visitor.tenant.client_id,
        "client_assertion": assertion,
        "client_assertion_type": ASSERTION_TYPE,
    }
    answer = visitor.session.post(visitor.tenant.token_endpoint, data=form | changes, timeout=10)
    number = int(answer.json()["error_codes"][0])
    assert answer.status_code == (400 if number == 70000 else 401)
    return None if number == 70000 else number


def signed(visitor: Visitor, pair: KeyPair, *, alg: str = "PS256", **changes: Any) -> str:
    der = pair.certificate.public_bytes(Encoding.DER)
    header = {"x5t#S256": base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")}
    header |= changes.pop("header", {})
    now, client_id = int(time.time()), visitor.tenant.client_id
    claims = {
        "aud": visitor.tenant.token_endpoint,
        "iss": client_id,
        "sub": client_id,
        "jti": str(uuid.uuid4()),
        "iat": now,
        "exp": now + 600,
        **changes,
    }
    present = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(present, pair.key, algorithm=alg, headers=header)


def credential(kind: str, pair: KeyPair) -> dict[str, Any]:
    private_key = certificates.private_pem(pair.key)
    return {
        "modern": {"private_key": private_key, "public_certificate": pair.certificate_pem},
        "legacy": {"private_key": private_key, "thumbprint": pair.sha1_thumbprint},
        "chain": {
            "private_key": private_key,
            "thumbprint": pair.sha1_thumbprint,
            "public_certificate": pair.certificate_pem,
        },
    }[kind]


@pytest.mark.parametrize("kind", ["modern", "legacy", "chain"])
def test_msal_signs_in_and_refreshes_with_a_certificate(visitor: Visitor, pair: KeyPair, kind: str) -> None:
    visitor.tenant.add_certificate(pair.certificate_pem)
    first = visitor.application(client_credential=credential(kind, pair))
    assert "access_token" in visitor.signed_in(first)
    second = visitor.application(client_credential=credential(kind, pair), token_cache=first.token_cache)
    assert "access_token" in visitor.refreshed(second)


def test_msal_signs_in_with_a_pfx(visitor: Visitor, pair: KeyPair, tmp_path: Any) -> None:
    visitor.tenant.add_certificate(pair.certificate_pem)
    file = tmp_path / "portal.pfx"
    file.write_bytes(pair.pfx("sandbox-passphrase"))
    told = {"private_key_pfx_path": str(file), "passphrase": "sandbox-passphrase"}
    assert "access_token" in visitor.signed_in(visitor.application(client_credential=told))


@pytest.mark.parametrize("alg", ["PS256", "RS256"])
def test_both_signatures_are_accepted(visitor: Visitor, pair: KeyPair, alg: str) -> None:
    visitor.tenant.add_certificate(pair.certificate_pem)
    assert outcome(visitor, signed(visitor, pair, alg=alg)) is None


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"aud": "https://login.example/token"}, 50012),
        ({"aud": None}, 50012),
        ({"iss": "somebody"}, 50012),
        ({"sub": "somebody"}, 50012),
        ({"jti": None}, 50012),
        ({"exp": None}, 50012),
        ({"exp": 1}, 50012),
        ({"nbf": 4_000_000_000}, 50012),
        ({"alg": "RS384"}, 700027),
        ({"header": {"x5t#S256": "x" * 43}}, 700027),
        ({"header": {"x5t": "x" * 27}}, 700027),
        ({"header": {"x5c": ["AAAA"]}}, 700027),
    ],
)
def test_a_wrong_assertion_is_refused(
    visitor: Visitor, pair: KeyPair, changes: dict[str, Any], number: int
) -> None:
    visitor.tenant.add_certificate(pair.certificate_pem)
    assert outcome(visitor, signed(visitor, pair, **changes)) == number


def test_a_certificate_has_to_be_registered(visitor: Visitor, pair: KeyPair) -> None:
    assert outcome(visitor, signed(visitor, pair)) == 700027
    registered = visitor.tenant.add_certificate(pair.certificate_pem)
    assert outcome(visitor, signed(visitor, pair)) is None
    registered.remove()
    assert outcome(visitor, signed(visitor, pair)) == 700027


def test_another_key_under_a_registered_thumbprint_is_refused(visitor: Visitor, pair: KeyPair) -> None:
    visitor.tenant.add_certificate(pair.certificate_pem)
    forged = KeyPair(certificates.rsa_key("a thief's"), pair.certificate)
    assert outcome(visitor, signed(visitor, forged)) == 700027


@pytest.mark.parametrize("days", [-1, 30])
def test_an_expired_certificate_and_one_of_the_future_are_refused(visitor: Visitor, days: int) -> None:
    odd = certificates.key_pair(days=days, begun_days_ago=1 if days < 0 else -10)
    visitor.tenant.add_certificate(odd.certificate_pem)
    assert outcome(visitor, signed(visitor, odd)) == 700027


def test_two_certificates_are_good_during_a_change(visitor: Visitor, pair: KeyPair) -> None:
    other = certificates.key_pair(key_name="the next one's")
    for one in (pair, other):
        visitor.tenant.add_certificate(one.certificate_pem)
    assert [outcome(visitor, signed(visitor, one)) for one in (pair, other)] == [None, None]


def test_an_assertion_counts_once_unless_told_otherwise(visitor: Visitor, pair: KeyPair) -> None:
    visitor.tenant.add_certificate(pair.certificate_pem)
    text = signed(visitor, pair)
    assert [outcome(visitor, text), outcome(visitor, text)] == [None, 50012]
    visitor.tenant.change(one_time_assertions=False)
    assert outcome(visitor, text) is None


@pytest.mark.parametrize("text", ["nonsense", "a.b.c"])
def test_what_is_no_assertion_is_refused(visitor: Visitor, text: str) -> None:
    assert outcome(visitor, text) == 50012


def test_another_kind_of_assertion_is_refused(visitor: Visitor, pair: KeyPair) -> None:
    visitor.tenant.add_certificate(pair.certificate_pem)
    changes = {"client_assertion_type": "urn:ietf:params:oauth:grant-type:saml2-bearer"}
    assert outcome(visitor, signed(visitor, pair), **changes) == 50012


def test_a_trusted_issuer_vouches_for_the_application(visitor: Visitor) -> None:
    visitor.tenant.trust(ISSUER, SUBJECT, public_key=certificates.public_pem(certificates.rsa_key()))
    text = certificates.assertion(ISSUER, SUBJECT, "api://AzureADTokenExchange")
    application = visitor.application(client_credential={"client_assertion": lambda: text})
    assert "access_token" in visitor.signed_in(application)
    assert "access_token" in visitor.refreshed(application)


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"iss": "https://cluster.example"}, 700027),
        ({"sub": "system:serviceaccount:portal:other"}, 700027),
        ({"aud": "api://somebody-else"}, 700027),
        ({"exp": 1}, 700027),
        ({"idtyp": "user"}, 700229),
    ],
)
def test_a_federated_assertion_has_to_fit_to_the_letter(
    visitor: Visitor, changes: dict[str, Any], number: int
) -> None:
    visitor.tenant.trust(ISSUER, SUBJECT, public_key=certificates.public_pem(certificates.rsa_key()))
    text = certificates.assertion(ISSUER, SUBJECT, "api://AzureADTokenExchange", **changes)
    assert outcome(visitor, text) == number


def test_a_federated_assertion_needs_the_issuers_key(visitor: Visitor) -> None:
    visitor.tenant.trust(ISSUER, SUBJECT, public_key=certificates.public_pem(certificates.rsa_key()))
    thief = certificates.rsa_key("a thief's")
    text = certificates.assertion(ISSUER, SUBJECT, "api://AzureADTokenExchange", key=thief)
    assert outcome(visitor, text) == 700027


def test_a_persons_access_token_vouches_for_nobody(visitor: Visitor) -> None:
    assert outcome(visitor, visitor.bearer()) == 700229


def test_msal_is_told_of_a_refused_certificate(visitor: Visitor, pair: KeyPair) -> None:
    application: msal.ConfidentialClientApplication = visitor.application(
        client_credential=credential("modern", pair)
    )
    refused = visitor.signed_in(application)
    assert (refused["error"], refused["error_codes"]) == ("invalid_client", [700027])
