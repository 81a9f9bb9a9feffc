"""Starts and stops the sandbox: its listeners, its folder, and the environment that points a portal at it."""

from __future__ import annotations

import argparse
import signal
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sandbox import pages, seeds
from sandbox.calls import Site
from sandbox.certificates import server_context
from sandbox.control import Control
from sandbox.faults import FaultBook
from sandbox.mail import MailDesk
from sandbox.routing import Router
from sandbox.signing import KeyRing
from sandbox.state import Tenant
from sandbox.storage import Keeper
from sandbox.wire import LOOPBACK, Listener
from sandbox.world import World

SEEDS = ("demo", "empty")
_NOBODY = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class SeededPerson:
    """Somebody who can sign in, for a banner."""

    name: str
    user_name: str
    role: str
    shows: str


class SandboxServer:
    """One sandbox on loopback.

    Seed "demo" fills a folder that has no state yet and keeps everything over restarts; "empty" begins with
    nothing and forgets everything at its end, certificates and keys excepted. Ports of 0 are chosen.
    """

    def __init__(
        self,
        folder: Path,
        *,
        seed: str = "demo",
        https_port: int = 0,
        pages_port: int = 0,
        smtp_port: int = 0,
    ) -> None:
        if seed not in SEEDS:
            raise ValueError(f"seed is one of {SEEDS}")
        self._folder = folder
        self._seed = seed
        self._ports = https_port, pages_port, smtp_port
        self._world = World()
        self._faults = FaultBook()
        self._keeper = Keeper(folder / "state.json", self._world) if seed == "demo" else None
        self._listeners: list[Listener] = []
        self._mail: MailDesk | None = None

    def start(self) -> None:
        """Make what the folder lacks, bind the ports and serve. Raises OSError for a port that is taken."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = KeyRing(self._folder / "signing-keys.pem")
        if self._keeper is not None:
            self._fill(self._keeper, keys)
        https, plain, mail = self._bound()
        https_url, pages_url = f"https://{LOOPBACK}:{https.port}", f"http://{LOOPBACK}:{plain.port}"
        site = Site(self._world, keys, https_url, pages_url)
        router = Router(site, self._faults, Control(site, self._faults, mail), mail.mailbox)
        mail.listener.start()
        https.start(router.secure)
        plain.start(router.browsed)

    def _bound(self) -> tuple[Listener, Listener, MailDesk]:
        with ExitStack() as after_failure:
            https = Listener(self._ports[0], server_context(self._folder))
            after_failure.callback(https.server_close)
            plain = Listener(self._ports[1])
            after_failure.callback(plain.server_close)
            # Mails outlive the process where the rest does.
            kept = self._folder / "mails" if self._keeper is not None else None
            self._mail = MailDesk(self._ports[2], kept, self._faults.hold)
            after_failure.pop_all()
        self._listeners = [https, plain]
        return https, plain, self._mail

    def _fill(self, keeper: Keeper, keys: KeyRing) -> None:
        is_new = not keeper.load()
        keeper.start()
        if is_new:
            self._world.add_tenant(seeds.demo_tenant(keys.first_id))
            keeper.save()

    def stop(self) -> None:
        """Cut every connection, write what is left and close."""
        self._faults.stop()
        if self._mail is not None:
            self._mail.listener.stop()
            self._mail = None
        for listener in self._listeners:
            listener.stop()
        self._listeners.clear()
        if self._keeper is not None:
            self._keeper.stop()

    def _tenant(self) -> Tenant | None:
        with self._world.lock:
            return next(iter(self._world.tenants.values()), None)

    def environment(self) -> dict[str, str]:
        """Return the settings that point a portal here; an empty sandbox names a tenant that is not there."""
        https, plain = self._listeners
        url, tenant = f"https://{LOOPBACK}:{https.port}", self._tenant()
        ca_bundle = str((self._folder / "ca.pem").resolve())
        names = [one.name for one in tenant.organizations.values()] if tenant else ["nowhere"]
        return {
            "ENTRA_AUTHORITY": f"{url}/{tenant.tenant_id if tenant else _NOBODY}",
            "ENTRA_CLIENT_ID": tenant.client_id if tenant else _NOBODY,
            "ENTRA_CLIENT_SECRET": tenant.client_secret if tenant else "sandbox-client-secret",
            "ENTRA_CA_BUNDLE": ca_bundle,
            "AZURE_DEVOPS_VSSPS_URL": f"{url}/vssps",
            "AZURE_DEVOPS_URL": f"{url}/devops",
            "AZURE_DEVOPS_CA_BUNDLE": ca_bundle,
            "AZURE_DEVOPS_ORGANIZATIONS": ",".join(names),
            "ALLOW_OTHER_HOSTS": "true",
            "SANDBOX_SMTP_URL": self._mail.listener.url if self._mail else "",
            "SANDBOX_MAILBOX_URL": f"http://{LOOPBACK}:{plain.port}/mail",
            "SANDBOX_CONTROL_URL": f"{url}/control",
        }

    def people(self) -> list[SeededPerson]:
        """Return who can sign in, in the order of the authorize page."""
        tenant = self._tenant()
        return [
            SeededPerson(one.name, one.user_name, ", ".join(pages.described(one)), one.shows)
            for one in (tenant.people.values() if tenant else ())
        ]


def main() -> None:
    """Run a sandbox in the foreground until it is interrupted or terminated."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.server", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--seed", choices=SEEDS, default="demo")
    parser.add_argument("--https-port", type=int, default=0)
    parser.add_argument("--pages-port", type=int, default=0)
    parser.add_argument("--smtp-port", type=int, default=0)
    options = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: ended.set())
    server = SandboxServer(
        options.folder,
        seed=options.seed,
        https_port=options.https_port,
        pages_port=options.pages_port,
        smtp_port=options.smtp_port,
    )
    server.start()
    for name, value in server.environment().items():
        print(f"{name}={value}", flush=True)
    ended.wait()
    server.stop()


if __name__ == "__main__":
    main()
