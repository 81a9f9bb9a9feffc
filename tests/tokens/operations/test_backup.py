"""Backup owners: who may be named, how an address is asked, and how either leaves."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.core import signing
from django.db import connections
from django.utils import timezone

from accounts.models import User
from patportal.lib.actors import Origin
from tests.people import Person, World
from tests.tokens.operations.invitation import earlier_proof
from tests.tokens.operations.scene import Interrupted, Record, wait
from tests.tokens.views.rows import make_pat, make_pats
from tokens import operations
from tokens.errors import BackupRefused
from tokens.mail import PROOF_SALT
from tokens.messages import BACKUP_MESSAGES
from tokens.models import BackupContact, OutgoingMail, Pat
from tokens.operations import Notes, notes_of

OPS = "ops@example.com"
ORIGIN = Origin(request_id="a-test", address="192.0.2.7")


@pytest.fixture
def pat(world: World, alice: Person) -> Pat:
    return make_pat(world, alice)


def name(person: Person, pat: Pat, email: str) -> BackupContact | None:
    """Name a backup owner and return what stands for them."""
    operations.describe_pat(
        actor=person.actor,
        owner=person.user,
        pat=pat,
        now=timezone.now(),
        notes=Notes(backup_email=email),
    )
    return Pat.objects.get(pk=pat.pk).backup_contact


def refusal(person: Person, pat: Pat, email: str) -> str:
    """Return why somebody cannot be named; nothing was changed by asking."""
    before = Pat.objects.get(pk=pat.pk).backup_contact
    with pytest.raises(BackupRefused) as refused:
        name(person, pat, email)
    assert Pat.objects.get(pk=pat.pk).backup_contact == before
    return refused.value.detail


@pytest.mark.parametrize("column", ["email", "user_principal_name"])
def test_a_colleague_is_found_by_either_address_and_asked_nothing(
    world: World, alice: Person, pat: Pat, column: str
) -> None:
    bob = world.bob.user
    User.objects.filter(pk=bob.pk).update(**{column: "Bob.Builder@Example.com"})
    contact = name(alice, pat, "bob.builder@example.com")
    assert contact is not None
    assert (contact.user, contact.email, contact.is_agreed) == (bob, "", True)
    assert OutgoingMail.objects.count() == 0


def test_the_same_colleague_stands_in_one_row_whatever_names_them(world: World, alice: Person) -> None:
    address = world.bob.user.mail_address
    first, second = (name(alice, make_pat(world, alice, str(one)), address) for one in range(2))
    assert first == second


def test_people_of_other_directories_are_addresses(world: World, alice: Person, pat: Pat) -> None:
    User.objects.create(tenant_id=uuid4(), object_id=uuid4(), email=OPS)
    contact = name(alice, pat, OPS)
    assert contact is not None
    assert (contact.user, contact.email, contact.is_agreed) == (None, OPS, False)


def test_of_two_people_with_one_address_neither_is_taken(world: World, alice: Person, pat: Pat) -> None:
    for _ in range(2):
        User.objects.create(tenant_id=alice.user.tenant_id, object_id=uuid4(), email=OPS)
    contact = name(alice, pat, OPS)
    assert contact is not None
    assert contact.user is None


def test_an_address_is_asked_once(world: World, alice: Person, pat: Pat) -> None:
    record = Record()
    contact = name(alice, pat, OPS)
    name(alice, make_pat(world, alice, "another"), OPS)
    name(alice, pat, "")
    assert name(alice, pat, OPS) == contact
    mail = OutgoingMail.objects.get()
    assert contact is not None
    assert (mail.kind, mail.address, mail.user) == ("backup_invitation", OPS, None)
    assert contact.asked_at is not None
    assert not contact.is_agreed
    assert record.of("backup.asked").recorded == {"backup_email": OPS}


def test_nobody_is_their_own_backup_owner(alice: Person, pat: Pat) -> None:
    assert refusal(alice, pat, alice.user.user_principal_name.lower()) == "yourself"


def test_mail_goes_to_the_domains_that_are_allowed(alice: Person, pat: Pat, settings: Any) -> None:
    settings.MAIL_DOMAINS = ["example.org"]
    for address in (OPS, "ops@sub.example.org", "ops@example.org.evil.example"):
        assert refusal(alice, pat, address) == "outside"
    assert name(alice, pat, "ops@example.org") is not None


def test_whoever_has_left_is_not_asked_again(world: World, alice: Person, pat: Pat) -> None:
    contact = name(alice, pat, OPS)
    assert contact is not None
    operations.decline_as_backup(contact=contact, now=timezone.now(), origin=ORIGIN)
    assert refusal(alice, make_pat(world, alice, "another"), OPS) == "left"
    # What stands there already may be stored again along with other notes.
    operations.describe_pat(
        actor=alice.actor,
        owner=alice.user,
        pat=pat,
        now=timezone.now(),
        notes=Notes(purpose="new", backup_email=OPS),
    )
    assert notes_of(pat=Pat.objects.get(pk=pat.pk)).purpose == "new"


@pytest.mark.parametrize(
    "spelling",
    ['"ops"@example.com', '"op\\s"@example.com', "=?utf-8?q?ops?=@example.com", "ops@exa\u3002mple.com"],
)
def test_another_spelling_of_an_address_is_nobody(alice: Person, pat: Pat, spelling: str) -> None:
    assert refusal(alice, pat, spelling) == "outside"
    assert OutgoingMail.objects.count() == 0


def test_one_person_invites_ten_strangers_a_day(world: World, alice: Person, pat: Pat) -> None:
    for number in range(10):
        name(alice, pat, f"{number}@example.com")
    assert refusal(alice, pat, "11@example.com") == "too_many"
    assert name(alice, pat, "3@example.com") is not None  # was asked before
    assert name(alice, pat, world.bob.user.mail_address) is not None
    wait(world, hours=25)
    assert name(alice, pat, "11@example.com") is not None


def test_an_address_agrees_once_and_every_owner_sees_it(world: World, alice: Person, pat: Pat) -> None:
    contact = name(alice, pat, OPS)
    other = make_pat(world, world.bob, "bobs")
    name(world.bob, other, OPS)
    assert contact is not None
    record = Record()
    for _ in range(2):
        operations.agree_as_backup(contact=contact, now=timezone.now(), origin=ORIGIN)
    contact.refresh_from_db()
    assert contact.is_agreed
    assert record.types == ["backup.confirmed"] * 2
    assert {event.owner_object_id for event in record.events} == {
        alice.user.object_id,
        world.bob.user.object_id,
    }
    event = record.events[0]
    assert (event.actor_label, event.actor_object_id, event.address) == (OPS, None, "192.0.2.7")


@pytest.mark.django_db(transaction=True)
def test_ten_a_day_are_ten_however_many_are_named_at_once(world: World) -> None:
    alice, start = world.alice, Barrier(4)
    pats = make_pats(world, alice, [str(number) for number in range(16)])

    def name_four(thread: int) -> list[str]:
        try:
            start.wait(10)
            return [attempt(alice, pats[thread * 4 + one], f"{thread}{one}@example.com") for one in range(4)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        outcomes = [one for four in threads.map(name_four, range(4)) for one in four]
    assert sorted(outcomes) == ["named"] * 10 + ["too_many"] * 6
    assert OutgoingMail.objects.count() == 10


def attempt(person: Person, pat: Pat, email: str) -> str:
    try:
        name(person, pat, email)
    except BackupRefused as exc:
        return exc.detail
    return "named"


def test_a_new_pat_invites_nobody_beyond_the_ten(world: World, alice: Person, pat: Pat) -> None:
    """Others may have been invited while Azure DevOps was making it; then its backup owner is not asked."""
    arguments = world.create_arguments(alice) | {"notes": Notes(backup_email=OPS)}

    def invite_ten() -> None:
        for number in range(10):
            name(alice, pat, f"{number}@example.com")

    client = Interrupted(arguments["client"], "create_pat", before=invite_ten)
    made = operations.create_pat(**arguments | {"client": client}).pat
    contact = Pat.objects.get(pk=made.pk).backup_contact
    assert contact is not None
    assert (contact.email, contact.asked_at) == (OPS, None)
    assert OutgoingMail.objects.count() == 10


def test_a_form_from_before_names_nobody_again_who_left(world: World, alice: Person, pat: Pat) -> None:
    bob, address = world.bob, world.bob.user.mail_address
    name(alice, pat, address)
    operations.leave_as_backup(actor=bob.actor, user=bob.user, pat=pat, now=timezone.now())
    wish: dict[str, Any] = {"actor": alice.actor, "owner": alice.user, "pat": pat, "now": timezone.now()}
    late = Notes(purpose="new", backup_email=address)
    with pytest.raises(BackupRefused) as refused:
        operations.describe_pat(notes=late, seen_backup=address, **wish)
    assert refused.value.detail == "changed"
    assert notes_of(pat=Pat.objects.get(pk=pat.pk)) == Notes()
    # Whoever sees that nobody is named any more may ask again, or say so in the form from before.
    operations.describe_pat(notes=Notes(purpose="new"), seen_backup=address, **wish)
    operations.describe_pat(notes=late, seen_backup="", **wish)
    assert notes_of(pat=Pat.objects.get(pk=pat.pk)) == late


def test_an_address_leaves_once_and_for_good(alice: Person, pat: Pat) -> None:
    contact = name(alice, pat, OPS)
    assert contact is not None
    record = Record()
    for _ in range(2):
        operations.decline_as_backup(contact=contact, now=timezone.now(), origin=ORIGIN)
    assert record.types == ["backup.left"]
    operations.agree_as_backup(contact=contact, now=timezone.now(), origin=ORIGIN)
    contact.refresh_from_db()
    assert not contact.is_agreed
    assert contact.left_at is not None
    assert record.types == ["backup.left"]


def test_a_person_leaves_one_pat_and_stays_with_the_others(world: World, alice: Person, pat: Pat) -> None:
    other, bob = make_pat(world, alice, "another"), world.bob
    for one in (pat, other):
        name(alice, one, bob.user.mail_address)
    record = Record()
    for _ in range(2):
        operations.leave_as_backup(actor=bob.actor, user=bob.user, pat=pat, now=timezone.now())
    assert Pat.objects.get(pk=pat.pk).backup_contact is None
    assert Pat.objects.get(pk=other.pk).backup_contact is not None
    event = record.of("backup.left")
    assert (event.actor_object_id, event.owner_object_id) == (bob.user.object_id, alice.user.object_id)


def test_nobody_takes_somebody_else_off(world: World, alice: Person, pat: Pat) -> None:
    name(alice, pat, world.bob.user.mail_address)
    record = Record()
    operations.leave_as_backup(actor=world.carol.actor, user=world.carol.user, pat=pat, now=timezone.now())
    assert Pat.objects.get(pk=pat.pk).backup_contact is not None
    assert "backup.left" not in record.types


def test_a_link_stands_for_the_address_it_went_to(world: World, alice: Person, pat: Pat) -> None:
    contact = name(alice, pat, OPS)
    assert contact is not None
    proof = signing.dumps(contact.pk, salt=PROOF_SALT)
    assert operations.contact_of_proof(proof=proof) == contact
    for wrong in (f"{proof}x", "", "x:y:z", signing.dumps(contact.pk), signing.dumps(0, salt=PROOF_SALT)):
        assert operations.contact_of_proof(proof=wrong) is None


def test_a_link_never_stands_for_a_person(world: World, alice: Person, pat: Pat) -> None:
    contact = name(alice, pat, world.bob.user.mail_address)
    assert contact is not None
    assert operations.contact_of_proof(proof=signing.dumps(contact.pk, salt=PROOF_SALT)) is None


def test_a_link_agrees_for_thirty_days_and_leaves_for_ever(alice: Person, pat: Pat) -> None:
    contact = name(alice, pat, OPS)
    assert contact is not None
    old = earlier_proof(contact, age=timedelta(days=30, minutes=1))
    assert operations.contact_of_proof(proof=old, to_agree=True) is None
    assert operations.contact_of_proof(proof=old) == contact
    fresh = earlier_proof(contact, age=timedelta(days=29))
    assert operations.contact_of_proof(proof=fresh, to_agree=True) == contact


def test_every_refusal_has_its_words() -> None:
    # The reasons that the tests above see are all there are.
    assert set(BACKUP_MESSAGES) == {"outside", "left", "changed", "yourself", "too_many"}
