"""`erase_audit` counts, asks, and erases as the owner of the database; the other role is refused."""

from datetime import timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from patportal.lib.actors import Actor, ActorKind
from tests.installation import Installation
from tests.tokens.audit_scene import link_now
from tokens import audit
from tokens.models import AuditEvent, EventType

TENANT, ZOE = UUID(int=1), UUID(int=2)
PERSON = f"{TENANT}/{ZOE}"


def run(*words: str, answer: str = "") -> str:
    written = StringIO()
    call_command("erase_audit", "--reason", "asked to", *words, stdout=written, stdin=StringIO(answer))
    return written.getvalue()


def record(object_id: UUID = ZOE) -> AuditEvent:
    actor = Actor(ActorKind.PERSON, "Zoe", TENANT, object_id)
    event = audit.record(EventType.SIGNED_OUT, actor=actor)
    link_now()
    return event


def is_erased(event: AuditEvent) -> bool:
    return AuditEvent.objects.get(pk=event.pk).is_erased


@pytest.fixture
def zoe(db: None) -> User:
    return User.objects.create(tenant_id=TENANT, object_id=ZOE, user_principal_name="zoe@example.com")


@pytest.mark.django_db
def test_of_a_person_named_by_ids() -> None:
    event, other = record(), record(uuid4())
    written = run("--person", PERSON, "--yes")
    assert written.splitlines() == [
        "1 event with personal fields to erase.",
        "Erased the personal fields of 1 event; an event tells of it.",
    ]
    assert is_erased(event)
    assert not is_erased(other)
    told = AuditEvent.objects.get(type="audit.erased")
    assert (told.actor_kind, told.data["reason"]) == ("operator", "asked to")
    assert told.user_agent == "manage.py erase_audit"


def test_of_a_person_named_by_the_sign_in_name(zoe: User) -> None:
    event = record()
    run("--person", "ZOE@example.com", "--yes")
    assert is_erased(event)


def test_a_name_that_nobody_or_that_two_people_have_erases_nothing(zoe: User) -> None:
    event = record()
    with pytest.raises(CommandError, match="Nobody who is known here has the sign-in name") as caught:
        run("--person", "nobody@example.com", "--yes")
    assert caught.value.returncode == 2
    User.objects.create(tenant_id=uuid4(), object_id=ZOE, user_principal_name="zoe@example.com")
    with pytest.raises(CommandError, match="Several people have"):
        run("--person", "zoe@example.com", "--yes")
    assert not is_erased(event)


@pytest.mark.django_db
def test_by_age() -> None:
    event = record()
    assert run("--older-than", "1", "--yes").startswith("0 events")
    assert run("--before", timezone.localdate().isoformat(), "--yes").startswith("0 events")
    assert not is_erased(event)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--person", ""),
        ("--person", "/"),
        ("--older-than", "0"),
        ("--older-than", "-1"),
        ("--older-than", "1e3"),
        ("--older-than", "99999999999"),
        ("--before", "yesterday"),
        ("--before", "2026-01-01", "--older-than", "3"),
        ("--older-than", "3", "--reason", "  "),
    ],
)
def test_what_is_not_clear_erases_nothing(words: tuple[str, ...]) -> None:
    event = record()
    with pytest.raises(CommandError):
        run(*words, "--yes")
    assert not is_erased(event)
    assert not AuditEvent.objects.filter(type="audit.erased").exists()


@pytest.mark.django_db
def test_a_day_that_is_not_over_is_refused() -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(CommandError, match="is not over yet"):
        run("--before", tomorrow.isoformat(), "--yes")


@pytest.mark.django_db
def test_a_dry_run_counts_and_erases_nothing() -> None:
    event = record()
    assert run("--person", PERSON, "--dry-run") == "1 event with personal fields to erase.\n"
    assert not is_erased(event)
    assert AuditEvent.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("answer", ["", "\n", "y\n", "yes\n", "no\n"])
def test_without_the_word_nothing_is_erased(answer: str) -> None:
    event = record()
    with pytest.raises(CommandError, match=r"Nothing was erased\."):
        run("--person", PERSON, answer=answer)
    assert not is_erased(event)


@pytest.mark.django_db
def test_with_the_word_it_is_erased() -> None:
    event = record()
    run("--person", PERSON, answer="erase\n")
    assert is_erased(event)


def test_the_role_of_web_and_worker_is_refused_and_that_is_recorded(installation: Installation) -> None:
    erasures = "SELECT count(*) FROM tokens_auditevent WHERE type = 'audit.erased'"
    before = installation.rows(erasures)
    words = ("erase_audit", "--older-than", "1", "--reason", "asked to", "--yes")
    with pytest.raises(AssertionError, match="only the database's owner may"):
        installation.manage(*words)
    with pytest.raises(AssertionError, match=r"Nothing was erased\."):
        installation.manage(*words[:-1], DATABASE_OWNER_URL=installation.url("DATABASE_OWNER_URL"))
    refused = installation.rows(
        "SELECT outcome, data ->> 'command' FROM tokens_auditevent WHERE type = 'command.ran'"
        " AND outcome = 'refused'"
    )
    assert refused == [("refused", "erase_audit")]
    assert installation.rows(erasures) == before


def test_the_owner_erases_and_the_proof_holds(installation: Installation) -> None:
    owner = {"DATABASE_OWNER_URL": installation.url("DATABASE_OWNER_URL")}
    with installation.connect("DATABASE_URL") as connection:
        connection.execute(
            "INSERT INTO tokens_auditevent (type, outcome, actor_kind, actor_tenant_id, actor_object_id,"
            " actor_label, owner_label, organization, pat_name, request_id, activity_id, error_code, address,"
            " user_agent, data, personal_data)"
            " VALUES ('auth.signed_in', 'success', 'person', %s, %s, 'Zoe', '', '', '', '', '', '', '', '',"
            " '{}', '{}')",
            [TENANT, ZOE],
        )
    written = installation.manage("erase_audit", "--person", PERSON, "--reason", "asked to", "--yes", **owner)
    assert "Erased the personal fields of 1 event" in written
    assert installation.rows("SELECT actor_label FROM tokens_auditevent WHERE actor_object_id = %s", ZOE) == [
        ("",)
    ]
    assert "the personal fields of 1 event are erased." in installation.manage("verify_audit")
