"""What happens to PATs in the tests of the mirror's properties: moves of the portal, faults, moves elsewhere.

A move finds its PAT by a number, so that any sequence of them can be played; whatever is anticipated to
go wrong goes wrong, and settling has to make sense of it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from tests.people import Person, World
from tests.sandbox_records import SandboxPat
from tests.tokens.operations.scene import Interrupted, Killed, die, hasty_client, recover, sync, wait
from tokens import operations, rules
from tokens.errors import TokensError
from tokens.models import Organization, Pat, Place

NAMES = ("ci-deploy", "nightly", "laptop")
SCOPES = (frozenset({"vso.code"}), frozenset({"vso.code", "vso.build"}))
OVERLAPS = tuple(rules.OVERLAPS.values())
# The call of the client that a move makes, and what the sandbox calls it.
CALLS = {
    "create": ("create_pat", "create"),
    "rotate": ("create_pat", "create"),
    "update": ("update_pat", "update"),
    "extend": ("update_pat", "update"),
    "keep old": ("update_pat", "update"),
    "revoke": ("revoke_pat", "revoke"),
    "sync": ("list_pats", "list"),
}
FAULTS: dict[str, dict[str, Any]] = {
    "lost before": {"drop": "before"},
    "lost after": {"drop": "after"},
    "throttled": {"status": 429, "headers": {"Retry-After": "1"}},
    "throttled once": {"status": 429, "headers": {"Retry-After": "1"}, "times": 1},
    "unavailable": {"status": 503},
    "unavailable after": {"status": 503, "effect": True},
    "refused": {"pat_error": "patLifespanPolicyViolation"},
}
KILLS = ("dies before", "dies after")


@dataclass(frozen=True)
class Move:
    """One thing that happens; `which` and `how` are numbers that choose among what there is."""

    kind: str
    which: int
    how: int
    fault: str | None = None


@dataclass
class Stage:
    """Somebody's PATs in two organizations, and what was done to those that were made elsewhere."""

    world: World
    person: Person
    made_elsewhere: set[str] = field(default_factory=set)
    ended_on_purpose: set[str] = field(default_factory=set)
    # What pages showed of PATs that are open since, by PAT; what was seen by who sent a form, by its key.
    opened: dict[UUID, operations.Seen] = field(default_factory=dict)
    sent: dict[str, operations.Seen] = field(default_factory=dict)

    def play(self, move: Move) -> None:
        """Make one move; what the portal raises for people to read is part of the game."""
        try:
            with self._fault(move) as client:
                MOVES[move.kind](self, move, client)
        except (TokensError, Killed):
            return

    @contextmanager
    def _fault(self, move: Move) -> Iterator[Any]:
        client: Any = hasty_client(self.person)
        call, verb = CALLS.get(move.kind, ("", ""))
        if move.fault in KILLS and call:
            moment = "before" if move.fault == "dies before" else "after"
            yield Interrupted(client, call, **{moment: die})
        elif move.fault in FAULTS and call:
            with self.world.tenant.fault("pats", verb=verb, **FAULTS[move.fault]):
                yield client
        else:
            yield client

    def truth(self) -> dict[str, SandboxPat]:
        """Return what Azure DevOps holds, by authorization id."""
        return {one.authorization_id: one for one in self.world.tenant.pats(person=self.person.name)}

    def come_to_rest(self) -> None:
        """Let everything be settled, overlaps run out, and the mirror be read anew."""
        self.world.tenant.clear_faults()
        recover(self.world, rounds=5)
        wait(self.world, days=8)
        recover(self.world, rounds=5)
        for name in ("alpha", "beta"):
            sync(self.world, self.person, now=timezone.now(), organization=name)

    def pat(self, move: Move) -> Pat | None:
        """Return the PAT of the mirror that a move means, if there is any."""
        known = list(Pat.objects.filter(user=self.person.user).order_by("first_seen_at", "authorization_id"))
        return known[move.which % len(known)] if known else None

    def true_pat(self, move: Move) -> SandboxPat | None:
        known = list(self.truth().values())
        return known[move.which % len(known)] if known else None

    def organization(self, move: Move) -> Organization:
        return self.world.beta if move.how % 4 == 3 else self.world.alpha

    def form(self, pat: Pat, move: Move, client: Any) -> dict[str, Any]:
        """Return what the form of a page about `pat` sends."""
        arguments = {**self.common(pat, client), "seen": self.seen(pat, move)}
        self.sent[arguments["key"]] = arguments["seen"]
        return arguments

    def seen(self, pat: Pat, move: Move) -> operations.Seen:
        """Return what somebody saw of `pat`: every other one on a page opened when it was first used."""
        now = operations.seen_of(pat)
        first = self.opened.setdefault(pat.pk, now)
        return first if move.which % 2 else now

    def common(self, pat: Pat, client: Any) -> dict[str, Any]:
        return {**self.local(pat), "key": uuid4().hex, "client": client}

    def local(self, pat: Pat) -> dict[str, Any]:
        return {
            "actor": self.person.actor,
            "owner": self.person.user,
            "pat": pat,
            "now": timezone.now(),
        }


def _create(stage: Stage, move: Move, client: Any) -> None:
    arguments = stage.world.create_arguments(
        stage.person,
        client=client,
        name=NAMES[move.which % len(NAMES)],
        scopes=SCOPES[move.how % len(SCOPES)],
        organization=stage.organization(move),
    )
    issued = operations.create_pat(**arguments)
    if move.how % 2:
        operations.confirm_receipt(**stage.local(issued.pat))


def _revoke(stage: Stage, move: Move, client: Any) -> None:
    if pat := stage.pat(move):
        stage.ended_on_purpose.add(str(pat.authorization_id))
        operations.revoke_pat(**stage.common(pat, client))


def _update(stage: Stage, move: Move, client: Any) -> None:
    if pat := stage.pat(move):
        operations.update_pat(
            **stage.form(pat, move, client),
            name=NAMES[move.how % len(NAMES)],
            scopes=SCOPES[move.how % len(SCOPES)],
        )


def _extend(stage: Stage, move: Move, client: Any) -> None:
    if pat := stage.pat(move):
        form = stage.form(pat, move, client)
        operations.extend_pat(**form, valid_to=form["seen"].valid_to + timedelta(days=1 + move.how))


def _rotate(stage: Stage, move: Move, client: Any) -> None:
    if pat := stage.pat(move):
        is_active = pat.is_active(now=timezone.now()) and not pat.is_global
        operations.rotate_pat(
            **stage.form(pat, move, client),
            organization=stage.world.alpha if pat.is_global else pat.organization,
            valid_to=rules.with_mark(timezone.now() + timedelta(days=30)),
            asked_for="30 days",
            overlap=OVERLAPS[move.how % len(OVERLAPS)] if is_active else None,
        )


def _receive(stage: Stage, move: Move, client: Any) -> None:
    """Store the secret of the newest that nobody has stored; rotations wait for it."""
    waiting = Pat.objects.filter(user=stage.person.user, received_at=None).exclude(issued_at=None)
    if pat := waiting.order_by("-issued_at").first():
        if pat.replaces:
            stage.ended_on_purpose.add(str(pat.replaces.authorization_id))
        operations.confirm_receipt(**stage.local(pat))


def _keep_old(stage: Stage, move: Move, client: Any) -> None:
    ending = list(Pat.objects.filter(user=stage.person.user).exclude(ends_at=None))
    if ending:
        operations.keep_old_pat(**stage.common(ending[move.which % len(ending)], client))


def _describe(stage: Stage, move: Move, client: Any) -> None:
    if pat := stage.pat(move):
        notes = operations.Notes(purpose=f"purpose {move.how}", places=("a pipeline",), backup_email="")
        operations.describe_pat(**stage.local(pat), notes=notes)


def _tick(stage: Stage, move: Move, client: Any) -> None:
    if place := Place.objects.filter(pat__user=stage.person.user).first():
        arguments = stage.local(place.pat)
        del arguments["pat"]
        operations.tick_place(**arguments, place=place, is_moved=bool(move.how % 2))


def _sync(stage: Stage, move: Move, client: Any) -> None:
    operations.sync_pats(
        user=stage.person.user,
        organization=stage.organization(move),
        client=client,
        actor=stage.person.actor,
        now=timezone.now(),
    )


def _bulk(stage: Stage, move: Move, client: Any) -> None:
    """Begin a change of all active PATs; its jobs run whenever others do."""
    now = timezone.now()
    pats = list(Pat.objects.filter(user=stage.person.user).active(now=now)[: 1 + move.how])
    verb, days = ("revoke", None) if move.which % 3 == 0 else ("extend", 7)
    if pats:
        if verb == "revoke":
            stage.ended_on_purpose |= {str(pat.authorization_id) for pat in pats}
        arguments = stage.local(pats[0])
        del arguments["pat"]
        arguments["seen"] = {pat.pk: stage.seen(pat, move).valid_to for pat in pats}
        operations.start_bulk(key=uuid4().hex, **arguments, verb=verb, pats=pats, extend_by_days=days)


def _make_elsewhere(stage: Stage, move: Move, client: Any) -> None:
    """Make a PAT that could be taken for one of the portal's."""
    pat = stage.world.tenant.add_pat(
        stage.person.name,
        "beta" if move.how % 4 == 3 else "alpha",
        NAMES[move.which % len(NAMES)],
        scope=" ".join(sorted(SCOPES[move.how % len(SCOPES)])),
        valid_to=timezone.now() + timedelta(days=30 + move.how),
        all_orgs=move.how % 5 == 4,
    )
    stage.made_elsewhere.add(pat.authorization_id)


def _change_elsewhere(stage: Stage, move: Move, client: Any) -> None:
    if pat := stage.true_pat(move):
        changes: list[dict[str, Any]] = [
            {"display_name": "renamed elsewhere"},
            {"scope": "vso.work"},
            {"valid_to": pat.valid_to + timedelta(days=3)},
            {"valid_to": timezone.now() + timedelta(days=20)},
        ]
        stage.world.tenant.change_pat(pat, **changes[move.how % len(changes)])


def _revoke_elsewhere(stage: Stage, move: Move, client: Any) -> None:
    if pat := stage.true_pat(move):
        stage.ended_on_purpose.add(pat.authorization_id)
        stage.world.tenant.change_pat(pat, revoked=True)


def _set_policy(stage: Stage, move: Move, client: Any) -> None:
    """Have the directory shorten lives, refuse them, or treat earlier ends in one of three ways."""
    limits: dict[str, Any] = {"max_days": 40, "lifespan_mode": ("clamp", "error")[move.which % 2]}
    stage.world.tenant.change(
        policies=limits if move.how % 2 else {},
        shortening=("allowed", "refused", "ignored")[move.how % 3],
    )


def _let_time_pass(stage: Stage, move: Move, client: Any) -> None:
    recover(stage.world, rounds=1 + move.how % 2)


MOVES: dict[str, Callable[[Stage, Move, Any], None]] = {
    "create": _create,
    "revoke": _revoke,
    "update": _update,
    "extend": _extend,
    "rotate": _rotate,
    "receive": _receive,
    "keep old": _keep_old,
    "describe": _describe,
    "tick": _tick,
    "sync": _sync,
    "bulk": _bulk,
    "make elsewhere": _make_elsewhere,
    "change elsewhere": _change_elsewhere,
    "revoke elsewhere": _revoke_elsewhere,
    "set a policy": _set_policy,
    "let time pass": _let_time_pass,
}
