"""By what the application proves itself to Entra, and the managed identities that may vouch for it.

Plain records that outlive the process; what they prove is checked where the application signs in.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

KINDS = ("secret", "certificate", "federated")
EXCHANGE_AUDIENCE = "api://AzureADTokenExchange"


@dataclass
class Credential:
    """One credential of the application, beside the client secret that it has from the beginning.

    `value` is a secret, a certificate in PEM, or the public key in PEM that signs federated assertions,
    where empty means the tenant's own keys. `expires_at` is in seconds since 1970 and counts for secrets;
    `issuer`, `subject` and `audience` are what a federated assertion has to name.
    """

    kind: str
    value: str
    expires_at: float | None = None
    issuer: str = ""
    subject: str = ""
    audience: str = ""


@dataclass
class ManagedIdentity:
    """An identity of the platform that the portal runs on; `header` keeps strangers on the host away."""

    client_id: str
    object_id: str
    header: str


def credential(order: dict[str, Any]) -> Credential:
    """Return a credential as ordered. Raises ValueError for one that could prove nothing."""
    made = Credential(**order)
    if made.kind not in KINDS:
        raise ValueError(f"kind is one of {KINDS}")
    if made.kind == "secret" and not made.value:
        raise ValueError("a secret is not empty")
    if made.kind == "certificate":
        load_pem_x509_certificate(made.value.encode())
    if made.kind == "federated":
        if not (made.issuer and made.subject):
            raise ValueError("a federated credential names an issuer and a subject")
        made.audience = made.audience or EXCHANGE_AUDIENCE
        if made.value:
            load_pem_public_key(made.value.encode())
    return made


def new_identity() -> ManagedIdentity:
    """Return a managed identity that nobody trusts yet."""
    return ManagedIdentity(str(uuid.uuid4()), str(uuid.uuid4()), secrets.token_hex(16).upper())
