"""The audit log: append-only rows without foreign keys; labels are copied when the event is written.

What could tell who a person is stands in columns of its own, which can be erased; the other columns are bound
into the chain (`audit_proof`) for good. Time and salt are the database's, whatever is passed in.
"""

from typing import Any, NoReturn

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat, Lower, Now
from django.utils.translation import gettext_lazy as _


class EventType(models.TextChoices):
    """Every type of event there is; each has a presenter."""

    SIGNED_IN = "auth.signed_in", _("signed in")
    SIGN_IN_REFUSED = "auth.sign_in_refused", _("sign-in refused")
    SIGN_INS_REFUSED = "auth.sign_ins_refused", _("further sign-ins refused")
    SIGNED_OUT = "auth.signed_out", _("signed out")
    SESSION_ENDED = "auth.session_ended", _("sessions ended")
    ROLES_CHANGED = "auth.roles_changed", _("portal roles changed")
    GRANT_USED = "auth.grant_used", _("delegated access used without its owner")
    GRANT_LOST = "auth.grant_lost", _("delegated access ended")
    GRANT_DELETED = "auth.grant_deleted", _("delegated access deleted")
    PAT_CREATE_REQUESTED = "pat.create_requested", _("creation requested")
    PAT_CREATED = "pat.created", _("PAT created")
    PAT_CREATE_REFUSED = "pat.create_refused", _("creation refused")
    PAT_CREATE_FAILED = "pat.create_failed", _("creation failed")
    PAT_CREATE_ANSWER_LOST = "pat.create_answer_lost", _("answer to a creation lost")
    PAT_CREATE_SETTLED = "pat.create_settled", _("lost creation settled")
    PAT_RECEIVED = "pat.received", _("receipt of the secret confirmed")
    PAT_REVOKE_REQUESTED = "pat.revoke_requested", _("revocation requested")
    PAT_REVOCATION_SENT = "pat.revocation_sent", _("revocation sent")
    PAT_REVOKED = "pat.revoked", _("PAT revoked")
    PAT_REVOKE_REFUSED = "pat.revoke_refused", _("revocation refused")
    PAT_REVOKE_FAILED = "pat.revoke_failed", _("revocation failed")
    PAT_REVOKE_ANSWER_LOST = "pat.revoke_answer_lost", _("answer to a revocation lost")
    PAT_UPDATE_REQUESTED = "pat.update_requested", _("change requested")
    PAT_UPDATED = "pat.updated", _("PAT changed")
    PAT_UPDATE_REFUSED = "pat.update_refused", _("change refused")
    PAT_UPDATE_FAILED = "pat.update_failed", _("change failed")
    PAT_UPDATE_ANSWER_LOST = "pat.update_answer_lost", _("answer to a change lost")
    PAT_UPDATE_SETTLED = "pat.update_settled", _("lost change settled")
    PAT_EXTEND_REQUESTED = "pat.extend_requested", _("extension requested")
    PAT_EXTENDED = "pat.extended", _("PAT extended")
    PAT_EXTEND_REFUSED = "pat.extend_refused", _("extension refused")
    PAT_EXTEND_FAILED = "pat.extend_failed", _("extension failed")
    PAT_EXTEND_ANSWER_LOST = "pat.extend_answer_lost", _("answer to an extension lost")
    PAT_EXTEND_SETTLED = "pat.extend_settled", _("lost extension settled")
    PAT_ROTATE_REQUESTED = "pat.rotate_requested", _("rotation requested")
    PAT_ROTATED = "pat.rotated", _("successor created")
    PAT_ROTATE_REFUSED = "pat.rotate_refused", _("rotation refused")
    PAT_ROTATE_FAILED = "pat.rotate_failed", _("rotation failed")
    PAT_ROTATE_ANSWER_LOST = "pat.rotate_answer_lost", _("answer to a rotation lost")
    PAT_ROTATE_SETTLED = "pat.rotate_settled", _("lost rotation settled")
    PAT_END_SCHEDULED = "pat.end_scheduled", _("end of the old PAT scheduled")
    PAT_END_CANCELLED = "pat.end_cancelled", _("old PAT kept")
    PAT_END_REQUESTED = "pat.end_requested", _("earlier expiry requested")
    PAT_END_SET = "pat.end_set", _("expiry brought forward")
    PAT_END_REFUSED = "pat.end_refused", _("earlier expiry refused")
    PAT_END_FAILED = "pat.end_failed", _("earlier expiry failed")
    PAT_END_ANSWER_LOST = "pat.end_answer_lost", _("answer to an earlier expiry lost")
    PAT_END_SETTLED = "pat.end_settled", _("lost earlier expiry settled")
    PAT_DESCRIBED = "pat.described", _("notes changed")
    PAT_PLACE_MOVED = "pat.place_moved", _("place of use ticked off")
    PAT_KEPT = "pat.kept", _("PAT possibly left over kept")
    PAT_FOUND = "pat.found", _("PAT created outside the portal")
    PAT_CHANGED_OUTSIDE = "pat.changed_outside", _("PAT changed outside the portal")
    PAT_REVOKED_OUTSIDE = "pat.revoked_outside", _("PAT revoked outside the portal")
    PAT_EXPIRED = "pat.expired", _("PAT expired")
    PAT_VANISHED = "pat.vanished", _("PAT no longer listed")
    PAT_REAPPEARED = "pat.reappeared", _("PAT listed again")
    PATS_FIRST_READ = "pats.first_read", _("PATs read for the first time")
    BULK_REQUESTED = "bulk.requested", _("many PATs at once requested")
    BULK_STOPPED = "bulk.stopped", _("many PATs at once stopped")
    BACKUP_ASKED = "backup.asked", _("backup owner asked")
    BACKUP_CONFIRMED = "backup.confirmed", _("backup owner agreed")
    BACKUP_PERSON_FOUND = "backup.person_found", _("backup owner found among the people")
    BACKUP_LEFT = "backup.left", _("backup owner left")
    REMINDERS_STOPPED = "reminders.stopped", _("reminders stopped by the link of a mail")
    REMINDERS_RESUMED = "reminders.resumed", _("reminders wanted again by the link of a mail")
    SETTINGS_CHANGED = "settings.changed", _("settings changed")
    DATA_DOWNLOADED = "data.downloaded", _("own data downloaded")
    PAT_MUTED = "pat.muted", _("reminders about a PAT muted")
    PAT_UNMUTED = "pat.unmuted", _("reminders about a PAT wanted again")
    MAIL_TEST_ASKED = "mail.test_asked", _("test mail asked for")
    CALENDAR_CREATED = "calendar.created", _("calendar address made")
    CALENDAR_ENDED = "calendar.ended", _("calendar address ended")
    MAIL_SENT = "mail.sent", _("mail accepted")
    MAIL_FAILED = "mail.failed", _("mail given up")
    REMINDER_SENT = "reminder.sent", _("reminder accepted")
    REMINDER_FAILED = "reminder.failed", _("reminder given up")
    AUDIT_EXPORTED = "audit.exported", _("audit log exported")
    AUDIT_VERIFIED = "audit.verified", _("audit log verified")
    AUDIT_ERASED = "audit.erased", _("personal fields of the audit log erased")
    AUDIT_SIGNING_REFUSED = "audit.signing_refused", _("checkpoint refused")
    UPKEEP_CLEARED = "upkeep.cleared", _("what was past its time deleted")
    JOBS_RETRIED = "jobs.retried", _("failed jobs run again")
    COMMAND_RAN = "command.ran", _("management command run")


class Outcome(models.TextChoices):
    """How what the event tells of ended."""

    REQUESTED = "requested", _("requested")
    SUCCESS = "success", _("success")
    REFUSED = "refused", _("refused")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("unknown")


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
    at = models.DateTimeField(_("time"), db_default=Now(), editable=False)
    type = models.CharField(max_length=40, choices=EventType.choices)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)

    actor_kind = models.CharField(max_length=12)
    actor_tenant_id = models.UUIDField(null=True)
    actor_object_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=320, blank=True)

    owner_tenant_id = models.UUIDField(_("tenant id of the person concerned"), null=True)
    owner_object_id = models.UUIDField(_("object id of the person concerned"), null=True)
    owner_label = models.CharField(_("person concerned"), max_length=320, blank=True)
    authorization_id = models.UUIDField(null=True)
    organization = models.CharField(_("organization"), max_length=50, blank=True)
    pat_name = models.TextField(_("PAT"), blank=True)

    operation_id = models.UUIDField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    activity_id = models.CharField(_("Microsoft's activity or correlation id"), max_length=64, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=256, blank=True)
    data = models.JSONField(default=dict)
    personal_data = models.JSONField(_("what people typed"), default=dict)

    salt = models.BinaryField(null=True, editable=False)
    erased_by = models.BigIntegerField(_("event of the erasure"), null=True, editable=False)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
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
