"""Places for strangers whose sign-ins are being completed."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.errors import SignInsBusy
from accounts.models import User
from accounts.slots import redeeming_slot


def request_of(user: Any) -> HttpRequest:
    request = HttpRequest()
    request.user = user
    return request


STRANGER, PERSON = request_of(AnonymousUser()), request_of(User(pk=1))


def take(request: HttpRequest, number: int) -> None:
    """Hold so many places at once."""
    if number:
        with redeeming_slot(request):
            take(request, number - 1)


def test_one_stranger_too_many_is_refused_at_once() -> None:
    take(STRANGER, 2)
    with pytest.raises(SignInsBusy):
        take(STRANGER, 3)
    take(STRANGER, 2)


def test_places_are_given_back_whatever_happens() -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), redeeming_slot(STRANGER):
            raise ZeroDivisionError


def test_whoever_is_signed_in_needs_no_place() -> None:
    with redeeming_slot(STRANGER), redeeming_slot(STRANGER):
        take(PERSON, 3)
