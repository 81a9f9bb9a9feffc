"""Gets the npm packages of this folder's lock file, once per lock file and machine.

Every file is checked against the hash in the lock file, and no script of a package runs. This is the one
place in the tests that needs a network, and only the first time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.folders import FolderInUseError, claim

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".test" / "node"
_FILES = ("package.json", "package-lock.json")
_LEAST_NODE = 20
_CLEAN_INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
_INSTALL_SECONDS, _WAIT_SECONDS = 60, 75
# Where npm finds its configuration; what else is in the environment is none of its business.
_FOR_NPM = ("HOME", "PATH", "LANG", "NODE_EXTRA_CA_CERTS", "TMPDIR")
_FOR_NPM_PREFIXES = ("npm_config_", "NPM_CONFIG_")


class PackagesMissing(Exception):
    """The packages cannot be had here; the message says why."""


def find_node() -> str:
    """Return the path of a Node that is new enough; raises `PackagesMissing`."""
    node = shutil.which("node")
    if node is None:
        raise PackagesMissing("Node is not installed.")
    probe = [node, "--print", "process.versions.node"]
    version = subprocess.run(probe, capture_output=True, text=True, check=False, timeout=30).stdout.strip()
    major = version.partition(".")[0]
    if not major.isdecimal() or int(major) < _LEAST_NODE:
        raise PackagesMissing(f"Node {_LEAST_NODE} or newer is needed, not {version or 'one that fails'}.")
    return node


def installed_packages(cache: Path = CACHE, *, npm: str | None = None) -> Path:
    """Return a folder under `cache` with the packages in it, installed now if this lock file is new here.

    Two callers at once install once. `npm` is the program, by default the one on the path. Raises
    `PackagesMissing`.
    """
    npm = npm or shutil.which("npm")
    if npm is None:
        raise PackagesMissing("npm is not installed.")
    wanted = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in _FILES)).hexdigest()[:16]
    folder = cache / wanted
    try:
        with _alone(cache / "installing"):
            if not folder.exists():
                _install(npm, draft=cache / "draft", cache=cache)
                # In one step: what bears the name is whole.
                (cache / "draft").rename(folder)
    except OSError as exc:
        raise PackagesMissing(f"{cache} cannot be used: {exc.strerror}.") from exc
    return folder


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            lock = claim(folder)
        except FolderInUseError as exc:
            if time.monotonic() > deadline:
                raise PackagesMissing(f"Another installation takes too long. {exc}") from exc
            time.sleep(0.1)
            continue
        with lock:
            yield
        return


def _install(npm: str, *, draft: Path, cache: Path) -> None:
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    for name in _FILES:
        shutil.copy(HERE / name, draft)
    try:
        ended = subprocess.run(
            [npm, *_CLEAN_INSTALL],
            cwd=draft,
            env=_environment(cache),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired as exc:
        raise PackagesMissing(f"npm took longer than {_INSTALL_SECONDS} s.") from exc
    if ended.returncode != 0:
        said = " / ".join((ended.stderr or ended.stdout).strip().splitlines()[:3])
        raise PackagesMissing(f"npm could not install the packages: {said}")


def _environment(cache: Path) -> dict[str, str]:
    passed_on = {
        name: value
        for name, value in os.environ.items()
        if name in _FOR_NPM or name.startswith(_FOR_NPM_PREFIXES)
    }
    # npm wants to write, and the home directory need not be there.
    return passed_on | {
        "npm_config_cache": str(cache / "downloads"),
        "npm_config_fetch_retries": "1",
        "npm_config_update_notifier": "false",
    }
