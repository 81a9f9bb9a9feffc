"""What tests of rotations share: an old PAT, its successor, and the moments of its end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from patportal.lib.actors import Actor, system_actor
from tests.people import Person, World
from tests.sandbox_records import SandboxPat
from tests.tokens.operations.scene import hasty_client
from tokens import operations, rules
from tokens.models import Pat

ENDER: Actor = system_actor("rotation", request_id="a-job")
A_DAY = timedelta(days=1)


def rotate_arguments(person: Person, pat: Pat, **changes: Any) -> dict[str, Any]:
    """Return arguments for `operations.rotate_pat` that work."""
    now: datetime = changes.get("now") or timezone.now()
    return {
        "key": uuid4().hex,
        "actor": person.actor,
        "owner": person.user,
        "pat": pat,
        "client": hasty_client(person),
        "now": now,
        "seen": operations.seen_of(pat=pat),
        "organization": pat.organization,
        "valid_to": rules.with_mark(now + timedelta(days=30)),
        "asked_for": "30 days",
        "overlap": A_DAY,
        **changes,
    }


def issue(world: World, person: Person, **changes: Any) -> Pat:
    """Make a PAT and confirm that its secret is stored."""
    pat = operations.create_pat(**world.create_arguments(person, **changes)).pat
    receive(person, pat)
    return Pat.objects.select_related("organization").get(pk=pat.pk)


def receive(person: Person, pat: Pat, *, now: datetime | None = None) -> None:
    """Confirm that the secret of a PAT is stored."""
    operations.confirm_receipt(actor=person.actor, owner=person.user, pat=pat, now=now or timezone.now())


def take_over(person: Person, old: Pat, *, overlap: timedelta | None = A_DAY, **changes: Any) -> Pat:
    """Rotate a PAT, confirm the receipt, and return the successor."""
    successor = operations.rotate_pat(**rotate_arguments(person, old, overlap=overlap, **changes)).pat
    receive(person, successor)
    old.refresh_from_db()
    return successor


def end(person: Person, old: Pat, *, now: datetime | None = None, client: Any = None) -> Pat:
    """Do what the job does that brings the expiry forward; return the PAT as it is then."""
    operations.end_pat(
        pat_id=str(old.pk), client=client or hasty_client(person), actor=ENDER, now=now or timezone.now()
    )
    old.refresh_from_db()
    return old


def finish(person: Person, old: Pat, *, now: datetime | None = None, client: Any = None) -> Pat:
    """Do what the job does at the scheduled end; return the PAT as it is then."""
    operations.finish_end(
        pat_id=str(old.pk), client=client or hasty_client(person), actor=ENDER, now=now or timezone.now()
    )
    old.refresh_from_db()
    return old


def truth(world: World, pat: Pat) -> SandboxPat:
    """Return what Azure DevOps knows of a PAT."""
    (found,) = [one for one in world.tenant.pats() if one.authorization_id == str(pat.authorization_id)]
    return found
