"""The few places for strangers whose sign-ins are being completed, so that they never take all threads.

Anybody can begin a sign-in and come back with a made-up code, which costs a request to Entra.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from django.conf import settings
from django.http import HttpRequest

from accounts.errors import SignInsBusy
from accounts.models import User


@contextmanager
def redeeming_slot(request: HttpRequest) -> Iterator[None]:
    """Hold one of this process's places; raises `SignInsBusy` at once where all are taken.

    Whoever is signed in needs none: what they do is known to be theirs.
    """
    if isinstance(request.user, User):
        yield
        return
    slots = _slots(settings.REMOTE_CALLS_PER_PROCESS // 2)
    if not slots.acquire(blocking=False):
        raise SignInsBusy
    try:
        yield
    finally:
        slots.release()


@cache
def _slots(number: int) -> BoundedSemaphore:
    return BoundedSemaphore(number)
