"""How the portal proves itself: what goes over the wire for each kind, and which of two serves."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from structlog.testing import capture_logs

from accounts.credentials import CredentialKind, CredentialSource
from accounts.entra.proofs import RETRY_SECONDS, Proofs, refusal_of_credential
from accounts.errors import EntraUnreachable, PortalMisconfigured, SignInRefused
from tests.accounts.client_certificates import PASSWORD, Made, made
from tests.accounts.entra.little_entra import (
    CALLBACK,
    KEPT_CACHE,
    NO_SUCH_CODE,
    QUERY_CODE,
    LittleEntra,
    little_entra,
    refused,
    secret_source,
)
from tests.accounts.little_server import serving
from tests.accounts.signing import CLIENT, TENANT

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
IDENTITY = "77777777-2222-4333-8444-555555555555"


@pytest.fixture
def entra(tmp_path: Path) -> Iterator[LittleEntra]:
    with little_entra(tmp_path) as made_one:
        yield made_one


def redeem(client: Any) -> Exception:
    """Redeem a code that nobody gave; return what comes of it."""
    flow = client.start_flow(redirect_uri=CALLBACK)
    query = {"state": flow["state"], "code": QUERY_CODE.replace(" ", "-")}
    with pytest.raises((SignInRefused, PortalMisconfigured, EntraUnreachable)) as caught:
        client.redeem(flow, query=query)
    return caught.value


def certificate_source(path: Path, password: str | None = None) -> CredentialSource:
    return CredentialSource(CredentialKind.CERTIFICATE, "ENTRA_CLIENT_CERTIFICATE", str(path), password)


# --- on the wire -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "password"),
    [(made().pem(), None), (made().pem(PASSWORD), PASSWORD), (made().pfx(), PASSWORD)],
    ids=["PEM", "PEM with a password", "PFX"],
)
def test_a_certificate_signs_an_assertion(
    entra: LittleEntra, tmp_path: Path, content: bytes, password: str | None
) -> None:
    file = tmp_path / "portal"
    file.write_bytes(content)
    redeem(entra.client(certificate_source(file, password)))
    (form,) = entra.forms
    assert form["client_assertion_type"] == JWT_BEARER
    assert "client_secret" not in form
    assertion = form["client_assertion"]
    claims = jwt.decode(assertion, made().public_key, algorithms=["PS256"], audience=entra.token_endpoint)
    assert (claims["iss"], claims["sub"]) == (CLIENT, CLIENT)
    assert claims["exp"] - claims["iat"] == 600
    header = jwt.get_unverified_header(assertion)
    thumbprint = base64.urlsafe_b64decode(header["x5t#S256"])
    assert thumbprint == hashlib.sha256(made().leaf.public_bytes(Encoding.DER)).digest()
    assert x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0])) == made().leaf


def test_a_renewed_certificate_serves_without_a_restart(entra: LittleEntra, tmp_path: Path) -> None:
    file = tmp_path / "portal.pem"
    client = entra.client(certificate_source(file))
    for name in ("portal", "renewed"):
        file.write_bytes(made(name).pem())
        redeem(client)
        jwt.decode(
            entra.forms[-1]["client_assertion"],
            made(name).public_key,
            algorithms=["PS256"],
            audience=entra.token_endpoint,
        )
    assert len(entra.forms) == 2


def test_a_mounted_assertion_is_passed_on_as_it_is_now(entra: LittleEntra, tmp_path: Path) -> None:
    file = tmp_path / "assertion"
    client = entra.client(
        CredentialSource(CredentialKind.ASSERTION_FILE, "ENTRA_CLIENT_ASSERTION_FILE", str(file))
    )
    for text in ("first.assertion", "second.assertion"):
        file.write_text(text)
        redeem(client)
    assert [form["client_assertion"] for form in entra.forms] == ["first.assertion", "second.assertion"]
    assert {form["client_assertion_type"] for form in entra.forms} == {JWT_BEARER}


def test_a_managed_identity_vouches_for_the_portal(
    entra: LittleEntra, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = CredentialSource(CredentialKind.MANAGED_IDENTITY, "ENTRA_MANAGED_IDENTITY_CLIENT_ID", IDENTITY)
    answer = {"access_token": "an.assertion", "expires_on": int(time.time()) + 86_400}
    with serving(lambda _asked: (200, answer)) as address:
        monkeypatch.setenv("IDENTITY_ENDPOINT", address)
        monkeypatch.setenv("IDENTITY_HEADER", "the value of the header")
        client = entra.client(source)
        redeem(client)
    redeem(client)  # without its endpoint, for the assertion is good for a day
    assert [form["client_assertion"] for form in entra.forms] == ["an.assertion", "an.assertion"]


def test_an_identity_without_its_endpoint_is_an_outage(
    entra: LittleEntra, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("IDENTITY_HEADER", "the value of the header")
    source = CredentialSource(CredentialKind.MANAGED_IDENTITY, "ENTRA_MANAGED_IDENTITY_CLIENT_ID", IDENTITY)
    assert isinstance(redeem(entra.client(source)), EntraUnreachable)
    assert entra.forms == []


@pytest.mark.parametrize(
    ("certificate", "sentence"),
    [
        (
            made("ended", days=-1, since_days=90),
            "ENTRA_CLIENT_CERTIFICATE holds a certificate that ended on 20",
        ),
        (made("early", since_days=-1), "ENTRA_CLIENT_CERTIFICATE holds a certificate that counts from 20"),
    ],
    ids=["ended", "early"],
)
def test_a_certificate_out_of_its_time_is_not_tried(
    entra: LittleEntra, tmp_path: Path, certificate: Made, sentence: str
) -> None:
    file = tmp_path / "portal.pem"
    file.write_bytes(certificate.pem())
    error = redeem(entra.client(certificate_source(file)))
    assert isinstance(error, PortalMisconfigured)
    assert str(error).startswith(sentence)
    assert entra.forms == []


# --- two at once -----------------------------------------------------------------------------------

NEW, OLD = secret_source("new"), secret_source("old", "ENTRA_CLIENT_SECRET_FALLBACK")


def accepting(*good: str) -> Any:
    def answer(form: dict[str, str]) -> tuple[int, Any]:
        return NO_SUCH_CODE if form["client_secret"] in good else refused(7000215)

    return answer


def secrets_in(entra: LittleEntra) -> list[str]:
    found = [form["client_secret"] for form in entra.forms]
    entra.forms.clear()
    return found


def test_the_second_serves_where_the_first_is_refused_and_is_remembered(entra: LittleEntra) -> None:
    now = [1000.0]
    client = entra.client(NEW, OLD, clock=lambda: now[0])
    entra.answer = accepting("old")
    with capture_logs() as logs:
        assert isinstance(redeem(client), SignInRefused)
    assert secrets_in(entra) == ["new", "old"]
    assert [(one["event"], one["variable"], one["log_level"]) for one in logs] == [
        ("entra_credential_failed", "ENTRA_CLIENT_SECRET", "warning"),
        ("entra_fallback_credential_serves", "ENTRA_CLIENT_SECRET_FALLBACK", "warning"),
    ]
    assert logs[0]["aadsts"] == 7000215
    assert client.serving_credential == 1
    with capture_logs() as logs:
        redeem(client)
    assert (secrets_in(entra), logs) == (["old"], [])


def test_the_first_gets_another_chance_every_hour(entra: LittleEntra) -> None:
    now = [1000.0]
    client = entra.client(NEW, OLD, clock=lambda: now[0])
    entra.answer = accepting("old")
    redeem(client)
    now[0] += RETRY_SECONDS
    entra.forms.clear()
    with capture_logs() as logs:
        redeem(client)
    assert secrets_in(entra) == ["new", "old"]
    assert len(logs) == 2
    now[0] += RETRY_SECONDS
    entra.answer = accepting("new", "old")
    redeem(client)
    assert (secrets_in(entra), client.serving_credential) == (["new"], 0)


def test_a_refresh_that_nobody_was_asked_for_proves_nothing(entra: LittleEntra) -> None:
    now = [1000.0]
    client = entra.client(NEW, OLD, clock=lambda: now[0])
    entra.answer = accepting("old")
    redeem(client)
    now[0] += RETRY_SECONDS
    entra.forms.clear()
    stranger = UUID("99999999-2222-4333-8444-555555555555")
    assert client.refresh(KEPT_CACHE, tenant_id=UUID(TENANT), object_id=stranger).error is not None
    assert (secrets_in(entra), client.serving_credential) == ([], 1)


def test_the_first_serves_again_where_the_second_is_refused(entra: LittleEntra) -> None:
    client = entra.client(NEW, OLD)
    entra.answer = accepting("old")
    redeem(client)
    entra.answer = accepting("new")
    entra.forms.clear()
    assert isinstance(redeem(client), SignInRefused)
    assert (secrets_in(entra), client.serving_credential) == (["old", "new"], 0)


def test_where_both_are_refused_the_portal_is_to_blame(entra: LittleEntra) -> None:
    entra.answer = accepting()
    error = redeem(entra.client(NEW, OLD))
    assert isinstance(error, PortalMisconfigured)
    assert error.aadsts == 7000215
    assert error.correlation_id == "12121212-3434-4565-8787-909090909090"
    assert secrets_in(entra) == ["new", "old"]


@pytest.mark.parametrize("serving", [0, 1])
def test_where_both_are_refused_the_first_one_is_named(entra: LittleEntra, serving: int) -> None:
    client = entra.client(NEW, OLD)
    entra.answer = accepting(("new", "old")[serving])
    redeem(client)
    ended, wrong = refused(7000222, "invalid_client"), refused(7000215, "invalid_client")
    entra.answer = lambda form: ended if form["client_secret"] == "new" else wrong
    error = redeem(client)
    assert isinstance(error, PortalMisconfigured)
    assert error.aadsts == 7000222


def test_a_good_credential_is_not_blamed_for_one_sign_in(entra: LittleEntra) -> None:
    entra.answer = lambda _form: refused(500112, "invalid_client")
    with capture_logs() as logs:
        error = redeem(entra.client(NEW, OLD))
    assert isinstance(error, SignInRefused)
    assert secrets_in(entra) == ["new"]
    assert logs == []


def test_a_file_that_is_missing_leaves_it_to_the_second(entra: LittleEntra, tmp_path: Path) -> None:
    client = entra.client(certificate_source(tmp_path / "missing.pem"), OLD)
    with capture_logs() as logs:
        assert isinstance(redeem(client), SignInRefused)
    assert logs[0]["reason"].startswith("ENTRA_CLIENT_CERTIFICATE names a file that cannot be read")
    assert secrets_in(entra) == ["old"]


NOT_THE_CREDENTIAL = {
    "about the code": NO_SUCH_CODE,
    "about the registration": refused(700016, "unauthorized_client"),
    "switched off": refused(7000112, "unauthorized_client"),
    "an outage of theirs": refused(90033, "temporarily_unavailable"),
    "a server error": (500, {"error": "server_error"}),
}


@pytest.mark.parametrize("answer", NOT_THE_CREDENTIAL.values(), ids=NOT_THE_CREDENTIAL.keys())
def test_nothing_else_is_tried_twice(entra: LittleEntra, answer: tuple[int, Any]) -> None:
    entra.answer = lambda _form: answer
    redeem(entra.client(NEW, OLD))
    assert secrets_in(entra) == ["new"]


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (7000215, "invalid_client"),
        (7000222, "invalid_client"),
        (700027, "invalid_client"),
        (50012, "invalid_client"),
        (700016, None),
        (0, None),
        (500112, None),
        (650052, None),
        (70021, "invalid_request"),
        (700213, "invalid_client"),
        (700229, "invalid_grant"),
        (0, "invalid_client"),
        (99999, "invalid_client"),
    ],
)
def test_a_refusal_of_the_credential_is_told_from_others(number: int, error: str | None) -> None:
    answer = {"error": error or "unauthorized_client", "error_codes": [number] if number else []}
    found = refusal_of_credential(answer)
    assert isinstance(found, PortalMisconfigured) == (error is not None)


def test_no_answer_and_a_good_one_are_no_refusals() -> None:
    assert refusal_of_credential(None) is None
    assert refusal_of_credential({"access_token": "x"}) is None


def test_a_single_one_is_tried_once(entra: LittleEntra) -> None:
    assert Proofs((NEW,), authority=entra.authority).order() == (0,)
    entra.answer = accepting()
    redeem(entra.client(NEW))
    assert secrets_in(entra) == ["new"]


# --- the doctor's question -------------------------------------------------------------------------


def test_each_credential_can_be_checked_by_itself(entra: LittleEntra, tmp_path: Path) -> None:
    entra.answer = accepting("old")
    client = entra.client(NEW, OLD)
    refusal = client.check_credential(0)
    assert isinstance(refusal, PortalMisconfigured)
    assert refusal.aadsts == 7000215
    assert client.check_credential(1) is None
    assert secrets_in(entra) == ["new", "old"]
    missing = entra.client(certificate_source(tmp_path / "missing.pem"))
    assert isinstance(missing.check_credential(0), PortalMisconfigured)
    entra.answer = lambda _form: (503, {"error": "temporarily_unavailable"})
    assert isinstance(client.check_credential(1), EntraUnreachable)


def test_a_check_finds_a_registration_that_is_not_there(entra: LittleEntra) -> None:
    entra.answer = lambda _form: refused(700016, "unauthorized_client")
    error = entra.client(NEW).check_credential(0)
    assert isinstance(error, PortalMisconfigured)
    assert error.aadsts == 700016
