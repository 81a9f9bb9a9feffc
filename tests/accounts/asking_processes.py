"""Processes that ask for one person's access token at once.

`python -m tests.accounts.asking_processes USER COUNT` sets Django up once, before any connection exists; then
the processes part. Each prints a hash of what it got, or the code of the error.
"""

import hashlib
import os
import sys

import django


def main(user_id: int, count: int) -> int:
    """Part into `count` processes, let them all go at the same moment, and wait for them."""
    django.setup()
    reading, writing = os.pipe()
    children = []
    for _ in range(count):
        child = os.fork()
        if child == 0:
            os.close(writing)
            os.read(reading, 1)  # ends when the parent closes its side
            os.write(1, f"{_ask(user_id)}\n".encode())
            os._exit(0)
        children.append(child)
    os.close(writing)
    return max(os.waitpid(child, 0)[1] for child in children)


def _ask(user_id: int) -> str:
    from django.utils import timezone  # noqa: PLC0415 - settings come first

    from accounts.errors import AccountsError  # noqa: PLC0415
    from accounts.grants import access_token_for  # noqa: PLC0415
    from accounts.models import User  # noqa: PLC0415

    user = User.objects.get(pk=user_id)
    try:
        return hashlib.sha256(access_token_for(user, now=timezone.now()).encode()).hexdigest()
    except AccountsError as exc:
        return exc.code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
