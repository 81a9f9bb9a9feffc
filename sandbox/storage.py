"""Keeps the tenants in one JSON file: written whole and atomically, shortly after a change and at the end."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from sandbox.certificates import write_private
from sandbox.state import Tenant
from sandbox.world import World

_VERSION = 1
_DELAY_SECONDS = 0.05


class Keeper:
    """Writes a world's tenants to a file on a thread of its own."""

    def __init__(self, file: Path, world: World) -> None:
        self._file = file
        self._world = world
        self._is_dirty = threading.Event()
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def load(self) -> bool:
        """Read the file into the world; tell whether there was one."""
        if not self._file.exists():
            return False
        data: dict[str, Any] = json.loads(self._file.read_bytes())
        with self._world.lock:
            self._world.tenants = {one["tenant_id"]: Tenant.from_json(one) for one in data["tenants"]}
        return True

    def start(self) -> None:
        """Begin to follow changes."""
        self._world.on_change = self._is_dirty.set
        self._thread.start()

    def stop(self) -> None:
        """Write what is left and end."""
        self._is_stopping.set()
        self._is_dirty.set()
        if self._thread.is_alive():
            self._thread.join()

    def save(self) -> None:
        """Write the world as it is now."""
        with self._world.lock:
            tenants = [tenant.to_json() for tenant in self._world.tenants.values()]
        write_private(self._file, json.dumps({"version": _VERSION, "tenants": tenants}).encode())

    def _run(self) -> None:
        while not self._is_stopping.is_set():
            self._is_dirty.wait()
            self._is_stopping.wait(_DELAY_SECONDS)
            self._is_dirty.clear()
            self.save()
