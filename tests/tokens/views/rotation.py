"""What the tests of rotations begin with: a PAT that the mirror and Azure DevOps know, and its form."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from tests.people import Person, World
from tests.tokens.views.page import Form, Page, read
from tests.tokens.views.rows import make_pat
from tokens.models import Pat, Place


def known_pat(world: World, name: str = "ci-deploy", *, places: tuple[str, ...] = (), **facts: Any) -> Pat:
    """Return a PAT of Alice's that Azure DevOps knows, made 20 days ago for 80."""
    now = timezone.now()
    ends_in = facts.pop("ends_in", timedelta(days=60))
    truth = world.tenant.add_pat(
        "alice",
        "alpha",
        name,
        valid_from=now - timedelta(days=20),
        valid_to=now + ends_in,
        all_orgs=bool(facts.get("is_global")),
    )
    same = {
        "authorization_id": UUID(truth.authorization_id),
        "valid_from": truth.valid_from,
        "valid_to": truth.valid_to,
    }
    pat = make_pat(world, world.alice, name, **same | facts)
    for position, text in enumerate(places):
        Place.objects.create(pat=pat, position=position, text=text)
    return pat


def rotate_page(person: Person, pat: Pat, query: str = "") -> Page:
    answer = person.browser.get(f"/tokens/{pat.id}/rotate{query}")
    assert answer.status_code == 200, answer
    return read(answer)


def rotate_form(person: Person, pat: Pat, query: str = "") -> Form:
    return rotate_page(person, pat, query).form(f"/tokens/{pat.id}/rotate")


def rotate(person: Person, pat: Pat, **changes: Any) -> Any:
    """Open the form, send it with some fields changed, and return the answer."""
    return rotate_form(person, pat).submit(person.browser, **changes)


def successor_of(pat: Pat) -> Pat:
    return Pat.objects.get(replaces=pat)


def confirm(person: Person, successor: Pat) -> Any:
    return person.browser.post(f"/tokens/{successor.id}/received")


def make_successor(world: World, person: Person, old: Pat, **facts: Any) -> Pat:
    """Write a successor into the mirror whose secret was shown and not confirmed."""
    issued_at = timezone.now() - facts.pop("issued_ago", timedelta(minutes=1))
    return make_pat(world, person, old.name, replaces=old, issued_at=issued_at, **facts)
