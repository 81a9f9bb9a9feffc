"""What a sign-in changes, all of it or nothing."""

from __future__ import annotations

from contextlib import nullcontext
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.db import connection, connections
from django.db.models.signals import post_save
from django.utils import timezone

from accounts import signals
from accounts.claims import Profile, Role
from accounts.errors import EntraUnreachable, RefusalReason, SignInRefused
from accounts.models import Grant, SignIn, User
from accounts.sign_in import admit, record_refusal, record_sign_out
from patportal.lib.actors import Origin, system_actor
from tests.accounts.browsers import Heard

pytestmark = pytest.mark.django_db
TENANT, PERSON = uuid4(), uuid4()


def profile(*roles: Role, **changes: Any) -> Profile:
    facts: dict[str, Any] = {
        "tenant_id": TENANT,
        "object_id": PERSON,
        "display_name": "Alice Archer",
        "user_principal_name": "alice@example.test",
        "email": "",
        "login_hint": "O.abc",
        "is_guest": False,
        "roles": frozenset(roles),
        "unknown_roles": frozenset(),
        "sid": "",
    }
    return Profile(**(facts | changes))


@pytest.fixture(autouse=True)
def _home(settings: Any) -> None:
    settings.ENTRA_AUTHORITY = f"https://login.microsoftonline.com/{TENANT}"


def let_in(given: Profile, **wish: Any) -> SignIn:
    origin = Origin("r", "192.0.2.7", "x")
    return admit(given, cache_text="{}", scopes=(), origin=origin, now=timezone.now(), **wish)


def come_in(given: Profile) -> User:
    return let_in(given).user


def test_it_makes_the_person_once() -> None:
    first = come_in(profile())
    second = come_in(profile(display_name="Alice Married"))
    assert second.pk == first.pk
    assert User.objects.get().display_name == "Alice Married"


def test_it_makes_groups_that_somebody_removed() -> None:
    Group.objects.all().delete()
    assert come_in(profile(Role.ADMIN)).roles == {Role.ADMIN}


def test_it_leaves_other_groups_alone() -> None:
    user = come_in(profile(Role.ADMIN))
    other = Group.objects.create(name="something else")
    user.groups.add(other)
    user = come_in(profile())
    assert list(user.groups.all()) == [other]


def test_the_grant_is_alive_again() -> None:
    come_in(profile())
    Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED, lost_code="grant_revoked")
    come_in(profile())
    grant = Grant.objects.get()
    assert grant.is_active
    assert grant.lost_code == ""


@pytest.mark.parametrize("is_new", [True, False])
def test_a_failing_receiver_undoes_everything(is_new: bool) -> None:
    if not is_new:
        come_in(profile())
        Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED)

    def fail(sender: type, **details: Any) -> None:
        raise ZeroDivisionError

    signals.signed_in.connect(fail)
    try:
        with pytest.raises(ZeroDivisionError):
            come_in(profile(Role.ADMIN, display_name="Changed"))
    finally:
        signals.signed_in.disconnect(fail)
    assert User.objects.filter(display_name="Changed").count() == 0
    assert User.objects.filter(is_staff=True).count() == 0
    assert Grant.objects.filter(state=Grant.State.ACTIVE).count() == 0


def test_a_person_switched_off_changes_nothing(heard: Heard) -> None:
    come_in(profile())
    User.objects.update(is_active=False)
    heard.events.clear()
    with pytest.raises(SignInRefused) as caught:
        come_in(profile(Role.ADMIN, display_name="Changed"))
    assert caught.value.code == RefusalReason.PERSON_DISABLED
    assert User.objects.get().display_name == "Alice Archer"
    assert heard.events == []


def test_a_refusal_is_told_with_its_numbers(heard: Heard) -> None:
    now = timezone.now()
    record_refusal(EntraUnreachable(aadsts=90033, correlation_id="c"), actor=None, now=now)
    assert heard.events == [
        (
            "sign_in_refused",
            {
                "sender": User,
                "actor": None,
                "reason": "entra_unreachable",
                "aadsts": 90033,
                "correlation_id": "c",
                "now": now,
            },
        )
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_let_in", [True, False], ids=["let in", "refused for want of a role"])
def test_rows_that_refer_to_the_person_can_be_written_meanwhile(settings: Any, is_let_in: bool) -> None:
    user = come_in(profile(Role.ADMIN))
    settings.SIGN_IN_REQUIRES_ROLE = not is_let_in
    other = Group.objects.create(name="something else")
    written: list[int] = []

    def write_elsewhere() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            user.groups.through.objects.create(user=user, group=other)
            written.append(1)
        finally:
            connections.close_all()

    def write_meanwhile(sender: type, instance: User, **details: Any) -> None:
        if not written and instance.pk == user.pk:
            thread = Thread(target=write_elsewhere)
            thread.start()
            thread.join(20)

    post_save.connect(write_meanwhile, sender=User)
    try:
        with nullcontext() if is_let_in else pytest.raises(SignInRefused):
            come_in(profile())
    finally:
        post_save.disconnect(write_meanwhile, sender=User)
    assert written == [1]


def test_the_row_of_the_session_says_where_it_is_and_keeps_entras_id_as_a_hash() -> None:
    row = let_in(profile(sid="an id of Entra's session"))
    assert (row.address, row.user_agent) == ("192.0.2.7", "x")
    assert row.started_at == row.last_seen_at
    assert len(row.sid_hash) == 64
    assert "Entra" not in row.sid_hash
    assert let_in(profile()).sid_hash == ""


def test_signing_in_again_in_the_same_browser_ends_the_session_before() -> None:
    first, elsewhere = let_in(profile()), let_in(profile())
    second = let_in(profile(), replaced_id=first.pk)
    first.refresh_from_db()
    assert first.ended_reason == "signed_in_again"
    assert set(SignIn.objects.filter(ended_at=None)) == {elsewhere, second}


def test_a_sign_out_ends_the_session_and_is_told(heard: Heard) -> None:
    row, other = let_in(profile()), let_in(profile())
    heard.events.clear()
    record_sign_out(row.user, row.pk, actor=system_actor("a test"), now=timezone.now())
    assert [name for name, _ in heard.events] == ["signed_out"]
    assert list(SignIn.objects.filter(ended_at=None)) == [other]


def test_a_guest_is_known_as_one_while_they_are() -> None:
    assert come_in(profile(is_guest=True)).is_guest
    assert not come_in(profile()).is_guest


def test_roles_of_another_tenant_do_not_count(settings: Any) -> None:
    settings.ENTRA_AUTHORITY = f"https://login.microsoftonline.com/{uuid4()}"
    user = come_in(profile(*Role))
    assert user.roles == frozenset()
    assert not user.is_staff
    settings.SIGN_IN_REQUIRES_ROLE = True
    with pytest.raises(SignInRefused) as caught:
        come_in(profile(*Role))
    assert caught.value.code == RefusalReason.ROLE_MISSING


def test_what_changed_in_the_roles_is_told_and_nothing_else(heard: Heard) -> None:
    for roles in ((Role.ADMIN,), (Role.ADMIN,), (Role.AUDITOR,), (), ()):
        come_in(profile(*roles))
    changes = [(one["gained"], one["lost"]) for one in heard.named("roles_changed")]
    admin, auditor, none = frozenset({Role.ADMIN}), frozenset({Role.AUDITOR}), frozenset[Role]()
    assert changes == [(admin, none), (auditor, admin), (none, auditor)]
    assert {one["actor"].label for one in heard.named("roles_changed")} == {"Microsoft Entra"}


def test_a_refusal_for_want_of_a_role_tells_what_was_lost(heard: Heard, settings: Any) -> None:
    come_in(profile(Role.ADMIN))
    heard.events.clear()
    settings.SIGN_IN_REQUIRES_ROLE = True
    with pytest.raises(SignInRefused):
        come_in(profile())
    ((name, event), _) = heard.events
    assert (name, event["lost"]) == ("roles_changed", {Role.ADMIN})


def test_a_refusal_for_want_of_a_role_ends_the_grant_once(heard: Heard, settings: Any) -> None:
    user = come_in(profile(Role.ADMIN))
    settings.SIGN_IN_REQUIRES_ROLE = True
    for _ in range(2):
        with pytest.raises(SignInRefused):
            come_in(profile())
    grant = Grant.objects.get(user=user)
    assert (grant.is_active, grant.lost_code) == (False, "not_assigned")
    (lost,) = heard.named("grant_lost")
    assert (lost["user"], lost["code"], lost["actor"].label) == (user, "not_assigned", "Microsoft Entra")


def test_a_challenge_that_was_answered_is_noted() -> None:
    come_in(profile())
    assert Grant.objects.get().challenge_answered_at is None
    let_in(profile(), answered_challenge=True)
    assert Grant.objects.get().challenge_answered_at is not None


@pytest.mark.django_db(transaction=True)
def test_two_first_sign_ins_at_once_make_one_person() -> None:
    barrier = Barrier(2)
    found: list[int] = []

    def sign_in() -> None:
        try:
            barrier.wait(10)
            found.append(come_in(profile(Role.ADMIN)).pk)
        finally:
            connections.close_all()

    threads = [Thread(target=sign_in) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 2
    assert set(found) == {User.objects.get().pk}
