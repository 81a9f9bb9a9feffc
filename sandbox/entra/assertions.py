"""Signed assertions in place of a secret: by a registered certificate, or by an issuer that is trusted.

A certificate's assertion is issued by the application for the token endpoint and counts once; a federated
one is issued by somebody else, for the exchange, and counts as long as it lives.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key
from cryptography.x509 import Certificate, load_pem_x509_certificate

from sandbox.calls import Call
from sandbox.credentials import Credential
from sandbox.entra.errors import AadstsError
from sandbox.signing import encoded

_LEEWAY_SECONDS = 30
_OF_CERTIFICATES = ["PS256", "RS256"]


def check(call: Call, text: str) -> None:
    """Check a client assertion. Raises AadstsError."""
    try:
        header = jwt.get_unverified_header(text)
    except jwt.PyJWTError as exc:
        raise AadstsError.of(50012, detail="The client assertion is no signed token.") from exc
    claims = call.site.keys.unverified(text)
    if "x5t" in header or "x5t#S256" in header or claims.get("iss") == call.tenant.client_id:
        _check_certificate(call, text, header)
    else:
        _check_federated(call, text, claims)


def _check_certificate(call: Call, text: str, header: dict[str, Any]) -> None:
    tenant = call.tenant
    known = [
        load_pem_x509_certificate(one.value.encode())
        for one in tenant.credentials.values()
        if one.kind == "certificate"
    ]
    found = next((one for one in known if _is_named(one, header)), None)
    if found is None:
        raise AadstsError.of(700027, detail="The thumbprint names no certificate that is registered.")
    if not found.not_valid_before_utc <= datetime.now(UTC) < found.not_valid_after_utc:
        raise AadstsError.of(700027, detail="The certificate is expired, or not valid yet.")
    try:
        claims = jwt.decode(
            text,
            _rsa(found),
            algorithms=_OF_CERTIFICATES,
            audience=f"{call.site.https_url}/{tenant.tenant_id}/oauth2/v2.0/token",
            issuer=tenant.client_id,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "iss", "sub", "aud", "jti"]},
        )
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError) as exc:
        raise AadstsError.of(700027) from exc
    except jwt.PyJWTError as exc:
        raise AadstsError.of(50012, detail=f"The client assertion is not acceptable: {exc}") from exc
    if claims["sub"] != tenant.client_id:
        raise AadstsError.of(50012, detail="The subject of the client assertion is not the application.")
    if tenant.settings.one_time_assertions and not call.site.world.use_assertion(
        tenant, str(claims["jti"]), float(claims["exp"])
    ):
        raise AadstsError.of(50012, detail="The client assertion was used before.")


def _is_named(certificate: Certificate, header: dict[str, Any]) -> bool:
    """Tell whether a header's thumbprints, and its chain if there is one, mean a certificate."""
    der = certificate.public_bytes(Encoding.DER)
    expected = {"x5t": hashlib.sha1(der).digest(), "x5t#S256": hashlib.sha256(der).digest()}  # noqa: S324
    # MSAL pads its thumbprints, which the standard does not.
    named = {name: str(header[name]).rstrip("=") for name in expected if name in header}
    if not named or any(value != encoded(expected[name]) for name, value in named.items()):
        return False
    chain = header.get("x5c")
    # MSAL leaves the line breaks of the PEM in its chain.
    return not chain or "".join(str(chain[0]).split()) == base64.b64encode(der).decode()


def _rsa(certificate: Certificate) -> RSAPublicKey:
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise AadstsError.of(700027, detail="The certificate has no RSA key.")
    return key


def _check_federated(call: Call, text: str, claims: dict[str, Any]) -> None:
    if claims.get("idtyp") == "user":
        raise AadstsError.of(700229)
    trusted = [one for one in call.tenant.credentials.values() if one.kind == "federated"]
    found = next((one for one in trusted if _is_meant(one, claims)), None)
    if found is None:
        detail = "No federated credential has the issuer, the subject and the audience of the assertion."
        raise AadstsError.of(700027, detail=detail)
    if _verified(call, text, found) is None:
        raise AadstsError.of(700027)


def _is_meant(credential: Credential, claims: dict[str, Any]) -> bool:
    # Compared to the letter, as Entra does.
    return (credential.issuer, credential.subject, credential.audience) == tuple(
        claims.get(name) for name in ("iss", "sub", "aud")
    )


def _verified(call: Call, text: str, credential: Credential) -> dict[str, Any] | None:
    if not credential.value:
        return call.site.keys.verified(text, call.tenant.key_ids, credential.audience)
    key = load_pem_public_key(credential.value.encode())
    if not isinstance(key, RSAPublicKey):
        return None
    try:
        return jwt.decode(
            text,
            key,
            algorithms=["RS256"],
            audience=credential.audience,
            options={"require": ["exp", "iss", "sub", "aud"]},
        )
    except jwt.PyJWTError:
        return None
