"""Creating a PAT."""

import pytest

from tests.job_runner import run_jobs
from tests.people import World
from tokens import operations
from tokens.models import AuditEvent, Operation, Pat


def test_it_creates_a_pat_and_returns_its_secret(world: World) -> None:
    issued = operations.create_pat(**world.create_arguments(world.alice))

    truth = world.tenant.pats(person="alice")
    assert [one.secret for one in truth] == [issued.secret.reveal()]
    assert Pat.objects.get().authorization_id == issued.pat.authorization_id
    assert Operation.objects.get().state == Operation.State.DONE
    types = list(AuditEvent.objects.order_by("id").values_list("type", flat=True))
    assert types == ["auth.signed_in", "pat.create_requested", "pat.created"]


def test_a_sync_fills_the_mirror(world: World) -> None:
    world.tenant.add_pat("alice", "alpha", "old one")
    user = world.alice.user
    print(run_jobs())
    assert [pat.name for pat in user.pats.all()] == ["old one"]
