"""Make the virtual environment `.venv` match the lock files.

Runs on a bare Python 3.11 or newer, before anything is installed: it must import the standard library only
and must not count on a writable home directory. A stamp inside `.venv` tells that nothing has to be done,
so a second start needs neither time nor network.
"""

import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements-dev.txt", "requirements-uv.txt")


class InstallError(RuntimeError):
    """The environment could not be made; the message says what to do."""


def main(root: Path = ROOT) -> int:
    """Install what the lock files name; return an exit code for the shell."""
    try:
        install(root)
    except InstallError as exc:
        print(f"\n{exc}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as exc:
        print(f"\nThe command {exc.cmd[:4]} failed; its own words stand above.", file=sys.stderr)
        return 1
    except PermissionError as exc:
        print(f"\nThis user may not change {exc.filename}; whoever made it can.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The next start installs again.", file=sys.stderr)
        return 130
    return 0


def install(root: Path) -> None:
    """Bring `root/.venv` to what `root`'s lock files name, once at a time per checkout.

    Raises InstallError when Python lacks something, the packages cannot be had, or `.venv` leads elsewhere.
    """
    stamp, wanted = root / ".venv" / "installed", fingerprint(root)
    with (root / LOCKS[0]).open("rb") as lock:
        # Two makes at once: the second waits here and then finds the work done.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _stamped(stamp) == wanted and _runs(root):
            return
        if (root / ".venv").is_symlink():
            raise InstallError(
                ".venv is a link, and an installation would empty the folder it leads to, which another\n"
                "checkout may use. Remove the link; then run make again."
            )
        started = time.monotonic()
        # A moved or copied checkout has scripts that point to its old place: it starts over.
        is_whole = _stamped(stamp)[64:] == wanted[64:] and _runs(root)
        stamp.unlink(missing_ok=True)
        if not is_whole:
            _create(root)
        print("Installing the packages of requirements-dev.txt into .venv ...", flush=True)
        _install_packages(root)
        stamp.write_text(wanted, "ascii")
        print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)


def fingerprint(root: Path) -> str:
    """Return what identifies the lock files (64 characters) and the checkout's place (64 more)."""
    locks = hashlib.sha256(b"".join((root / name).read_bytes() for name in LOCKS))
    place = hashlib.sha256(os.fsencode(root))
    return locks.hexdigest() + place.hexdigest()


def _stamped(stamp: Path) -> str:
    try:
        return stamp.read_text("ascii")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _python(root: Path) -> str:
    return str(root / ".venv" / "bin" / "python")


def _runs(root: Path) -> bool:
    """Tell whether the environment's Python starts: its base may have been removed or upgraded."""
    probe = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        answer = subprocess.run([_python(root), "-I", "-S", "-c", probe], capture_output=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0


def _create(root: Path) -> None:
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise InstallError(
            f"{sys.executable} cannot make virtual environments: its venv module is incomplete.\n"
            "On Debian and Ubuntu `apt-get install python3-venv` adds it; then run make again."
        )
    print(f"Making .venv with Python {sys.version.split()[0]} ...", flush=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(root / ".venv")], check=True)
    except subprocess.CalledProcessError as exc:
        raise InstallError(f"{sys.executable} could not make .venv; its own words stand above.") from exc


def _install_packages(root: Path) -> None:
    """Install with the hash-pinned uv, which takes seconds; with pip, slower, where uv does not work."""
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_USER": "0"}
    with tempfile.TemporaryDirectory(prefix="cache-", dir=root / ".venv") as cache:
        if not is_home_usable(os.environ):
            environment |= {"PIP_CACHE_DIR": f"{cache}/pip", "UV_CACHE_DIR": f"{cache}/uv"}
        pip = [_python(root), "-m", "pip", "install", "--quiet", "--require-hashes"]
        uv_lock, packages = (str(root / name) for name in reversed(LOCKS))
        has_uv = subprocess.run([*pip, "-r", uv_lock], env=environment, check=False).returncode == 0
        if has_uv and _sync(root, packages, uv_lock, with_settings_of_pip(root, environment)):
            return
        print("uv could not install the packages; pip does it now, which takes longer ...", flush=True)
        if subprocess.run([*pip, "-r", packages], env=environment, check=False).returncode != 0:
            raise InstallError(
                "The packages could not be installed. The first start needs a network or a mirror of PyPI\n"
                "(PIP_INDEX_URL, or pip's configuration); later starts need neither."
            )


def _sync(root: Path, packages: str, uv_lock: str, environment: dict[str, str]) -> bool:
    uv = root / ".venv" / "bin" / "uv"
    options = ["--quiet", "--require-hashes", "--python", _python(root)]
    command = [str(uv), "pip", "sync", *options, packages, uv_lock]
    try:
        return subprocess.run(command, env=environment, check=False).returncode == 0
    except OSError:
        return False


def is_home_usable(environ: Mapping[str, str]) -> bool:
    """Tell whether caches may live in the home directory: it is there, ours and writable."""
    if environ.get("UV_CACHE_DIR") or environ.get("XDG_CACHE_HOME"):
        return True
    home = Path(environ.get("HOME") or "")
    try:
        is_ours = home.is_absolute() and home.stat().st_uid == os.geteuid()
    except OSError:
        return False
    return (
        is_ours
        and os.access(home, os.W_OK)
        and all(
            os.access(folder, os.W_OK)
            for folder in (home / ".cache", home / ".cache" / "uv")
            if folder.exists()
        )
    )


def with_settings_of_pip(root: Path, environment: dict[str, str]) -> dict[str, str]:
    """Hand pip's mirror and CA bundle over to uv, which does not read pip's configuration."""
    command = [_python(root), "-m", "pip", "config", "list"]
    listed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found: dict[str, str] = {}
    for line in listed.stdout.splitlines():
        name, separator, value = line.partition("=")
        if separator:
            found[name.rpartition(".")[2]] = value.strip("'\"")
    if "index-url" in found and not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & environment.keys():
        environment = {**environment, "UV_DEFAULT_INDEX": found["index-url"]}
    if "cert" in found and "SSL_CERT_FILE" not in environment and Path(found["cert"]).is_file():
        environment = {**environment, "SSL_CERT_FILE": found["cert"]}
    return environment


if __name__ == "__main__":
    sys.exit(main())
