"""A PAT that another organization's list shows is acted on through the one that it belongs to."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.job_runner import run_jobs
from tests.people import Person, World
from tests.tokens.operations.bulk_scene import run_lane, start
from tests.tokens.operations.rotation import end, finish, rotate_arguments, take_over, truth
from tests.tokens.operations.scene import hasty_client, recover, sync
from tokens import operations
from tokens.models import Operation, Pat

SCOPES = frozenset({"vso.code", "vso.build"})


@pytest.fixture
def pat(world: World, reader: Person) -> Pat:
    """A PAT of beta's that the list of alpha showed, and nobody has read the list of beta since."""
    made = world.tenant.add_pat("alice", "beta", "of the sister")
    listed = {
        "displayName": made.display_name,
        "validFrom": made.valid_from.isoformat(),
        "validTo": made.valid_to.isoformat(),
        "scope": made.scope,
        "targetAccounts": [world.tenant.organization("beta").instance_id],
        "authorizationId": made.authorization_id,
        "token": None,
    }
    answer = {"patTokens": [listed], "continuationToken": ""}
    with world.tenant.fault("pats", verb="list", body=answer):
        sync(world, reader, now=timezone.now())
    world.tenant.forget_requests()
    return Pat.objects.select_related("organization").get()


def _form(person: Person, pat: Pat) -> dict[str, Any]:
    return {
        "key": uuid4().hex,
        "actor": person.actor,
        "owner": person.user,
        "pat": pat,
        "client": hasty_client(person),
        "now": timezone.now(),
    }


def _update(person: Person, pat: Pat) -> None:
    form = _form(person, pat)
    operations.update_pat(**form, seen=operations.seen_of(pat), name="renamed", scopes=SCOPES)


def _extend(person: Person, pat: Pat) -> None:
    later = pat.valid_to + timedelta(days=7)
    operations.extend_pat(**_form(person, pat), seen=operations.seen_of(pat), valid_to=later)


def _rotate(person: Person, pat: Pat) -> None:
    operations.rotate_pat(**rotate_arguments(person, pat))


def _end(person: Person, pat: Pat) -> None:
    take_over(person, pat)
    end(person, pat)


def _finish_end(person: Person, pat: Pat) -> None:
    take_over(person, pat)
    finish(person, pat, now=timezone.now() + timedelta(days=2))


def _keep_old(person: Person, pat: Pat) -> None:
    _end(person, pat)
    operations.keep_old_pat(**_form(person, pat))


def _revoke(person: Person, pat: Pat) -> None:
    operations.revoke_pat(**_form(person, pat))


def _extend_many(person: Person, pat: Pat) -> None:
    run_lane(person, start(person, [pat], verb="extend", extend_by_days=7))


def _revoke_everything(person: Person, pat: Pat) -> None:
    run_lane(person, start(person, [pat], is_everything=True))


ACTS = {
    "update": (_update, "update"),
    "extend": (_extend, "update"),
    "rotate": (_rotate, "create"),
    "end": (_end, "update"),
    "finish an end": (_finish_end, "revoke"),
    "keep the old one": (_keep_old, "update"),
    "revoke": (_revoke, "revoke"),
    "extend many": (_extend_many, "update"),
    "revoke everything": (_revoke_everything, "revoke"),
}


@pytest.mark.parametrize(("act", "verb"), ACTS.values(), ids=ACTS)
def test_every_verb_calls_the_one_that_it_belongs_to(
    world: World, reader: Person, pat: Pat, act: Callable[[Person, Pat], None], verb: str
) -> None:
    assert (pat.organization, pat.is_owned_elsewhere) == (world.beta, False)
    act(reader, pat)
    calls = world.tenant.requests("pats")
    assert verb in {call.verb for call in calls}
    assert {call.organization for call in calls} == {world.beta.name}
    assert {one.organization for one in Operation.objects.select_related("organization")} == {world.beta}
    assert {call.status for call in calls} <= {200, 204}


def test_its_lost_answers_are_settled_there(world: World, reader: Person, pat: Pat) -> None:
    with world.tenant.fault("pats", verb="revoke", drop="after"), pytest.raises(Exception, match="unknown"):
        _revoke(reader, pat)
    recover(world)
    run_jobs()
    assert truth(world, pat).status == "revoked"
    pat.refresh_from_db()
    assert pat.revoked_at is not None
    settled = [call for call in world.tenant.requests("pats") if call.verb == "list"]
    assert world.beta.name in {call.organization for call in settled}
