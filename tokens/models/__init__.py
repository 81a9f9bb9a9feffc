"""The tables of the tokens app."""

from tokens.models.audit import AuditEvent, EventType, Outcome
from tokens.models.audit_proof import NO_HASH, AuditCheckpoint, AuditLink, AuditVerification
from tokens.models.backup_contact import BackupContact
from tokens.models.bulk import BULK_KEY_CONSTRAINT, BulkChange, BulkItem, BulkPause
from tokens.models.calendar_feed import (
    MOST_FEEDS,
    CalendarFeed,
    EndedCalendar,
    hash_of_address,
    new_calendar_address,
)
from tokens.models.operation import (
    CHANGE_CONSTRAINT,
    CHANGE_VERBS,
    CREATE_VERBS,
    KEY_CONSTRAINT,
    NOT_CONFIRMED,
    ROTATION_CONSTRAINT,
    Operation,
)
from tokens.models.organization import Organization, OrganizationAccess
from tokens.models.outgoing_mail import OutgoingMail
from tokens.models.pat import Pat, PatQuerySet, global_stop_at
from tokens.models.place import Place
from tokens.models.queued_job import QueuedJob
from tokens.models.refused_sign_ins import RefusedSignIns
from tokens.models.reminder import Reminder, ReminderSettings

__all__ = [
    "BULK_KEY_CONSTRAINT",
    "CHANGE_CONSTRAINT",
    "CHANGE_VERBS",
    "CREATE_VERBS",
    "KEY_CONSTRAINT",
    "MOST_FEEDS",
    "NOT_CONFIRMED",
    "NO_HASH",
    "ROTATION_CONSTRAINT",
    "AuditCheckpoint",
    "AuditEvent",
    "AuditLink",
    "AuditVerification",
    "BackupContact",
    "BulkChange",
    "BulkItem",
    "BulkPause",
    "CalendarFeed",
    "EndedCalendar",
    "EventType",
    "Operation",
    "Organization",
    "OrganizationAccess",
    "Outcome",
    "OutgoingMail",
    "Pat",
    "PatQuerySet",
    "Place",
    "QueuedJob",
    "RefusedSignIns",
    "Reminder",
    "ReminderSettings",
    "global_stop_at",
    "hash_of_address",
    "new_calendar_address",
]
