"""Run a command that ends with its starter and does not have root's rights where it must not.

    python -I -S leash.py SIGNAL STARTER FOLDER COMMAND...

The process asks Linux for SIGNAL when STARTER (a process id) ends, however it ends; gives up root for
the sake of FOLDER, which the command owns (empty: keep the identity); and becomes COMMAND. It is a program
of its own, and not a function between fork and exec, because that would be unsafe in a starter with
threads. Elsewhere than on Linux only the last step is taken. It must stay quick to start: standard library
only, few imports, no pathlib.
"""

import contextlib
import ctypes
import os
import sys
from collections.abc import Callable

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_SET_SECUREBITS = 1, 8, 28
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_SECBIT_NO_SETUID_FIXUP, _SECBIT_KEEP_CAPS = 1 << 2, 1 << 4
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION = 0x20080522
_NOBODY = 65534


def main(signal_number: int, starter: int, folder: str, command: list[str]) -> None:
    """Tie this process to `starter`, give up root where `folder` is named, and become `command`."""
    if sys.platform == "linux":
        if folder and os.geteuid() == 0:
            give_up_root(folder, is_namespace_allowed=os.environ.pop("LEASH_AVOIDS_NAMESPACES", "") == "")
        # After the change of identity, which clears it.
        _check(_libc().prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0), "prctl")
        if os.getppid() != starter:
            sys.exit("The starter ended before this process began.")
    os.execvp(command[0], command)  # noqa: S606 - the caller's own command, without a shell


def give_up_root(folder: str, *, is_namespace_allowed: bool = True) -> None:
    """Become another user who owns `folder`: in a user namespace, else as nobody.

    In the namespace the files stay root's and a private folder above them does no harm. Where the kernel
    forbids namespaces (many containers do), the process becomes nobody, owns a folder of its own, and
    keeps the one capability that opens private folders above it.
    """
    if is_namespace_allowed and _succeeds_in_a_fork(_enter_namespace):
        _give(folder, 0)
        _enter_namespace()
    else:
        _give(folder, _NOBODY)
        _become_nobody()


def _enter_namespace() -> None:
    _check(_libc().unshare(_CLONE_NEWUSER), "unshare")
    own_map = f"{_NOBODY} 0 1"
    for name, content in (("setgroups", "deny"), ("uid_map", own_map), ("gid_map", own_map)):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(content)


def _become_nobody() -> None:
    libc = _libc()
    libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    # Postgres looks for its programs by access(2), which ignores capabilities without this bit (Linux 6.18).
    libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP | _SECBIT_KEEP_CAPS, 0, 0, 0)
    os.setgroups([])
    os.setgid(_NOBODY)
    os.setuid(_NOBODY)
    # A refusal here only matters below a private folder, and then the command itself says so.
    mask = 1 << _CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    libc.capset(header, sets)
    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)


def _succeeds_in_a_fork(step: Callable[[], None]) -> bool:
    """Try `step` in a child: half a namespace is worse than none."""
    child = os.fork()
    if child == 0:
        code = 1
        with contextlib.suppress(OSError):
            step()
            code = 0
        os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def _give(folder: str, owner: int) -> None:
    """Make `owner` the owner of `folder` and all in it, unless it is already."""
    if os.stat(folder).st_uid == owner:
        return
    for place, folders, files in os.walk(folder, topdown=False):
        for name in (*folders, *files):
            os.lchown(os.path.join(place, name), owner, owner)
    os.chown(folder, owner, owner)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, call: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
