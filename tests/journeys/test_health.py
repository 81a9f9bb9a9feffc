"""What a load balancer is told while an installation is made."""

from pathlib import Path

import requests

from tests.installation import Installation
from tests.sandbox_tenant import Tenant


def test_ready_means_migrated_and_alive_means_alive(tmp_path: Path, tenant: Tenant) -> None:
    fresh = Installation(tmp_path)
    try:
        fresh.serve(tenant)
        fresh.start_web()
        assert (fresh.status("/healthz"), fresh.status("/readyz")) == (200, 503)
        fresh.migrate()
        assert (fresh.status("/healthz"), fresh.status("/readyz")) == (200, 200)
        # It asks by the address of a machine, which is none of the portal's names.
        answer = requests.get(
            f"{fresh.base_url}/readyz", headers={"Host": "10.0.0.7:8000"}, timeout=10, allow_redirects=False
        )
        assert (answer.status_code, answer.text) == (200, "ready\n")
        # Nobody wants a line in the access log for every second of a load balancer's life.
        assert '"event": "request"' not in fresh.logs()
    finally:
        fresh.remove()
