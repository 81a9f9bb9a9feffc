"""The lock files: make them from pyproject.toml, and tell offline whether they still belong to it.

`python -m sandbox.locks` makes them (needs a network), with `check` it compares. Each lock carries a digest
of the dependency tables that it was made from, so comparing needs no resolver.
"""

import hashlib
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_MARK = "# from pyproject.toml, dependencies sha256:"
_OPTIONS = ["--universal", "--python-version=3.11", "--generate-hashes", "--no-emit-index-url", "--quiet"]
# What is locked, in this order: the development set must agree with what production gets.
_LOCKS: dict[str, list[str]] = {
    "requirements.txt": ["pyproject.toml"],
    "requirements-dev.txt": ["pyproject.toml", "--group=dev", "--constraint=requirements.txt"],
    "requirements-uv.txt": ["-", "--no-annotate"],
}


def main(arguments: list[str]) -> int:
    """Make the locks (`--upgrade`: with newer versions), or check them; return an exit code."""
    if arguments == ["check"]:
        return check(ROOT)
    for name, sources in _LOCKS.items():
        lock(ROOT, name, [*sources, *arguments])
    return 0


def check(root: Path) -> int:
    """Tell on the terminal which locks are older than pyproject.toml; return an exit code."""
    wanted = _MARK + digest(root)
    stale = [name for name in _LOCKS if wanted not in (root / name).read_text("utf-8").splitlines()]
    for name in stale:
        print(f"{name} does not belong to pyproject.toml's dependencies any more: run make lock.")
    return 1 if stale else 0


def digest(root: Path) -> str:
    """Return a digest of everything in pyproject.toml that decides what is locked."""
    table = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    project = table["project"]
    parts = [project["requires-python"], project["dependencies"], table["dependency-groups"]]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def lock(root: Path, name: str, sources: list[str]) -> None:
    """Resolve one lock file for all platforms and Pythons, with hashes and without naming a registry."""
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "pip", "compile", *sources, *_OPTIONS, f"--output-file={name}"]
    environment = {**os.environ, "UV_CUSTOM_COMPILE_COMMAND": "make lock"}
    subprocess.run(
        command, cwd=root, env=environment, input="uv\n", text=True, stdout=subprocess.PIPE, check=True
    )
    path = root / name
    path.write_text(f"{_MARK}{digest(root)}\n{path.read_text('utf-8')}", "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
