"""Everything that changes something: one function per verb, keyword-only, audited.

An edge (view, job, command, admin action) makes one call to one of these.
"""

from tokens.operations._create import IssuedPat, create_pat
from tokens.operations._keep import keep_pat
from tokens.operations._notice import dismiss_notice
from tokens.operations._receive import confirm_receipt
from tokens.operations._revoke import orphans_to_revoke, revoke_orphan, revoke_pat
from tokens.operations._settle import overdue_operations, settle_operation
from tokens.operations._sync import note_sync_failure, request_sync, requested_organizations, sync_pats

__all__ = [
    "IssuedPat",
    "confirm_receipt",
    "create_pat",
    "dismiss_notice",
    "keep_pat",
    "note_sync_failure",
    "orphans_to_revoke",
    "overdue_operations",
    "request_sync",
    "requested_organizations",
    "revoke_orphan",
    "revoke_pat",
    "settle_operation",
    "sync_pats",
]
