"""The key with which a demo signs checkpoints of its audit log, as any operator would make one.

The line that names its public half has the form of verifier keys in C2SP's signed-note.
"""

import base64
import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from sandbox.folders import write_private

_ED25519 = b"\x01"


def kept_audit_key(path: Path, name: str) -> str:
    """Make the key in `path` unless there is one; return the line of its public half under `name`."""
    if not path.exists():
        made = Ed25519PrivateKey.generate()
        pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_private(path, pem.decode("ascii"))
    key = load_pem_private_key(path.read_bytes(), password=None)
    public = _ED25519 + key.public_key().public_bytes_raw()  # type: ignore[union-attr]
    key_id = hashlib.sha256(name.encode() + b"\n" + public).hexdigest()[:8]
    return f"{name}+{key_id}+{base64.b64encode(public).decode('ascii')}"
