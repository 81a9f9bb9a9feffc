"""An address that was named becomes the person it belongs to, and nobody else's."""

from typing import Any
from uuid import uuid4

import pytest
from django.core import signing
from django.utils import timezone

from accounts.models import User
from patportal.lib.actors import Origin
from tests.people import Person, World
from tests.tokens.operations.scene import Record
from tests.tokens.views.page import read
from tests.tokens.views.rows import make_pat
from tokens import operations
from tokens.errors import BackupRefused
from tokens.mail import PROOF_SALT
from tokens.models import BackupContact, OutgoingMail, Pat
from tokens.operations import Notes

OPS = "ops@example.com"
ORIGIN = Origin(request_id="a-test", address="192.0.2.7")


@pytest.fixture
def contact(world: World, alice: Person) -> BackupContact:
    """What stands for the sign-in name of Bob, who has never signed in, and names a PAT of Alice's."""
    email = sign_in_name(world)
    contact = BackupContact.objects.create(
        tenant_id=alice.user.tenant_id, email=email, asked_at=timezone.now()
    )
    make_pat(world, alice, backup_contact=contact)
    return contact


def sign_in_name(world: World) -> str:
    """Return Bob's sign-in name as it stands in a contact, without signing him in for good."""
    bob = world.sign_in("bob").user
    name = bob.user_principal_name.lower()
    bob.delete()
    return name


def change(person: Person, **columns: Any) -> User:
    User.objects.filter(pk=person.user.pk).update(**columns)
    return person.user


def sign_in(person: Person) -> None:
    """Do what a sign-in of the person does, with what Entra says of them now."""
    operations.take_over_backup(actor=person.actor, user=person.user, now=timezone.now())


def named() -> User | None:
    """Return the person whom the PAT names, None for an address."""
    contact = Pat.objects.get().backup_contact
    return contact.user if contact else None


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_whoever_signs_in_with_the_address_finds_what_names_them(
    world: World, contact: BackupContact, is_confirmed: bool
) -> None:
    if is_confirmed:
        operations.agree_as_backup(contact=contact, now=timezone.now(), origin=ORIGIN)
    record = Record()
    bob = world.bob
    assert named() == bob.user
    assert "ci-deploy" in read(bob.browser.get("/backup")).text
    event = record.of("backup.person_found")
    assert event.actor_object_id == bob.user.object_id
    assert event.owner_object_id == Pat.objects.get().user.object_id
    assert event.recorded == {"backup_email": contact.email}
    assert not BackupContact.objects.filter(pk=contact.pk).exists()


def test_whoever_is_named_as_a_person_already_stands_in_one_row(world: World, contact: BackupContact) -> None:
    bob = world.bob
    own = BackupContact.objects.get(user=bob.user)
    late = BackupContact.objects.create(tenant_id=bob.user.tenant_id, email=contact.email)
    Pat.objects.update(backup_contact=late)
    sign_in(bob)
    assert Pat.objects.get().backup_contact == own


def test_what_was_left_stays_left(world: World, alice: Person, contact: BackupContact) -> None:
    operations.decline_as_backup(contact=contact, now=timezone.now(), origin=ORIGIN)
    bob = world.bob
    assert named() is None
    assert "No token names you." in read(bob.browser.get("/backup")).text
    with pytest.raises(BackupRefused) as refused:
        operations.describe_pat(
            actor=alice.actor,
            owner=alice.user,
            pat=make_pat(world, alice, "another"),
            now=timezone.now(),
            notes=Notes(backup_email=contact.email),
        )
    assert refused.value.detail == "left"


def test_an_address_that_somebody_gave_themselves_takes_nothing_over(
    world: World, contact: BackupContact
) -> None:
    change(world.carol, email=contact.email)
    sign_in(world.carol)
    assert named() is None


@pytest.mark.parametrize("column", ["email", "user_principal_name"])
@pytest.mark.parametrize("is_active", [False, True])
def test_an_address_of_two_people_is_neither_ones(
    world: World, contact: BackupContact, column: str, is_active: bool
) -> None:
    User.objects.create(
        tenant_id=contact.tenant_id,
        object_id=uuid4(),
        is_active=is_active,
        **{column: contact.email.upper()},
    )
    assert world.bob
    assert named() is None


def test_people_of_other_directories_and_guests_take_nothing_over(
    world: World, contact: BackupContact
) -> None:
    BackupContact.objects.update(tenant_id=uuid4())
    assert world.bob
    assert named() is None
    BackupContact.objects.update(tenant_id=world.bob.user.tenant_id)
    change(world.bob, is_guest=True)
    sign_in(world.bob)
    assert named() is None


def test_nobody_becomes_their_own_backup_owner(world: World, alice: Person, contact: BackupContact) -> None:
    change(alice, user_principal_name=contact.email)
    sign_in(alice)
    assert named() is None


def test_a_person_without_a_sign_in_name_takes_nothing_over(world: World, contact: BackupContact) -> None:
    BackupContact.objects.create(tenant_id=contact.tenant_id, user=world.carol.user)
    before = set(BackupContact.objects.values_list("pk", flat=True))
    change(world.dave, user_principal_name="")
    sign_in(world.dave)
    assert set(BackupContact.objects.values_list("pk", flat=True)) == before


@pytest.fixture
def asked(world: World, alice: Person) -> BackupContact:
    """The address of mail that is nobody's sign-in name, asked about a PAT of Alice's."""
    contact = BackupContact.objects.create(tenant_id=alice.user.tenant_id, email=OPS, asked_at=timezone.now())
    make_pat(world, alice, backup_contact=contact)
    return contact


def agree(person: Person, contact: BackupContact) -> str:
    proof = signing.dumps(contact.pk, salt=PROOF_SALT)
    answer = person.browser.post(f"/backup/answer/{proof}", {"answer": "agree"})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_whoever_agrees_while_signed_in_with_that_mail_finds_what_names_them(
    world: World, asked: BackupContact
) -> None:
    bob = change(world.bob, email="Ops@Example.com")
    record = Record()
    assert agree(world.bob, asked) == "/backup"
    assert named() == bob
    page = read(world.bob.browser.get("/backup"))
    assert "You are a backup owner now." in page.text
    assert "ci-deploy" in page.text
    assert record.types == ["backup.confirmed", "backup.person_found"]
    assert OutgoingMail.objects.count() == 0


def test_an_address_that_several_read_stays_one_whoever_of_them_agrees(
    world: World, asked: BackupContact
) -> None:
    assert agree(world.bob, asked).startswith("/backup/answer/")
    assert named() is None
    asked.refresh_from_db()
    assert asked.is_agreed
    for person in (world.bob, world.carol):
        change(person, email=OPS)
    agree(world.bob, asked)
    assert named() is None


def test_the_link_of_what_was_taken_over_says_where_to_leave(world: World, asked: BackupContact) -> None:
    change(world.bob, email=OPS)
    proof = signing.dumps(asked.pk, salt=PROOF_SALT)
    agree(world.bob, asked)
    answer = world.bob.browser.get(f"/backup/answer/{proof}")
    assert answer.status_code == 404
    assert read(answer).one("main").one("a", href="/backup")
