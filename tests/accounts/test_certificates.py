"""What files with certificates hold, and the sentence about each that holds something else."""

from __future__ import annotations

from base64 import b64encode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import NoEncryption, load_pem_private_key, pkcs12

from accounts.certificates import CertificateUnusable, parse_certificate
from tests.accounts.client_certificates import PASSWORD, made

GOOD = {
    "PEM": (made().pem(), None),
    "PEM with a needless password": (made().pem(), PASSWORD),
    "PEM with a password": (made().pem(PASSWORD), PASSWORD),
    "PEM with words between": (b"Bag Attributes\n  friendlyName: x\n" + made().pem(), None),
    "PEM with the chain the wrong way round": (
        made().key_pem() + made().chain_pem.replace(made().leaf_pem, b"") + made().leaf_pem,
        None,
    ),
    "PEM with the certificate first": (made().chain_pem + made().key_pem(), None),
    "PFX": (made().pfx(), PASSWORD),
    "PFX without a password": (made().pfx(None), None),
    "PFX in base64": (b64encode(made().pfx()) + b"\n", PASSWORD),
}


@pytest.mark.parametrize(("data", "password"), GOOD.values(), ids=GOOD.keys())
def test_it_finds_the_key_and_its_certificate(data: bytes, password: str | None) -> None:
    found = parse_certificate(data, password=password)
    key = load_pem_private_key(found.private_key_pem.encode(), None)
    chain = x509.load_pem_x509_certificates(found.certificates_pem.encode())
    assert chain == [made().leaf, made().issuer]
    assert key.public_key() == made().leaf.public_key()
    assert found.subject == "CN=portal"
    assert (found.not_before, found.not_after) == (
        made().leaf.not_valid_before_utc,
        made().leaf.not_valid_after_utc,
    )


DAMAGED = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
BAD = {
    "nothing": (b"", None, "holds neither PEM text nor a PFX file."),
    "words": (b"client-secret", None, "holds neither PEM text nor a PFX file."),
    "certificate alone": (made().chain_pem, None, "holds no private key."),
    "key alone": (made().key_pem(), None, "holds a private key but no certificate."),
    "another key": (
        made("another").key_pem() + made().chain_pem,
        None,
        "holds a private key and a certificate that do not belong together.",
    ),
    "no RSA": (made(is_elliptic=True).pem(), None, "holds a key that is not RSA; Entra takes no other here."),
    "PEM without its password": (made().pem(PASSWORD), None, "is protected by a password, and none is set."),
    "PEM with another": (made().pem(PASSWORD), "hunter2", "has another password than the one that is set."),
    "damaged PEM": (made().key_pem() + DAMAGED, None, "is damaged: its PEM text cannot be read."),
    "damaged key": (
        DAMAGED.replace(b"CERTIFICATE", b"PRIVATE KEY") + made().leaf_pem,
        None,
        "is damaged: its PEM text cannot be read.",
    ),
    "PFX without its password": (
        made().pfx(),
        None,
        "is damaged, or protected by a password, and none is set.",
    ),
    "PFX with another": (
        made().pfx(),
        "hunter2",
        "is damaged, or has another password than the one that is set.",
    ),
    "half a PFX": (made().pfx()[:800], PASSWORD, "is damaged, or has another password"),
}


@pytest.mark.parametrize(("data", "password", "sentence"), BAD.values(), ids=BAD.keys())
def test_it_says_what_is_wrong(data: bytes, password: str | None, sentence: str) -> None:
    with pytest.raises(CertificateUnusable) as caught:
        parse_certificate(data, password=password)
    assert str(caught.value).startswith(sentence)
    assert "hunter2" not in str(caught.value)


def test_a_pfx_without_a_key_is_refused() -> None:
    data = pkcs12.serialize_key_and_certificates(b"x", None, made().leaf, None, NoEncryption())
    with pytest.raises(CertificateUnusable, match="holds no private key"):
        parse_certificate(data, password=None)
    data = pkcs12.serialize_key_and_certificates(b"x", made().key, None, None, NoEncryption())
    with pytest.raises(CertificateUnusable, match="but no certificate"):
        parse_certificate(data, password=None)


def test_the_key_does_not_show() -> None:
    assert "PRIVATE KEY" not in repr(parse_certificate(made().pem(), password=None))
