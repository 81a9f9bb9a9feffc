"""The virtual environment: made once, made again when it must be, and quick otherwise."""

import sys
import venv
from pathlib import Path

import pytest

from sandbox.install import (
    LOCKS,
    ROOT,
    InstallError,
    fingerprint,
    install,
    is_home_usable,
    main,
    with_settings_of_pip,
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with locks that name nothing that could be had, so that an installation must fail."""
    for name in LOCKS:
        (tmp_path / name).write_text("nothing-of-this-name==1.0 --hash=sha256:" + "0" * 64 + "\n", "ascii")
    return tmp_path


def _make(checkout: Path) -> None:
    venv.create(checkout / ".venv", symlinks=True, with_pip=False)
    (checkout / ".venv" / "installed").write_text(fingerprint(checkout), "ascii")


def test_a_finished_environment_is_left_alone(checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _make(checkout)
    install(checkout)
    assert capfd.readouterr() == ("", "")


def test_a_failed_installation_says_what_it_needs_and_is_not_taken_for_done(
    checkout: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")
    _make(checkout)
    (checkout / LOCKS[0]).write_text("another==2.0 --hash=sha256:" + "1" * 64 + "\n", "ascii")
    with pytest.raises(InstallError, match="needs a network or a mirror"):
        install(checkout)
    assert not (checkout / ".venv" / "installed").exists()
    assert "pip does it now" in capfd.readouterr().out


def test_an_environment_of_another_checkout_is_not_emptied(checkout: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "lib").mkdir(parents=True)
    (checkout / ".venv").symlink_to(other)
    with pytest.raises(InstallError, match="Remove the link"):
        install(checkout)
    assert (other / "lib").is_dir()


def test_a_moved_checkout_has_another_fingerprint(checkout: Path) -> None:
    before = fingerprint(checkout)
    moved = checkout.rename(checkout.with_name("moved, with a space"))
    assert fingerprint(moved) != before
    assert fingerprint(moved)[:64] == before[:64]


def test_it_needs_the_standard_library_only() -> None:
    names = {name.partition(".")[0] for name in sys.modules}
    source = Path(sys.modules["sandbox.install"].__file__ or "").read_text("utf-8")
    imported = {
        line.split()[1].partition(".")[0]
        for line in source.splitlines()
        if line.startswith(("import ", "from "))
    }
    assert imported <= names & set(sys.stdlib_module_names)


def test_its_exit_codes_tell_the_shell_how_it_went(
    checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _make(checkout)
    assert main(checkout) == 0
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")
    (checkout / LOCKS[1]).write_text("# another\n", "ascii")
    assert main(checkout) == 1
    assert "The first start needs a network" in capsys.readouterr().err


def test_caches_go_home_only_where_home_is_ours_and_writable(tmp_path: Path) -> None:
    assert is_home_usable({"HOME": str(tmp_path)})
    assert is_home_usable({"HOME": "/nonexistent", "XDG_CACHE_HOME": str(tmp_path)})
    assert not is_home_usable({"HOME": str(tmp_path / "missing")})
    assert not is_home_usable({})


def test_uv_gets_the_mirror_and_the_certificates_of_pip(tmp_path: Path) -> None:
    bundle, config = tmp_path / "ca.pem", tmp_path / "pip.conf"
    bundle.touch()
    config.write_text(f"[global]\nindex-url = https://mirror.example/simple\ncert = {bundle}\n", "utf-8")
    environment = {"PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": str(config)}
    found = with_settings_of_pip(ROOT, environment)
    assert found["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert found["SSL_CERT_FILE"] == str(bundle)
    own = environment | {"UV_DEFAULT_INDEX": "https://own.example/simple", "SSL_CERT_FILE": "/own.pem"}
    assert with_settings_of_pip(ROOT, own) == own
