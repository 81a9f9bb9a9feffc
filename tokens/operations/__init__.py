"""Everything that changes something: one function per verb, keyword-only, audited.

An edge (view, job, command, admin action) makes one call to one of these.
"""

from tokens.operations._backup import (
    agree_as_backup,
    contact_of_proof,
    decline_as_backup,
    leave_as_backup,
)
from tokens.operations._backup_person import take_over_backup
from tokens.operations._bulk import repeat_bulk, start_bulk, stop_bulk
from tokens.operations._bulk_run import end_bulk, run_bulk
from tokens.operations._calendar import (
    MadeFeed,
    create_calendar_feed,
    end_calendar_feed,
    end_calendar_feeds,
    end_overdue_calendars,
    note_calendar_use,
)
from tokens.operations._change import ChangedPat
from tokens.operations._clear import clear_some
from tokens.operations._create import create_pat
from tokens.operations._describe import describe_pat
from tokens.operations._disconnect import disconnect, forget_access, record_own_download
from tokens.operations._end import end_pat, ends_to_do, finish_end
from tokens.operations._erase_audit import count_erasable, erase_audit
from tokens.operations._expire import record_expiries
from tokens.operations._export_audit import AuditExport, export_audit, export_audit_table
from tokens.operations._extend import extend_pat
from tokens.operations._guard import Seen, seen_of
from tokens.operations._issue import IssuedPat
from tokens.operations._keep import keep_pat
from tokens.operations._keep_old import keep_old_pat
from tokens.operations._notes import Notes, notes_of
from tokens.operations._notice import dismiss_notice
from tokens.operations._place import tick_place
from tokens.operations._receive import confirm_receipt
from tokens.operations._refused_sign_ins import count_refused_sign_in, record_refused_sign_ins
from tokens.operations._remind import remind
from tokens.operations._retry_jobs import retry_jobs
from tokens.operations._revoke import orphans_to_revoke, revoke_orphan, revoke_pat
from tokens.operations._rotate import rotate_pat
from tokens.operations._schedule import access_to_read, ask_for_due_syncs, put_sync_off
from tokens.operations._send_mail import mails_due, send_mail, send_mails
from tokens.operations._settings import (
    choose_reminder_days,
    choose_time_zone,
    mute_pat,
    mute_reminders,
    send_test_mail,
    unmute_reminders,
)
from tokens.operations._settle import overdue_operations, settle_operation
from tokens.operations._sign_audit import (
    is_checkpoint_due,
    kept_checkpoint,
    mail_checkpoint,
    sign_audit,
)
from tokens.operations._sync import note_sync_failure, request_sync, requested_organizations, sync_pats
from tokens.operations._unsubscribe import resubscribe, unsubscribe
from tokens.operations._update import update_pat
from tokens.operations._verify_audit import verify_audit

__all__ = [
    "AuditExport",
    "ChangedPat",
    "IssuedPat",
    "MadeFeed",
    "Notes",
    "Seen",
    "access_to_read",
    "agree_as_backup",
    "ask_for_due_syncs",
    "choose_reminder_days",
    "choose_time_zone",
    "clear_some",
    "confirm_receipt",
    "contact_of_proof",
    "count_erasable",
    "count_refused_sign_in",
    "create_calendar_feed",
    "create_pat",
    "decline_as_backup",
    "describe_pat",
    "disconnect",
    "dismiss_notice",
    "end_bulk",
    "end_calendar_feed",
    "end_calendar_feeds",
    "end_overdue_calendars",
    "end_pat",
    "ends_to_do",
    "erase_audit",
    "export_audit",
    "export_audit_table",
    "extend_pat",
    "finish_end",
    "forget_access",
    "is_checkpoint_due",
    "keep_old_pat",
    "keep_pat",
    "kept_checkpoint",
    "leave_as_backup",
    "mail_checkpoint",
    "mails_due",
    "mute_pat",
    "mute_reminders",
    "note_calendar_use",
    "note_sync_failure",
    "notes_of",
    "orphans_to_revoke",
    "overdue_operations",
    "put_sync_off",
    "record_expiries",
    "record_own_download",
    "record_refused_sign_ins",
    "remind",
    "repeat_bulk",
    "request_sync",
    "requested_organizations",
    "resubscribe",
    "retry_jobs",
    "revoke_orphan",
    "revoke_pat",
    "rotate_pat",
    "run_bulk",
    "seen_of",
    "send_mail",
    "send_mails",
    "send_test_mail",
    "settle_operation",
    "sign_audit",
    "start_bulk",
    "stop_bulk",
    "sync_pats",
    "take_over_backup",
    "tick_place",
    "unmute_reminders",
    "unsubscribe",
    "update_pat",
    "verify_audit",
]
