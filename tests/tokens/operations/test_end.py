"""The end of a replaced PAT: its expiry is brought forward, and a job revokes it; either alone is enough."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Grant
from tests.job_runner import run_jobs, waiting_jobs
from tests.people import Person, World
from tests.tokens.operations import rotation
from tests.tokens.operations.rotation import A_DAY, end, finish, take_over, truth
from tests.tokens.operations.scene import (
    Interrupted,
    Killed,
    Record,
    die,
    hasty_client,
    recover,
    settle,
    wait,
)
from tokens import enqueue, operations, rules
from tokens.errors import AzureDevOpsFailed, Forbidden, OutcomeUnknown, Refused
from tokens.models import Operation, Pat

State = Operation.State
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def old(world: World, alice: Person) -> Pat:
    """A PAT whose successor has taken over; its jobs got lost, so that a test runs what it needs."""
    pat = rotation.issue(world, alice)
    take_over(alice, pat)
    _lose_jobs()
    return pat


def _lose_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def _ends(old: Pat) -> list[Operation]:
    return list(Operation.objects.filter(verb="end", pat=old).order_by("requested_at"))


def _end_of(old: Pat) -> datetime:
    assert old.ends_at is not None
    return old.ends_at


def _due(now: datetime | None = None) -> list[Pat]:
    return operations.ends_to_do(now=now or timezone.now())


# --- Its own expiry ----------------------------------------------------------------------------------


def test_its_expiry_is_brought_forward(world: World, alice: Person, old: Pat) -> None:
    full, record = old.valid_to, Record()
    end(alice, old)

    assert rules.is_same_date(truth(world, old).valid_to, _end_of(old))
    assert rules.is_same_date(old.valid_to, _end_of(old))
    assert old.full_valid_to == full
    (operation,) = _ends(old)
    assert (operation.state, operation.asked_valid_to) == (State.DONE, old.ends_at)
    assert record.types == ["pat.end_requested", "pat.end_set"]
    assert {event.actor_label for event in record.events} == {"rotation"}
    assert {event.owner_object_id for event in record.events} == {alice.user.object_id}


def test_the_expiry_alone_ends_it_while_no_worker_runs(world: World, alice: Person, old: Pat) -> None:
    end(alice, old)
    world.tenant.change(clock_offset_seconds=A_DAY.total_seconds() + 60)
    assert truth(world, old).status == "expired"
    assert not old.is_active(now=_end_of(old) + A_MINUTE)
    later, record = _end_of(old) + A_MINUTE, Record()
    assert _due(later) == [old]
    # When a worker runs again there is nothing to revoke; Azure DevOps says so, and is asked once.
    finish(alice, old, now=later)
    world.tenant.forget_requests()
    finish(alice, old, now=later)
    assert (record.types, old.ends_at, _due(later)) == ([], None, [])
    assert world.tenant.requests("pats") == []


@pytest.mark.parametrize("hours", [25, 24.5])
def test_one_that_was_made_longer_elsewhere_after_its_end_was_set_is_revoked(
    world: World, alice: Person, old: Pat, hours: float
) -> None:
    """Nobody has read a list since, so the mirror believes that it expired."""
    end(alice, old)
    later = timezone.now() + timedelta(hours=hours)
    world.tenant.change_pat(str(old.authorization_id), valid_to=later + timedelta(days=60))
    world.tenant.change(clock_offset_seconds=(later - timezone.now()).total_seconds())
    assert not old.is_active(now=later)
    assert _due(later) == [old]
    record = Record()
    finish(alice, old, now=later)
    assert truth(world, old).status == "revoked"
    assert record.types == ["pat.changed_outside", "pat.revoke_requested", "pat.revocation_sent"]
    assert (record.events[0].actor_label, record.events[1].actor_label) == ("guard", "rotation")


def test_one_that_azure_devops_no_longer_knows_has_ended(world: World, alice: Person, old: Pat) -> None:
    end(alice, old)
    Pat.objects.filter(pk=old.pk).update(authorization_id=old.pk)
    record = Record()
    finish(alice, old, now=_end_of(old) + A_MINUTE)
    assert (record.types, old.ends_at) == ([], None)


def test_an_answer_that_did_not_come_is_asked_for_again_more_and_more_rarely(
    world: World, alice: Person, old: Pat
) -> None:
    end(alice, old)
    ended, waits = _end_of(old), []
    with world.tenant.fault("pats", verb="get", status=403):
        for hours in (0, 1, 30):
            with pytest.raises(Forbidden):
                finish(alice, old, now=ended + timedelta(hours=hours))
            (at,) = [at for name, _, at in waiting_jobs() if name == enqueue.FINISH_END]
            assert at is not None
            assert not enqueue.finish_overdue_end(pat_id=old.id)  # as the sweep does, every minute
            waits.append(round((at - ended) / A_MINUTE) - hours * 60)
            _lose_jobs()
    assert waits == [5, 60, 24 * 60]
    assert _end_of(old) == ended


def test_a_second_run_asks_for_nothing(world: World, alice: Person, old: Pat) -> None:
    end(alice, old)
    end(alice, old)
    assert len(_ends(old)) == 1


def test_a_shortening_that_is_ignored_leaves_the_job(world: World, alice: Person, old: Pat) -> None:
    world.tenant.change(shortening="ignored")
    full, record = old.valid_to, Record()
    end(alice, old)
    end(alice, old)

    assert (old.valid_to, truth(world, old).status) == (full, "active")
    event = record.of("pat.end_set")
    assert datetime.fromisoformat(event.recorded["returned"]) == full
    assert len(_ends(old)) == 1
    finish(alice, old, now=_end_of(old))
    assert truth(world, old).status == "revoked"


def test_a_shortening_that_is_refused_leaves_the_job(world: World, alice: Person, old: Pat) -> None:
    world.tenant.change(shortening="refused")
    record = Record()
    with pytest.raises(Refused):
        end(alice, old)
    end(alice, old)

    assert record.types == ["pat.end_requested", "pat.end_refused"]
    assert _due() == []
    finish(alice, old, now=_end_of(old))
    assert truth(world, old).status == "revoked"


def test_a_lost_answer_is_settled(world: World, alice: Person, old: Pat) -> None:
    with world.tenant.fault("pats", verb="update", times=1, drop="after"), pytest.raises(OutcomeUnknown):
        end(alice, old)
    (operation,) = _ends(old)
    assert end(alice, old).valid_to != old.ends_at  # one at a time
    assert settle(operation, alice, now=operation.deadline_at).state == State.DONE
    old.refresh_from_db()
    assert rules.is_same_date(old.valid_to, _end_of(old))
    assert old.full_valid_to is not None
    assert len(_ends(old)) == 1


def test_one_that_ends_anyway_by_then_is_left_alone(world: World, alice: Person) -> None:
    now = timezone.now()
    pat = rotation.issue(world, alice, valid_to=rules.with_mark(now + timedelta(hours=12)))
    take_over(alice, pat)
    assert pat.ends_at == pat.valid_to
    record = Record()
    end(alice, pat)
    finish(alice, pat, now=pat.valid_to)
    assert record.types == []


def test_a_change_that_is_under_way_is_waited_for(world: World, alice: Person, old: Pat) -> None:
    with world.tenant.fault("pats", verb="update", times=1, drop="before"), pytest.raises(OutcomeUnknown):
        operations.update_pat(
            key="a key of a form",
            actor=alice.actor,
            owner=alice.user,
            pat=old,
            client=hasty_client(alice),
            now=timezone.now(),
            seen=operations.seen_of(pat=old),
            name="another name",
            scopes=frozenset(old.scopes),
        )
    record = Record()
    end(alice, old)
    assert (record.types, _due()) == ([], [])


def test_one_that_was_kept_at_the_last_moment_is_not_shortened(world: World, alice: Person, old: Pat) -> None:
    class Late:
        """A client whose budget is asked for after the look at the PAT, and before the intent."""

        def __getattr__(self, name: str) -> object:
            if name == "write_budget_seconds":
                Pat.objects.filter(pk=old.pk).update(ends_at=None)
            return getattr(hasty_client(alice), name)

    record = Record()
    end(alice, old, client=Late())
    assert (record.types, _ends(old)) == ([], [])


# --- The revocation ----------------------------------------------------------------------------------


def test_it_is_revoked_when_its_time_has_come(world: World, alice: Person, old: Pat) -> None:
    record = Record()
    finish(alice, old, now=_end_of(old) - timedelta(seconds=1))
    assert (record.types, truth(world, old).status) == ([], "active")
    finish(alice, old, now=_end_of(old))
    finish(alice, old, now=_end_of(old))
    assert truth(world, old).status == "revoked"
    assert record.types == ["pat.revoke_requested", "pat.revocation_sent"]


def test_without_an_overlap_it_is_revoked_at_once(world: World, alice: Person) -> None:
    pat = rotation.issue(world, alice)
    successor = take_over(alice, pat, overlap=rules.OVERLAPS["none"])
    run_jobs()
    pat.refresh_from_db()
    assert pat.is_revoked
    assert _ends(pat) == []
    assert (truth(world, pat).status, truth(world, successor).status) == ("revoked", "active")


@pytest.mark.parametrize("overlap", ["hour", "day", "week"])
def test_it_ends_with_the_overlap_and_not_before(world: World, alice: Person, overlap: str) -> None:
    pat, span = rotation.issue(world, alice), rules.OVERLAPS[overlap]
    successor = take_over(alice, pat, overlap=span)
    run_jobs()
    assert truth(world, pat).status == "active"
    world.tenant.change(clock_offset_seconds=(span - A_MINUTE).total_seconds())
    assert truth(world, pat).status == "active"
    world.tenant.change(clock_offset_seconds=(span + A_MINUTE).total_seconds())
    assert (truth(world, pat).status, truth(world, successor).status) == ("expired", "active")


def test_one_that_was_kept_at_the_last_moment_is_not_revoked(world: World, alice: Person, old: Pat) -> None:
    class Late:
        """A client whose budget is asked for after the look at the PAT, and before the intent."""

        def __getattr__(self, name: str) -> object:
            if name == "write_budget_seconds":
                Pat.objects.filter(pk=old.pk).update(ends_at=None)
            return getattr(hasty_client(alice), name)

    record = Record()
    finish(alice, old, now=_end_of(old), client=Late())
    assert (record.types, truth(world, old).status) == ([], "active")


def test_one_of_a_sister_organization_is_never_acted_on(world: World, alice: Person, old: Pat) -> None:
    run_jobs()
    old.organization.instance_id = old.id
    old.organization.save()
    Pat.objects.filter(pk=old.pk).update(instance_id=old.authorization_id)
    record = Record()
    end(alice, old)
    finish(alice, old, now=_end_of(old))
    assert (record.types, _due(), _due(_end_of(old))) == ([], [], [])


# --- What the sweep finds ----------------------------------------------------------------------------


def test_both_kinds_that_got_lost_are_found(world: World, alice: Person, old: Pat) -> None:
    assert _due() == [old]
    assert _due(_end_of(old)) == [old]
    end(alice, old)
    assert _due() == []
    other = rotation.issue(world, alice, name="other")
    take_over(alice, other, overlap=timedelta(0))
    assert _due() == [other]


def test_a_worker_that_died_is_made_up_for_by_the_sweep(world: World, alice: Person, old: Pat) -> None:
    client = Interrupted(hasty_client(alice), "revoke_pat", before=die)
    wait(world, hours=25)
    with pytest.raises(Killed):
        finish(alice, old, client=client)
    recover(world)
    old.refresh_from_db()
    assert old.is_revoked
    assert truth(world, old).status == "revoked"


def test_what_was_tried_in_vain_waits_longer_each_time(world: World, alice: Person, old: Pat) -> None:
    now = timezone.now()
    tried = []
    with world.tenant.fault("pats", verb="update", status=500):
        for minutes in range(120):
            at = now + minutes * A_MINUTE
            if _due(at):
                tried.append(minutes)
                with pytest.raises((AzureDevOpsFailed, OutcomeUnknown)):
                    end(alice, old, now=at)
                for operation in _ends(old):
                    settle(operation, alice, now=operation.deadline_at)
    assert tried[0] == 0
    assert len(tried) < 8


def test_a_rule_that_forbids_the_end_is_tried_again_more_and_more_rarely(
    world: World, alice: Person, old: Pat
) -> None:
    begun, tried = _end_of(old), []
    with world.tenant.fault("pats", verb="revoke", status=403):
        for hours in range(24 * 7):
            at = begun + timedelta(hours=hours)
            if _due(at):
                tried.append(hours)
                with pytest.raises(Forbidden):
                    finish(alice, old, now=at)
    assert tried[:2] == [0, 1]
    assert 7 <= len(tried) < 16


def test_nobody_is_acted_for_whose_grant_is_gone(world: World, alice: Person, old: Pat) -> None:
    Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED)
    assert (_due(), _due(_end_of(old))) == ([], [])
    recover(world)
    assert truth(world, old).status == "active"
    world.sign_in("alice")
    recover(world)
    old.refresh_from_db()
    assert [operation.state for operation in _ends(old)] == [State.DONE]


def test_a_rotation_after_the_old_one_was_kept_shortens_it_anew(
    world: World, alice: Person, old: Pat
) -> None:
    end(alice, old)
    operations.keep_old_pat(
        key="a key of a form",
        actor=alice.actor,
        owner=alice.user,
        pat=old,
        client=hasty_client(alice),
        now=timezone.now(),
    )
    Pat.objects.filter(replaces=old).update(revoked_at=timezone.now())
    old.refresh_from_db()
    take_over(alice, old, overlap=timedelta(hours=1))
    end(alice, old)
    assert [operation.state for operation in _ends(old)] == [State.DONE, State.DONE]
    assert rules.is_same_date(truth(world, old).valid_to, _end_of(old))
