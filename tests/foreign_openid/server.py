"""The foreign OpenID server as a process of the tests: certificates, people, clients, and what it tells."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from sandbox.certificates import write_private
from sandbox.children import Child

SCOPE = "499b84ac-1321-427f-aa17-267ca6975798/.default"
TENANT_ID = "7f0b5a52-35d6-4d0c-9d5f-3b0e8c1c6c11"
SECRET_CLIENT_ID = "2f6c6f9a-5a8e-4a51-8a52-0f5d0a4f6a01"
CERTIFICATE_CLIENT_ID = "2f6c6f9a-5a8e-4a51-8a52-0f5d0a4f6a02"
CLIENT_SECRET = "sandbox-client-secret-of-the-foreign-server"
# Less than the portal would call usable, so that the first use after a sign-in refreshes.
FIRST_ACCESS_TOKEN_SECONDS = 30
# Long enough that everybody has asked before the first has an answer.
REFRESH_MILLISECONDS = 700

PEOPLE: dict[str, dict[str, Any]] = {
    "alice": {"oid": "0a11ce00-0000-4000-8000-000000000001", "name": "Alice Ångström", "roles": []},
    "dave": {
        "oid": "0da7e000-0000-4000-8000-000000000004",
        "name": "Dave",
        "roles": ["PatPortal.Admin", "Another.Role"],
    },
}
_START_SECONDS = 30


class ForeignServer:
    """One running server in `folder`; `packages` is where npm put it, `portal` the origin that it serves."""

    def __init__(self, folder: Path, *, node: str, packages: Path, portal: str) -> None:
        self.ca_bundle = folder / "ca.pem"
        self.client_certificate = folder / "client.pem"
        self._log = folder / "log"
        files = self._make_certificates(folder)
        config = {
            **files,
            "packages": str(packages),
            "tenant": TENANT_ID,
            "scope": SCOPE,
            "first_access_token_seconds": FIRST_ACCESS_TOKEN_SECONDS,
            "refresh_milliseconds": REFRESH_MILLISECONDS,
            "people": {name: _claims(name) for name in PEOPLE},
            "clients": _clients(portal, client_key=_public_key(self.client_certificate)),
        }
        write_private(folder / "config.json", json.dumps(config).encode())
        self._process = Child(
            "foreign OpenID server",
            [node, str(Path(__file__).with_name("provider.mjs")), str(folder / "config.json")],
            log=self._log,
            environment={},
            when_orphaned=signal.SIGTERM,
        )

    def start(self) -> None:
        """Start the server and wait until it listens."""
        self._process.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self.events("ready"):
            if not self._process.is_running or time.monotonic() > deadline:
                raise RuntimeError(f"The foreign server does not start:\n{self._process.last_lines()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End the server."""
        self._process.stop((signal.SIGTERM, 5), (signal.SIGKILL, 5))

    @property
    def origin(self) -> str:
        """The server's address without a path."""
        return f"https://127.0.0.1:{self.events('ready')[0]['port']}"

    def settings(self) -> dict[str, Any]:
        """Return the portal's settings with which it signs people in here, by a client secret."""
        return {
            "ENTRA_AUTHORITY": f"{self.origin}/{TENANT_ID}",
            "ENTRA_CLIENT_ID": SECRET_CLIENT_ID,
            "ENTRA_CLIENT_SECRET": CLIENT_SECRET,
            "ENTRA_CA_BUNDLE": str(self.ca_bundle),
            "ENTRA_SCOPES": [SCOPE],
            "ALLOW_OTHER_HOSTS": True,
        }

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return what the server has told under this name, oldest first."""
        lines = self._log.read_text("utf-8").splitlines() if self._log.exists() else []
        # The library writes warnings of its own between; the last line may be half written.
        told = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
        return [event for event in told if event["event"] == name]

    def refreshes(self) -> int:
        """Return how many refreshes have been granted."""
        return sum(event["type"] == "refresh_token" for event in self.events("grant"))

    def _make_certificates(self, folder: Path) -> dict[str, str]:
        """Write the server's certificate, its authority's, and the one that the portal proves itself by."""
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca_bundle)
        server = authority.issue_cert("127.0.0.1")
        client = authority.issue_cert("portal.example.com", key_type=trustme.KeyType.RSA)
        write_private(folder / "server-key.pem", server.private_key_pem.bytes())
        write_private(folder / "server.pem", _chain(server))
        write_private(self.client_certificate, client.private_key_pem.bytes() + _chain(client))
        return {"key": str(folder / "server-key.pem"), "certificate": str(folder / "server.pem")}


def _chain(leaf: trustme.LeafCert) -> bytes:
    return b"".join(part.bytes() for part in leaf.cert_chain_pems)


def _claims(name: str) -> dict[str, Any]:
    return {
        "tid": TENANT_ID,
        "ver": "2.0",
        "preferred_username": f"{name}@example.com",
        "email": f"{name}@example.com",
        "login_hint": f"hint-of-{name}",
        **PEOPLE[name],
    }


def _public_key(certificate_file: Path) -> dict[str, str]:
    key = x509.load_pem_x509_certificates(certificate_file.read_bytes())[0].public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    numbers = RSAAlgorithm.to_jwk(key, as_dict=True)
    return {name: numbers[name] for name in ("kty", "n", "e")}


def _clients(portal: str, *, client_key: dict[str, str]) -> list[dict[str, Any]]:
    """Return two registrations of the portal, which differ in how it proves who it is."""
    shared = {
        "redirect_uris": [f"{portal}/getAToken"],
        "post_logout_redirect_uris": [f"{portal}/signed-out"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    }
    by_secret = {
        "client_id": SECRET_CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "token_endpoint_auth_method": "client_secret_post",
    }
    by_certificate = {
        "client_id": CERTIFICATE_CLIENT_ID,
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [client_key]},
    }
    return [by_secret | shared, by_certificate | shared]
