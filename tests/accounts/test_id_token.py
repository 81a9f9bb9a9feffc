"""The ID token: what is believed, and every forgery that is not."""

import base64
import dataclasses
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import EntraUnreachable, RefusalReason, SignInRefused
from accounts.id_token import IdTokenInvalid, validate
from accounts.signing_keys import SigningKey, parse_key_set
from tests.accounts.signing import CLIENT, EXPECTED, ISSUER, PERSON, claims, jwk, private_key, signed


def find_key(kid: str) -> SigningKey | None:
    return parse_key_set({"keys": [jwk("good"), jwk("other")]}).get(kid)


def check(id_token: str) -> dict[str, Any]:
    return validate(id_token, expected=EXPECTED, find_key=find_key)


def part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def test_it_believes_a_good_one() -> None:
    assert check(signed(claims()))["oid"] == PERSON


def test_it_believes_one_signed_with_another_current_key() -> None:
    assert check(signed(claims(), key="other"))["oid"] == PERSON


@pytest.mark.parametrize("seconds", [-100, 100])
def test_it_allows_clocks_to_differ_a_little(seconds: int) -> None:
    now = int(time.time()) + seconds
    assert check(signed(claims(iat=now, nbf=now, exp=now + 60 if seconds > 0 else now + 10)))


WRONG: dict[str, dict[str, Any]] = {
    "audience": {"aud": "cccccccc-0000-4000-8000-000000000002"},
    "several audiences": {"aud": [CLIENT, "x"]},
    "a list of one audience": {"aud": [CLIENT]},
    "issuer": {"iss": ISSUER.replace("1111", "9999")},
    "issuer with a slash": {"iss": ISSUER + "/"},
    "issuer of version 1": {"iss": "https://sts.windows.net/11111111-2222-4333-8444-555555555555/"},
    "tenant": {"tid": "99999999-2222-4333-8444-555555555555"},
    "tenant no id": {"tid": "contoso.example"},
    "tenant not text": {"tid": 7},
    "expired": {"exp": 1_000_000_000},
    "expired beyond the leeway": {"exp": int(time.time()) - 180},
    "not yet valid": {"nbf": int(time.time()) + 86_400},
    "issued in the future": {"iat": int(time.time()) + 86_400},
    "nonce": {"nonce": "0" * 64},
    "nonce not hashed": {"nonce": EXPECTED.nonce},
    "nonce not text": {"nonce": 7},
    "nonce broken": {"nonce": "\ud800"},
    "version 1": {"ver": "1.0"},
    "no version": {"ver": None},
    "object id no id": {"oid": "alice"},
    "object id without hyphens": {"oid": PERSON.replace("-", "")},
    "object id in braces": {"oid": "{" + PERSON[1:-1] + "}"},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_it_refuses_wrong_claims(change: dict[str, Any]) -> None:
    with pytest.raises(IdTokenInvalid):
        check(signed(claims(**change)))


def test_it_refuses_an_application_and_says_so() -> None:
    for expected in (EXPECTED, OF_A_REFRESH):
        with pytest.raises(SignInRefused) as caught:
            validate(signed(claims(idtyp="app")), expected=expected, find_key=find_key)
        assert caught.value.code == RefusalReason.NOT_A_PERSON


def test_it_believes_a_forged_application_no_more_than_a_forged_person() -> None:
    with pytest.raises(IdTokenInvalid):
        check(signed(claims(idtyp="app"), key="stranger", headers={"kid": "good"}))
    with pytest.raises(IdTokenInvalid):
        check(signed(claims(idtyp="app", nonce="0" * 64)))


def test_it_takes_a_person_who_is_marked_as_one() -> None:
    assert check(signed(claims(idtyp="user")))["oid"] == PERSON


@pytest.mark.parametrize("name", ["exp", "iat", "iss", "aud", "sub", "nonce", "oid", "tid"])
def test_it_refuses_one_without_a_required_claim(name: str) -> None:
    with pytest.raises(IdTokenInvalid):
        check(signed(claims(**{name: None})))


OF_A_REFRESH = dataclasses.replace(EXPECTED, nonce=None)


def test_it_asks_no_nonce_of_a_refresh() -> None:
    for nonce in (None, "of another time"):
        claims_found = validate(signed(claims(nonce=nonce)), expected=OF_A_REFRESH, find_key=find_key)
        assert claims_found["oid"] == PERSON


@pytest.mark.parametrize(
    "change",
    [change for change in WRONG.values() if "nonce" not in change],
    ids=[name for name, change in WRONG.items() if "nonce" not in change],
)
def test_it_asks_everything_else_of_a_refresh(change: dict[str, Any]) -> None:
    with pytest.raises(IdTokenInvalid):
        validate(signed(claims(nonce=None, **change)), expected=OF_A_REFRESH, find_key=find_key)


def test_it_refuses_a_strangers_signature_under_a_known_key_id() -> None:
    with pytest.raises(IdTokenInvalid):
        check(signed(claims(), key="stranger", headers={"kid": "good"}))


def test_it_refuses_an_unknown_key_id() -> None:
    with pytest.raises(IdTokenInvalid, match="unknown signing key"):
        check(signed(claims(), key="stranger"))


def test_it_refuses_a_missing_or_odd_key_id() -> None:
    with pytest.raises(IdTokenInvalid):
        check(jwt.encode(claims(), private_key("good"), algorithm="RS256"))


def test_it_refuses_no_signature() -> None:
    header = {"alg": "none", "kid": "good", "typ": "JWT"}
    with pytest.raises(IdTokenInvalid):
        check(f"{part(header)}.{part(claims())}.")


def test_it_refuses_the_public_key_used_as_a_shared_secret() -> None:
    body = f"{part({'alg': 'HS256', 'kid': 'good'})}.{part(claims())}"
    digest = hmac.new(json.dumps(jwk("good")).encode(), body.encode(), hashlib.sha256).digest()
    signature = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    with pytest.raises(IdTokenInvalid):
        check(f"{body}.{signature}")


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_it_refuses_other_algorithms_of_the_right_key(algorithm: str) -> None:
    id_token = jwt.encode(claims(), private_key("good"), algorithm=algorithm, headers={"kid": "good"})
    with pytest.raises(IdTokenInvalid):
        check(id_token)


def test_it_refuses_an_altered_payload() -> None:
    header, _, signature = signed(claims()).split(".")
    with pytest.raises(IdTokenInvalid):
        check(f"{header}.{part(claims(oid='99999999-bbbb-4ccc-8ddd-eeeeeeeeeeee'))}.{signature}")


@given(st.text(max_size=200))
def test_it_refuses_any_other_text(text: str) -> None:
    with pytest.raises(IdTokenInvalid):
        check(text)


def test_it_does_not_hide_that_keys_cannot_be_had() -> None:
    def unreachable(kid: str) -> SigningKey | None:
        raise EntraUnreachable

    with pytest.raises(EntraUnreachable):
        validate(signed(claims()), expected=EXPECTED, find_key=unreachable)


def test_its_refusal_quotes_nothing_of_the_token() -> None:
    with pytest.raises(IdTokenInvalid) as caught:
        check(signed(claims(aud="a-foreign-audience")))
    assert "a-foreign-audience" not in str(caught.value)
