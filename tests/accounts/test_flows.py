"""Sign-ins under way."""

from __future__ import annotations

import time
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from django.utils import timezone

from accounts.flows import keep_flow, take_flow
from accounts.models import SpentFlow

pytestmark = pytest.mark.django_db


def flow(state: str) -> dict[str, Any]:
    return {"state": state, "nonce": "n", "code_verifier": "v", "auth_uri": "https://entra.example/"}


@pytest.fixture
def session() -> SessionStore:
    made = SessionStore()
    made.create()
    return made


def test_a_flow_comes_back_once_with_its_way(session: SessionStore) -> None:
    keep_flow(session, flow("a"), next_path="/tokens/new")
    taken = take_flow(session, "a", now=timezone.now())
    assert taken is not None
    assert (taken.flow["state"], taken.next_path) == ("a", "/tokens/new")
    assert take_flow(session, "a", now=timezone.now()) is None


def test_it_remembers_the_tenant_and_whose_challenge_went_with_it(session: SessionStore) -> None:
    tenant_id = uuid4()
    keep_flow(session, flow("a"), next_path="/", tenant_id=tenant_id, challenged="who")
    keep_flow(session, flow("b"), next_path="/")
    session.save()
    stored, now = SessionStore(session.session_key), timezone.now()
    first, second = (take_flow(stored, state, now=now) for state in "ab")
    assert first is not None
    assert (first.tenant_id, first.challenged) == (tenant_id, "who")
    assert second is not None
    assert (second.tenant_id, second.challenged) == (None, "")


def test_it_is_gone_from_the_stored_session_before_it_is_used(session: SessionStore) -> None:
    keep_flow(session, flow("a"), next_path="/")
    take_flow(session, "a", now=timezone.now())
    assert SessionStore(session.session_key)["entra_flows"] == {}


def test_several_may_be_under_way_and_the_oldest_is_forgotten(session: SessionStore) -> None:
    for state in "abcdefg":
        keep_flow(session, flow(state), next_path="/")
    assert list(session["entra_flows"]) == list("cdefg")
    now = timezone.now()
    assert take_flow(session, "b", now=now) is None
    assert take_flow(session, "e", now=now) is not None
    assert take_flow(session, "c", now=now) is not None


def test_it_lives_for_ten_minutes(session: SessionStore) -> None:
    keep_flow(session, flow("a"), next_path="/")
    keep_flow(session, flow("b"), next_path="/")
    session["entra_flows"]["a"]["created_at"] = int(time.time()) - 600
    session["entra_flows"]["b"]["created_at"] = int(time.time()) - 590
    assert take_flow(session, "a", now=timezone.now()) is None
    assert take_flow(session, "b", now=timezone.now()) is not None


@pytest.mark.parametrize("state", ["", "unknown", "a\x00", "ä" * 2000])
def test_an_unknown_state_has_no_flow(session: SessionStore, state: str) -> None:
    keep_flow(session, flow("a"), next_path="/")
    assert take_flow(session, state, now=timezone.now()) is None
    assert SpentFlow.objects.count() == 0


def test_a_flow_of_another_session_is_unknown(session: SessionStore) -> None:
    keep_flow(session, flow("a"), next_path="/")
    assert take_flow(SessionStore(), "a", now=timezone.now()) is None


def test_a_session_that_was_ended_meanwhile_has_no_flow(session: SessionStore) -> None:
    keep_flow(session, flow("a"), next_path="/")
    session.save()
    SessionStore(session.session_key).delete(session.session_key)
    assert take_flow(session, "a", now=timezone.now()) is None


def test_old_claims_are_cleared_away(session: SessionStore) -> None:
    now = timezone.now()
    SpentFlow.objects.create(state_hash="old", spent_at=now - timedelta(hours=2))
    SpentFlow.objects.create(state_hash="recent", spent_at=now - timedelta(minutes=30))
    keep_flow(session, flow("a"), next_path="/")
    take_flow(session, "a", now=now)
    assert SpentFlow.objects.filter(state_hash="recent").exists()
    assert SpentFlow.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_moment_one_gets_it() -> None:
    session = SessionStore()
    keep_flow(session, flow("a"), next_path="/")
    session.save()
    barrier = Barrier(6)
    taken: list[Any] = []

    def come_back() -> None:
        try:
            mine = SessionStore(session.session_key)
            assert mine["entra_flows"]
            barrier.wait(10)
            taken.append(take_flow(mine, "a", now=timezone.now()))
        finally:
            connections.close_all()

    threads = [Thread(target=come_back) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(taken) == 6
    assert len([one for one in taken if one is not None]) == 1
