"""Rows of the crash table for rotations, from the successor to the old one's end, and for many at once."""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.job_runner import run_jobs
from tests.people import Person, World
from tests.tokens.operations.crash import Case, Row
from tests.tokens.operations.crash_changes import (
    EXTEND_LOST,
    EXTEND_SETTLED,
    EXTENDING,
    by,
    issue,
    ours,
    settle,
)
from tests.tokens.operations.scene import SETTLER, hasty_client, recover, wait
from tokens import operations, rules
from tokens.errors import OutcomeUnknown, TokensError
from tokens.models import Pat

OVERLAP = timedelta(hours=1)


def _rotate(world: World, person: Person, client: Any) -> None:
    old = ours()
    operations.rotate_pat(
        **by(person, key=uuid4().hex, pat=old, client=client, seen=operations.seen_of(old)),
        organization=world.alpha,
        valid_to=rules.with_mark(timezone.now() + timedelta(days=30)),
        asked_for="30 days",
        overlap=OVERLAP,
    )


def _receive(world: World, person: Person, client: Any) -> None:
    operations.confirm_receipt(**by(person, pat=Pat.objects.exclude(replaces=None).get()))


def _by_job(client: Any) -> dict[str, Any]:
    return {"pat_id": ours().pk, "client": client, "actor": SETTLER, "now": timezone.now()}


def _end(world: World, person: Person, client: Any) -> None:
    with suppress(TokensError):  # as the job does, whose end is written down
        operations.end_pat(**_by_job(client))


def _finish_end(world: World, person: Person, client: Any) -> None:
    operations.finish_end(**_by_job(client))


def _keep_old(world: World, person: Person, client: Any) -> None:
    operations.keep_old_pat(**by(person, key=uuid4().hex, pat=ours(), client=client))


def _run_lane(world: World, person: Person, client: Any) -> None:
    bulk = person.user.bulk_changes.get()
    operations.run_bulk(bulk_id=bulk.pk, lane=0, client=client, actor=SETTLER, now=timezone.now())


# --- What goes before them -----------------------------------------------------------------------


def _make_successor(world: World, person: Person) -> None:
    issue(world, person)
    _rotate(world, person, hasty_client(person))


def _lose_successor(world: World, person: Person) -> None:
    issue(world, person)
    with world.tenant.fault("pats", verb="create", drop="after"), pytest.raises(OutcomeUnknown):
        _rotate(world, person, hasty_client(person))
    wait(world, minutes=7)


def _schedule(world: World, person: Person) -> None:
    _make_successor(world, person)
    _receive(world, person, None)


def _bring_forward(world: World, person: Person) -> None:
    _schedule(world, person)
    run_jobs()


def _overlap(world: World, person: Person) -> None:
    """Have the overlap run out for a PAT whose own expiry Azure DevOps did not bring forward."""
    world.tenant.change(shortening="ignored")
    _bring_forward(world, person)
    wait(world, hours=2)


def _expire(world: World, person: Person) -> None:
    """Have the overlap run out for a PAT whose own expiry was brought forward, and then put off elsewhere."""
    _bring_forward(world, person)
    (true,) = [one for one in world.tenant.pats() if one.authorization_id == str(ours().authorization_id)]
    world.tenant.change_pat(true, valid_to=timezone.now() + timedelta(days=20))
    wait(world, hours=2)
    # The mirror still believes what it was told when the expiry was brought forward.
    Pat.objects.filter(pk=ours().pk).update(valid_to=timezone.now() - timedelta(minutes=5))


def _lose_end(world: World, person: Person) -> None:
    _schedule(world, person)
    with world.tenant.fault("pats", verb="update", drop="after"):
        _end(world, person, hasty_client(person))
    wait(world, minutes=7)


def _forbid_shortening(world: World, person: Person) -> None:
    world.tenant.change(shortening="refused")
    _schedule(world, person)


def _begin_many(verb: str, **wish: Any) -> Any:
    def prepare(world: World, person: Person) -> None:
        issue(world, person)
        seen = {ours().pk: ours().valid_to}
        operations.start_bulk(**by(person, key=uuid4().hex, verb=verb, pats=[ours()], seen=seen), **wish)

    return prepare


def _until_the_overlap_is_over(world: World) -> None:
    recover(world)
    wait(world, hours=2)
    recover(world)


CASES = {
    "rotate": Case(issue, _rotate),
    "settle a rotation": Case(_lose_successor, settle),
    "confirm the receipt of a rotation": Case(
        _make_successor, _receive, is_repeated=True, rest=_until_the_overlap_is_over
    ),
    "end": Case(_schedule, _end, rest=_until_the_overlap_is_over),
    "end where it is refused": Case(_forbid_shortening, _end, rest=_until_the_overlap_is_over),
    "finish an end": Case(_overlap, _finish_end),
    "finish an end that may have come by itself": Case(_expire, _finish_end),
    "settle an end": Case(_lose_end, settle, rest=_until_the_overlap_is_over),
    "keep the old one": Case(_bring_forward, _keep_old, is_repeated=True, rest=_until_the_overlap_is_over),
    "extend one of many": Case(_begin_many("extend", extend_by_days=7), _run_lane),
    "revoke one of many": Case(_begin_many("revoke"), _run_lane),
}

BOTH, UNDONE, ENDED = ("active", "active"), ("active", "revoked"), ("active", "revoked")
ROTATING = ("pat.rotate_requested", "pat.rotated", "mail.sent")
REVOKING = ("pat.revoke_requested", "pat.revocation_sent", "pat.revoked")
SEEN = (REVOKING[0], REVOKING[2])
ROTATION_SETTLED = ("pat.rotate_settled", *REVOKING)
LOST = ("pat.rotate_requested", *ROTATION_SETTLED)
SHORTENING, END_SETTLED = ("pat.end_requested", "pat.end_set"), ("pat.end_requested", "pat.end_settled")
END_LOST = (END_SETTLED[0], "pat.end_answer_lost", END_SETTLED[1])
ROTATION_LOST = ("pat.rotate_requested", "pat.rotate_answer_lost")
REVOKE_LOST = ("pat.revoke_requested", "pat.revoke_answer_lost")
KEPT = ("pat.end_cancelled", "pat.extend_requested", "pat.extended")
KEPT_AND_SETTLED = ("pat.end_cancelled", "pat.extend_requested", "pat.extend_settled")
KEPT_AND_LOST = (*KEPT_AND_SETTLED[:2], "pat.extend_answer_lost", KEPT_AND_SETTLED[2])
DONE = {often: ("done",) * often for often in range(1, 5)}

TABLE = [
    *(
        Row("rotate", step, point, ("done",), ("active",), ())
        for step, point in (
            ("before", "get_pat"),
            ("after", "get_pat"),
            ("event fails", "pat.rotate_requested"),
        )
    ),
    # Only the twin is there, which might be it: shown to the person to decide.
    Row(
        "rotate",
        "before",
        "create_pat",
        ("done", "ambiguous"),
        ("active",),
        ("pat.rotate_requested", "pat.rotate_settled"),
    ),
    Row("rotate", "after", "create_pat", ("done", "orphaned", "done"), UNDONE, LOST),
    Row("rotate", "event fails", "pat.rotated", ("done", "orphaned", "done"), UNDONE, LOST),
    Row(
        "rotate",
        "answer lost before",
        "create",
        ("done", "ambiguous"),
        ("active",),
        (*ROTATION_LOST, "pat.rotate_settled"),
    ),
    Row(
        "rotate",
        "answer lost after",
        "create",
        ("done", "orphaned", "done"),
        UNDONE,
        (*ROTATION_LOST, *ROTATION_SETTLED),
    ),
    Row("rotate", "loss untold", "create", ("done", "orphaned", "done"), UNDONE, LOST),
    Row("rotate", "never", "", ("done", "done"), BOTH, ROTATING),
    *(
        Row("settle a rotation", step, point, ("done", "orphaned", "done"), UNDONE, ROTATION_SETTLED)
        for step, point in (
            ("before", "list_pats"),
            ("after", "list_pats"),
            ("answer lost after", "list"),
            ("event fails", "pat.rotate_settled"),
            ("never", ""),
        )
    ),
    *(
        Row(
            "confirm the receipt of a rotation",
            step,
            point,
            DONE[4],
            ENDED,
            ("pat.received", "pat.end_scheduled", *SHORTENING, *REVOKING),
        )
        for step, point in (
            ("event fails", "pat.received"),
            ("event fails", "pat.end_scheduled"),
            ("never", ""),
        )
    ),
    Row("end", "event fails", "pat.end_requested", DONE[4], ENDED, (*SHORTENING, *REVOKING)),
    # It never arrived, and is tried once more.
    Row(
        "end",
        "before",
        "update_pat",
        ("done", "done", "failed", "done", "done"),
        ENDED,
        (*END_SETTLED, *SHORTENING, *REVOKING),
    ),
    Row("end", "after", "update_pat", DONE[4], ENDED, (*END_SETTLED, *REVOKING)),
    Row("end", "event fails", "pat.end_set", DONE[4], ENDED, (*END_SETTLED, *REVOKING)),
    Row(
        "end",
        "answer lost before",
        "update",
        ("done", "done", "failed", "done", "done"),
        ENDED,
        (*END_LOST, *SHORTENING, *REVOKING),
    ),
    Row("end", "answer lost after", "update", DONE[4], ENDED, (*END_LOST, *REVOKING)),
    Row("end", "loss untold", "update", DONE[4], ENDED, (*END_SETTLED, *REVOKING)),
    Row("end", "never", "", DONE[4], ENDED, (*SHORTENING, *REVOKING)),
    Row(
        "end where it is refused",
        "event fails",
        "pat.end_refused",
        ("done", "done", "failed", "refused", "done"),
        ENDED,
        (*END_SETTLED, "pat.end_requested", "pat.end_refused", *REVOKING),
    ),
    Row(
        "end where it is refused",
        "never",
        "",
        ("done", "done", "refused", "done"),
        ENDED,
        ("pat.end_requested", "pat.end_refused", *REVOKING),
    ),
    Row("finish an end", "event fails", "pat.revoke_requested", DONE[4], ENDED, REVOKING),
    Row("finish an end", "before", "revoke_pat", DONE[4], ENDED, REVOKING),
    Row("finish an end", "after", "revoke_pat", DONE[4], ENDED, SEEN),
    Row("finish an end", "event fails", "pat.revocation_sent", DONE[4], ENDED, SEEN),
    Row("finish an end", "answer lost before", "revoke", DONE[4], ENDED, (*REVOKE_LOST, *REVOKING[1:])),
    Row("finish an end", "answer lost after", "revoke", DONE[4], ENDED, (*REVOKE_LOST, REVOKING[2])),
    Row("finish an end", "never", "", DONE[4], ENDED, REVOKING),
    # Azure DevOps is asked first whether it expired by itself; it works on, as somebody put that off.
    *(
        Row(
            "finish an end that may have come by itself",
            step,
            point,
            DONE[4],
            ENDED,
            ("pat.changed_outside", *REVOKING),
        )
        for step, point in (
            ("before", "get_pat"),
            ("after", "get_pat"),
            ("answer lost after", "get"),
            ("never", ""),
        )
    ),
    *(
        Row("settle an end", step, point, DONE[4], ENDED, ("pat.end_settled", *REVOKING))
        for step, point in (
            ("before", "get_pat"),
            ("after", "get_pat"),
            ("answer lost after", "get"),
            ("event fails", "pat.end_settled"),
            ("never", ""),
        )
    ),
    *(
        Row("keep the old one", step, point, DONE[4], BOTH, events)
        for step, point, events in (
            ("event fails", "pat.end_cancelled", KEPT),
            ("event fails", "pat.extend_requested", KEPT),
            # Whoever presses again is told that there is nothing left to keep.
            ("after", "update_pat", (*KEPT_AND_SETTLED, "pat.extend_refused")),
            ("answer lost after", "update", (*KEPT_AND_LOST, "pat.extend_refused")),
            ("event fails", "pat.extended", (*KEPT_AND_SETTLED, "pat.extend_refused")),
            ("never", "", (*KEPT, "pat.extend_refused")),
        )
    ),
    *(
        Row("extend one of many", step, point, states, ("active",), events)
        for step, point, states, events in (
            ("before", "get_pat", DONE[2], EXTENDING),
            ("after", "get_pat", DONE[2], EXTENDING),
            ("event fails", "pat.extend_requested", DONE[2], EXTENDING),
            # What came to nothing is told, and may be repeated alone.
            ("before", "update_pat", ("done", "failed"), EXTEND_SETTLED),
            ("after", "update_pat", DONE[2], EXTEND_SETTLED),
            ("answer lost before", "update", ("done", "failed"), EXTEND_LOST),
            ("answer lost after", "update", DONE[2], EXTEND_LOST),
            ("event fails", "pat.extended", DONE[2], EXTEND_SETTLED),
            ("never", "", DONE[2], EXTENDING),
        )
    ),
    *(
        Row("revoke one of many", step, point, ("done", "done"), ("revoked",), events)
        for step, point, events in (
            ("event fails", "pat.revoke_requested", REVOKING),
            ("before", "revoke_pat", REVOKING),
            ("after", "revoke_pat", SEEN),
            ("answer lost before", "revoke", (*REVOKE_LOST, *REVOKING[1:])),
            ("answer lost after", "revoke", (*REVOKE_LOST, REVOKING[2])),
            ("event fails", "pat.revocation_sent", SEEN),
            ("never", "", REVOKING),
        )
    ),
]
