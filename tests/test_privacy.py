"""The inventory of personal data is complete, and forgetting somebody leaves nothing of them behind."""

import re
from pathlib import Path

from django.apps import apps
from django.db import connection

from patportal.lib.actors import Actor, ActorKind
from tests.people import World
from tests.tokens.audit_scene import link_now
from tests.tokens.views.rows import make_operation, make_pat
from tokens import operations
from tokens.models import Place

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "privacy.md"

# Fields that say nothing of who somebody is, how to reach them, what they typed, from where they came or when
# they were there. Whatever is added has to be judged: here, or in the inventory.
NOT_PERSONAL = {
    "accounts.Alarm": "id code detail aadsts correlation_id first_at last_at count ended_at",
    "accounts.Grant": (
        "key_id state lost_code lost_aadsts lost_correlation_id challenge_key_id challenged_at "
        "is_renewable "
        "challenge_answered_at"
    ),
    "accounts.SignIn": "id ended_reason",
    "accounts.SpentFlow": "state_hash spent_at",
    "accounts.User": "id is_active is_staff is_superuser user_permissions",
    "tokens.AuditCheckpoint": "id position hash note signed_at mailed_at",
    "tokens.AuditEvent": (
        "id type outcome actor_kind authorization_id organization operation_id error_code erased_by"
    ),
    "tokens.AuditLink": "position event_id hash_version hash",
    "tokens.AuditVerification": (
        "id finished_at from_position to_position links erased faults findings checkpoints"
    ),
    "tokens.BackupContact": "id",
    "tokens.BulkChange": "id verb key content_digest is_everything requested_at stopped_at",
    "tokens.BulkItem": (
        "id bulk pat position state seen_valid_to asked_valid_to operation error_code activity_id tries "
        "put_off claimed_until"
    ),
    "tokens.BulkPause": "ends_at",
    "tokens.CalendarFeed": "id position key address_hash detail",
    "tokens.EndedCalendar": "id key",
    "tokens.Operation": (
        "id organization pat verb state key content_digest scopes asked_valid_to replaces overlap_seconds "
        "requested_at deadline_at answer_lost_at listed_empty_at claimed_until attempts finished_at "
        "error_code activity_id dismissed_at"
    ),
    "tokens.Organization": "id name instance_id",
    "tokens.OrganizationAccess": (
        "id organization state requested_at finished_at read_at ended_read_at error_code activity_id "
        "not_before_at next_sync_at"
    ),
    "tokens.OutgoingMail": (
        "id kind due_at claimed_until attempts sent_at given_up_at not_needed_at error_code"
    ),
    "tokens.RefusedSignIns": "id minute count",
    "tokens.Pat": (
        "id organization authorization_id scopes is_global valid_from valid_to first_seen_at written_at "
        "revocation_sent_at revoked_at vanished_at expiry_recorded_at issued_at received_at is_left_over "
        "changed_at replaces ends_at full_valid_to instance_id review_date remind_at remind_from"
    ),
    "tokens.QueuedJob": (
        "id queue_name task_name priority lock args status scheduled_at attempts queueing_lock "
        "abort_requested worker"
    ),
    "tokens.Place": "id pat position moved_at",
    "tokens.Reminder": "id pat valid_to step_days made_at mail state",
    "tokens.ReminderSettings": "welcomed_at remind_at",
}
_HEADING = re.compile(r"^### .*`(\w+\.\w+)`$")
_CODE = re.compile(r"`([\w.]+)`")


def inventory() -> list[str]:
    """Return the fields that the document lists, as "app.Model.field"."""
    found: list[str] = []
    model = ""
    for line in DOCUMENT.read_text("utf-8").splitlines():
        if line.startswith("#"):
            heading = _HEADING.match(line)
            model = heading[1] if heading and line.count("`") == 2 else ""
        elif line.startswith("| `") and "--" not in line:
            names = _CODE.findall(line.split("|")[1])
            found += [name if "." in name else f"{model}.{name}" for name in names]
    return found


def existing() -> list[str]:
    """Return every field of a model of ours."""
    models = [model for app in ("accounts", "tokens") for model in apps.get_app_config(app).get_models()]
    return [
        f"{model._meta.label}.{field.name}"
        for model in models
        for field in (*model._meta.fields, *model._meta.many_to_many)
    ]


def test_every_field_is_in_the_inventory_or_known_to_be_none_for_it() -> None:
    harmless = [f"{model}.{name}" for model, names in NOT_PERSONAL.items() for name in names.split()]
    assert sorted([*inventory(), *harmless]) == sorted(existing())


def rows_with(*words: str) -> list[str]:
    """Return what in any table of the database has one of these words in it, in letters of either case."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if table == "django_admin_log":
                continue
            cursor.execute(
                f'SELECT %s || row_text FROM (SELECT one::text AS row_text FROM "{table}" AS one) AS texts'  # noqa: S608
                " WHERE row_text ILIKE ANY (%s)",
                [f"{table}: ", [f"%{word}%" for word in words]],
            )
            found += [text for (text,) in cursor.fetchall()]
    return found


def test_forgetting_a_person_as_it_is_described_leaves_no_name_behind(world: World) -> None:
    person = world.alice
    answer = person.browser.post("/tokens/new", world.form(name="alices-own", purpose="alice needs it"))
    assert answer.status_code == 200
    pat = make_pat(world, person, purpose="for alice")
    Place.objects.create(pat=pat, position=1, text="alice's pipeline")
    make_operation(world, person, name="alices-other")
    user = person.user
    words = [word for word in ("alice", user.email, user.login_hint) if word]
    assert len(rows_with(*words)) > 5
    user.delete()
    link_now()
    root = Actor(ActorKind.OPERATOR, "root (uid 0)")
    operations.erase_audit(actor=root, person=user, before=None, reason="asked to")
    assert rows_with(*words) == []
    left = rows_with(str(user.object_id))
    assert {text.partition(":")[0] for text in left} == {"tokens_auditevent", "tokens_auditlink"}
