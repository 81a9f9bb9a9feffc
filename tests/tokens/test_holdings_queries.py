"""What is stored about a person: all of theirs, nothing of others, and no grant in clear."""

import json

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from accounts.models import Grant
from patportal.lib.actors import Actor, ActorKind, Origin
from tests.people import World
from tests.tokens.views.rows import make_bulk, make_feed, make_operation, make_pat
from tokens import audit
from tokens.holdings_queries import grant_of, holdings_of, own_data
from tokens.models import BackupContact, EndedCalendar, EventType, OutgoingMail, Place, ReminderSettings


def test_every_kind_is_counted_for_its_owner_alone(world: World) -> None:
    alice, bob = world.alice, world.bob
    contact = BackupContact.objects.create(tenant_id=alice.user.tenant_id, user=alice.user)
    make_pat(world, bob, backup_contact=contact)
    pat = make_pat(world, alice, purpose="deploys")
    Place.objects.create(pat=pat, position=0, text="build-3")
    make_operation(world, alice)
    make_bulk(world, alice, [pat])
    make_feed(alice)
    ReminderSettings.objects.create(user=alice.user)
    OutgoingMail.objects.create(kind="test_mail", key="1", user=alice.user, due_at=timezone.now())
    found = holdings_of(alice.user)
    assert found.pop("events") > 0
    assert found == {
        "sessions": 1,
        "pats": 1,
        "notes": 2,
        "operations": 2,
        "reminders": 0,
        "mails": 1,
        "calendars": 1,
        "settings": 1,
        "backed": 1,
    }
    assert holdings_of(bob.user)["pats"] == 1


def test_the_file_holds_what_is_ones_own_and_nothing_of_others(world: World) -> None:
    alice, bob = world.alice, world.bob
    pat = make_pat(world, alice, "ci-deploy", purpose="deploys the shop")
    Place.objects.create(pat=pat, position=0, text="build-3")
    make_pat(world, bob, "bob's own")
    make_feed(alice)
    EndedCalendar.objects.create(user=alice.user, key="k" * 20, ended_at=timezone.now())
    EndedCalendar.objects.create(user=bob.user, key="k" * 20, ended_at=timezone.now())
    stranger = Actor(
        kind=ActorKind.PERSON, label="ops@example.com", origin=Origin(address="192.0.2.7", user_agent="wget")
    )
    audit.record(EventType.BACKUP_CONFIRMED, actor=stranger, owner=alice.user, pat=pat)
    audit.record(EventType.PAT_KEPT, actor=bob.actor, owner=bob.user, pat_name="bob's secret plans")
    data = own_data(alice.user, now=timezone.now())
    text = json.dumps(data, cls=DjangoJSONEncoder)
    for own in ("ci-deploy", "deploys the shop", "build-3", alice.user.email, "backup.confirmed"):
        assert own in text
    for hidden in ("bob", "192.0.2.7", "wget", "sealed", "sid_hash", "address_hash", "login_hint"):
        assert hidden not in text
    assert len(data["ended_calendar_addresses"]) == 1
    assert data["delegated_access"]["state"] == "active"
    assert any(event.get("address") for event in data["events"])


def test_what_is_sealed_is_not_even_fetched(world: World) -> None:
    grant = grant_of(world.alice.user)
    assert grant is not None
    assert {"sealed_cache", "sealed_challenge"} <= grant.get_deferred_fields()
    Grant.objects.all().delete()
    assert grant_of(world.alice.user) is None
    assert own_data(world.alice.user, now=timezone.now())["delegated_access"] is None
