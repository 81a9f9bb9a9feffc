"""The audit log: append-only rows without foreign keys; labels are copied when the event is written.

What could tell who a person is stands in columns of its own, which can be erased; the other columns are bound
into the chain (`audit_proof`) for good. Time and salt are the database's, whatever is passed in.
"""

from typing import Any, NoReturn

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat, Lower, Now


class EventType(models.TextChoices):
    """Every type of event there is; each has a presenter."""

    SIGNED_IN = "auth.signed_in", "signed in"
    SIGN_IN_REFUSED = "auth.sign_in_refused", "sign-in refused"
    SIGN_INS_REFUSED = "auth.sign_ins_refused", "further sign-ins refused"
    SIGNED_OUT = "auth.signed_out", "signed out"
    SESSION_ENDED = "auth.session_ended", "sessions ended"
    ROLES_CHANGED = "auth.roles_changed", "portal roles changed"
    GRANT_USED = "auth.grant_used", "delegated access used without its owner"
    GRANT_LOST = "auth.grant_lost", "delegated access ended"
    GRANT_DELETED = "auth.grant_deleted", "delegated access deleted"
    PAT_CREATE_REQUESTED = "pat.create_requested", "creation requested"
    PAT_CREATED = "pat.created", "PAT created"
    PAT_CREATE_REFUSED = "pat.create_refused", "creation refused"
    PAT_CREATE_FAILED = "pat.create_failed", "creation failed"
    PAT_CREATE_ANSWER_LOST = "pat.create_answer_lost", "answer to a creation lost"
    PAT_CREATE_SETTLED = "pat.create_settled", "lost creation settled"
    PAT_RECEIVED = "pat.received", "receipt of the secret confirmed"
    PAT_REVOKE_REQUESTED = "pat.revoke_requested", "revocation requested"
    PAT_REVOCATION_SENT = "pat.revocation_sent", "revocation sent"
    PAT_REVOKED = "pat.revoked", "PAT revoked"
    PAT_REVOKE_REFUSED = "pat.revoke_refused", "revocation refused"
    PAT_REVOKE_FAILED = "pat.revoke_failed", "revocation failed"
    PAT_REVOKE_ANSWER_LOST = "pat.revoke_answer_lost", "answer to a revocation lost"
    PAT_UPDATE_REQUESTED = "pat.update_requested", "change requested"
    PAT_UPDATED = "pat.updated", "PAT changed"
    PAT_UPDATE_REFUSED = "pat.update_refused", "change refused"
    PAT_UPDATE_FAILED = "pat.update_failed", "change failed"
    PAT_UPDATE_ANSWER_LOST = "pat.update_answer_lost", "answer to a change lost"
    PAT_UPDATE_SETTLED = "pat.update_settled", "lost change settled"
    PAT_EXTEND_REQUESTED = "pat.extend_requested", "extension requested"
    PAT_EXTENDED = "pat.extended", "PAT extended"
    PAT_EXTEND_REFUSED = "pat.extend_refused", "extension refused"
    PAT_EXTEND_FAILED = "pat.extend_failed", "extension failed"
    PAT_EXTEND_ANSWER_LOST = "pat.extend_answer_lost", "answer to an extension lost"
    PAT_EXTEND_SETTLED = "pat.extend_settled", "lost extension settled"
    PAT_ROTATE_REQUESTED = "pat.rotate_requested", "rotation requested"
    PAT_ROTATED = "pat.rotated", "successor created"
    PAT_ROTATE_REFUSED = "pat.rotate_refused", "rotation refused"
    PAT_ROTATE_FAILED = "pat.rotate_failed", "rotation failed"
    PAT_ROTATE_ANSWER_LOST = "pat.rotate_answer_lost", "answer to a rotation lost"
    PAT_ROTATE_SETTLED = "pat.rotate_settled", "lost rotation settled"
    PAT_END_SCHEDULED = "pat.end_scheduled", "end of the old PAT scheduled"
    PAT_END_CANCELLED = "pat.end_cancelled", "old PAT kept"
    PAT_END_REQUESTED = "pat.end_requested", "earlier expiry requested"
    PAT_END_SET = "pat.end_set", "expiry brought forward"
    PAT_END_REFUSED = "pat.end_refused", "earlier expiry refused"
    PAT_END_FAILED = "pat.end_failed", "earlier expiry failed"
    PAT_END_ANSWER_LOST = "pat.end_answer_lost", "answer to an earlier expiry lost"
    PAT_END_SETTLED = "pat.end_settled", "lost earlier expiry settled"
    PAT_DESCRIBED = "pat.described", "notes changed"
    PAT_PLACE_MOVED = "pat.place_moved", "place of use ticked off"
    PAT_KEPT = "pat.kept", "PAT possibly left over kept"
    PAT_FOUND = "pat.found", "PAT created outside the portal"
    PAT_CHANGED_OUTSIDE = "pat.changed_outside", "PAT changed outside the portal"
    PAT_REVOKED_OUTSIDE = "pat.revoked_outside", "PAT revoked outside the portal"
    PAT_EXPIRED = "pat.expired", "PAT expired"
    PAT_VANISHED = "pat.vanished", "PAT no longer listed"
    PAT_REAPPEARED = "pat.reappeared", "PAT listed again"
    PATS_FIRST_READ = "pats.first_read", "PATs read for the first time"
    BULK_REQUESTED = "bulk.requested", "many PATs at once requested"
    BULK_STOPPED = "bulk.stopped", "many PATs at once stopped"
    BACKUP_ASKED = "backup.asked", "backup owner asked"
    BACKUP_CONFIRMED = "backup.confirmed", "backup owner agreed"
    BACKUP_PERSON_FOUND = "backup.person_found", "backup owner found among the people"
    BACKUP_LEFT = "backup.left", "backup owner left"
    REMINDERS_STOPPED = "reminders.stopped", "reminders stopped by the link of a mail"
    REMINDERS_RESUMED = "reminders.resumed", "reminders wanted again by the link of a mail"
    SETTINGS_CHANGED = "settings.changed", "settings changed"
    DATA_DOWNLOADED = "data.downloaded", "own data downloaded"
    PAT_MUTED = "pat.muted", "reminders about a PAT muted"
    PAT_UNMUTED = "pat.unmuted", "reminders about a PAT wanted again"
    MAIL_TEST_ASKED = "mail.test_asked", "test mail asked for"
    CALENDAR_CREATED = "calendar.created", "calendar address made"
    CALENDAR_ENDED = "calendar.ended", "calendar address ended"
    MAIL_SENT = "mail.sent", "mail accepted"
    MAIL_FAILED = "mail.failed", "mail given up"
    REMINDER_SENT = "reminder.sent", "reminder accepted"
    REMINDER_FAILED = "reminder.failed", "reminder given up"
    AUDIT_EXPORTED = "audit.exported", "audit log exported"
    AUDIT_VERIFIED = "audit.verified", "audit log verified"
    AUDIT_ERASED = "audit.erased", "personal fields of the audit log erased"
    AUDIT_SIGNING_REFUSED = "audit.signing_refused", "checkpoint refused"
    UPKEEP_CLEARED = "upkeep.cleared", "what was past its time deleted"
    JOBS_RETRIED = "jobs.retried", "failed jobs run again"
    COMMAND_RAN = "command.ran", "management command run"


class Outcome(models.TextChoices):
    """How what the event tells of ended."""

    REQUESTED = "requested", "requested"
    SUCCESS = "success", "success"
    REFUSED = "refused", "refused"
    FAILED = "failed", "failed"
    UNKNOWN = "unknown", "unknown"


_FILTERED_BY = {
    "type": "type",
    "outcome": "outcome",
    "actor_kind": "actor_kind",
    "organization": "organization",
    "actor_object_id": "actor",
    "owner_object_id": "owner",
    "authorization_id": "pat",
}


def searched_text() -> Lower:
    """Return the text, in small letters, in which people and PATs are searched: an index has its trigrams."""
    line = Value("\n")
    return Lower(
        Concat("actor_label", line, "owner_label", line, "pat_name", output_field=models.TextField())
    )


def along_time(events: "models.QuerySet[AuditEvent]") -> "models.QuerySet[AuditEvent]":
    """Return the same events, which may be read along the index of times; never for those of one column."""
    return events.filter(id__gt=0)


class AppendOnlyError(Exception):
    """Somebody tried to change or delete an audit event."""


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Reads only; the trigger in the database is what refuses for certain."""

    def update(self, **kwargs: Any) -> NoReturn:  # noqa: ARG002
        raise AppendOnlyError("audit events cannot be changed")

    def delete(self) -> NoReturn:
        raise AppendOnlyError("audit events cannot be deleted")


class AuditEvent(models.Model):
    """One thing that happened: who, what, to which PAT, when, from where, with which outcome."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("time", db_default=Now(), editable=False)
    type = models.CharField(max_length=40, choices=EventType.choices)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)

    actor_kind = models.CharField(max_length=12)
    actor_tenant_id = models.UUIDField(null=True)
    actor_object_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=320, blank=True)

    owner_tenant_id = models.UUIDField("tenant id of the person concerned", null=True)
    owner_object_id = models.UUIDField("object id of the person concerned", null=True)
    owner_label = models.CharField("person concerned", max_length=320, blank=True)
    authorization_id = models.UUIDField(null=True)
    organization = models.CharField(max_length=50, blank=True)
    pat_name = models.TextField("PAT", blank=True)

    operation_id = models.UUIDField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    activity_id = models.CharField("Microsoft's activity or correlation id", max_length=64, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=256, blank=True)
    data = models.JSONField(default=dict)
    personal_data = models.JSONField("what people typed", default=dict)

    salt = models.BinaryField(null=True, editable=False)
    erased_by = models.BigIntegerField("event of the erasure", null=True, editable=False)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = "audit event"
        # Whatever the log is filtered by, it is read from its newest end: each index goes on with the time.
        indexes = [
            # A value that ended long ago seems as common as ever to the planner, which would look for it
            # along the times, through everything since. So only who asks for it gets this index.
            models.Index(fields=["at", "id"], name="tokens_audit_at", condition=models.Q(id__gt=0)),
            *(
                models.Index(fields=[field, "at", "id"], name=f"tokens_audit_{name}")
                for field, name in _FILTERED_BY.items()
            ),
            *(
                models.Index(fields=[field], name=f"tokens_audit_{name}", condition=~models.Q(**{field: ""}))
                for field, name in {"request_id": "request", "activity_id": "activity"}.items()
            ),
            models.Index(
                fields=["operation_id"],
                name="tokens_audit_operation",
                condition=models.Q(operation_id__isnull=False),
            ),
            GinIndex(OpClass(searched_text(), name="gin_trgm_ops"), name="tokens_audit_search"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=["person", "system", "operator"]),
                name="tokens_audit_actor_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()} ({self.id})"

    @property
    def recorded(self) -> dict[str, Any]:
        """Everything that was recorded beside the columns, as far as it is not erased."""
        return {**self.data, **self.personal_data}

    @property
    def is_erased(self) -> bool:
        """Whether the personal fields were erased."""
        return self.erased_by is not None

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError("audit events cannot be changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:  # noqa: ARG002
        raise AppendOnlyError("audit events cannot be deleted")
