"""Requests become actors."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.actors import ANONYMOUS_LABEL, actor_for, actor_for_profile, actor_for_user, origin_of
from accounts.claims import profile_of
from accounts.models import User
from patportal.lib.actors import ActorKind, Origin


@pytest.fixture
def request_() -> HttpRequest:
    request = RequestFactory().get("/", headers={"User-Agent": "a browser\x1b[31m" + "x" * 300})
    request.user = AnonymousUser()
    request.request_id, request.client_address = "abc", "192.0.2.7"  # type: ignore[attr-defined]
    return request


def test_the_origin_is_what_the_middleware_found(request_: HttpRequest) -> None:
    origin = origin_of(request_)
    assert (origin.request_id, origin.address) == ("abc", "192.0.2.7")
    assert origin.user_agent.startswith("a browser[31mxx")
    assert len(origin.user_agent) == 256


def test_without_middleware_the_origin_is_empty() -> None:
    assert origin_of(HttpRequest()) == Origin()


def test_a_stranger_is_an_anonymous_person(request_: HttpRequest) -> None:
    actor = actor_for(request_)
    assert (actor.kind, actor.label) == (ActorKind.PERSON, ANONYMOUS_LABEL)
    assert actor.tenant_id is actor.object_id is None
    assert actor.origin.address == "192.0.2.7"


def test_a_person_is_themselves(request_: HttpRequest) -> None:
    user = User(tenant_id=uuid4(), object_id=uuid4(), display_name="Alice Archer")
    request_.user = user
    actor = actor_for(request_)
    assert (actor.tenant_id, actor.object_id, actor.label) == (user.tenant_id, user.object_id, "Alice Archer")


@pytest.mark.parametrize(
    ("claims", "label"),
    [
        ({"name": "Alice", "preferred_username": "alice@example.test"}, "Alice"),
        ({"preferred_username": "alice@example.test"}, "alice@example.test"),
        ({}, "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"),
    ],
)
def test_a_profile_is_the_person_of_the_id_token(claims: dict[str, str], label: str) -> None:
    ids = {"tid": "11111111-2222-4333-8444-555555555555", "oid": "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"}
    actor = actor_for_profile(profile_of(ids | claims), origin=Origin(request_id="r"))
    assert (actor.label, str(actor.object_id), actor.origin.request_id) == (label, ids["oid"], "r")


def test_people_of_another_tenant_are_told_apart(settings: Any) -> None:
    home, other = uuid4(), uuid4()
    settings.ENTRA_AUTHORITY = f"https://login.microsoftonline.com/{home}"
    settings.ENTRA_ADDITIONAL_TENANTS = {other: "Tailwind"}
    for tenant_id, label in ((home, "Alice Archer"), (other, "Alice Archer (Tailwind)")):
        user = User(tenant_id=tenant_id, object_id=uuid4(), display_name="Alice Archer")
        assert actor_for_user(user, origin=Origin()).label == label
        claims = {"tid": str(tenant_id), "oid": str(user.object_id), "name": "Alice Archer"}
        assert actor_for_profile(profile_of(claims), origin=Origin()).label == label
