"""From rows to what templates show: frozen values, every word and address decided here."""

from tokens.presenters._ability import Ability, ability
from tokens.presenters._access import (
    Freshness,
    OrganizationState,
    freshness,
    is_lost,
    is_syncing,
    organization_state,
)
from tokens.presenters._activity import ActivityDay, ActivityLine, activity_days
from tokens.presenters._audit_detail import ACTOR_KINDS, AuditDetail, EventLine, audit_detail
from tokens.presenters._audit_proof import ProofLine, Uncovered, proof_lines
from tokens.presenters._audit_sentences import (
    Sentence,
    event_icon,
    outcome_badge,
    pat_name_of,
    sentence,
    who_acted,
    who_is_concerned,
)
from tokens.presenters._backup import BackedPat, BackupLabel, backed_pat, backup_label
from tokens.presenters._bulk import BulkRow, BulkView, bulk_notice, bulk_view
from tokens.presenters._bulk_plan import (
    LeftOut,
    Plan,
    PlannedPat,
    plan,
    way_on_rotate,
    why_not_extend,
    why_not_revoke,
    why_not_rotate,
)
from tokens.presenters._detail import PatDetail, pat_detail
from tokens.presenters._differences import Difference, differences
from tokens.presenters._events import Detail, event_details
from tokens.presenters._extension import extension_sentence
from tokens.presenters._history import HistoryLine
from tokens.presenters._keeping import Keeping, LeftEnding, keeping, kept_sentence, left_ending
from tokens.presenters._lineage import LineageLink
from tokens.presenters._list import (
    FilterChip,
    FoldedLine,
    Pagination,
    SortLink,
    StatusCard,
    filter_chips,
    folded_line,
    pagination_of,
    sort_links,
    status_cards,
)
from tokens.presenters._move import MoveRow, MoveView, move_view
from tokens.presenters._nothing import Nothing, nothing_to_show
from tokens.presenters._operations import Notice, OperationView, notice, operation_view
from tokens.presenters._pats import (
    Badge,
    PatRow,
    Remark,
    RiskMark,
    ScopeLabel,
    pat_row,
    scope_labels,
    status_of,
)
from tokens.presenters._places import PlaceLabel
from tokens.presenters._rotation import (
    Aftermath,
    OverlapOption,
    Unfinished,
    aftermath,
    can_overlap,
    end_sentence,
    life_days,
    moment_words,
    open_successor,
    overlap_options,
    unfinished,
)
from tokens.presenters._scopes import ScopeGroup, ScopeOption, scope_groups
from tokens.presenters._snippets import SnippetView, snippet_views
from tokens.presenters._still_working import StillWorking
from tokens.presenters._strip import Strip, StripDay, strip
from tokens.presenters._troubles import NOT_BEGUN, Reference, Trouble, troubles

__all__ = [
    "ACTOR_KINDS",
    "NOT_BEGUN",
    "Ability",
    "ActivityDay",
    "ActivityLine",
    "Aftermath",
    "AuditDetail",
    "BackedPat",
    "BackupLabel",
    "Badge",
    "BulkRow",
    "BulkView",
    "Detail",
    "Difference",
    "EventLine",
    "FilterChip",
    "FoldedLine",
    "Freshness",
    "HistoryLine",
    "Keeping",
    "LeftEnding",
    "LeftOut",
    "LineageLink",
    "MoveRow",
    "MoveView",
    "Nothing",
    "Notice",
    "OperationView",
    "OrganizationState",
    "OverlapOption",
    "Pagination",
    "PatDetail",
    "PatRow",
    "PlaceLabel",
    "Plan",
    "PlannedPat",
    "ProofLine",
    "Reference",
    "Remark",
    "RiskMark",
    "ScopeGroup",
    "ScopeLabel",
    "ScopeOption",
    "Sentence",
    "SnippetView",
    "SortLink",
    "StatusCard",
    "StillWorking",
    "Strip",
    "StripDay",
    "Trouble",
    "Uncovered",
    "Unfinished",
    "ability",
    "activity_days",
    "aftermath",
    "audit_detail",
    "backed_pat",
    "backup_label",
    "bulk_notice",
    "bulk_view",
    "can_overlap",
    "differences",
    "end_sentence",
    "event_details",
    "event_icon",
    "extension_sentence",
    "filter_chips",
    "folded_line",
    "freshness",
    "is_lost",
    "is_syncing",
    "keeping",
    "kept_sentence",
    "left_ending",
    "life_days",
    "moment_words",
    "move_view",
    "nothing_to_show",
    "notice",
    "open_successor",
    "operation_view",
    "organization_state",
    "outcome_badge",
    "overlap_options",
    "pagination_of",
    "pat_detail",
    "pat_name_of",
    "pat_row",
    "plan",
    "proof_lines",
    "scope_groups",
    "scope_labels",
    "sentence",
    "snippet_views",
    "sort_links",
    "status_cards",
    "status_of",
    "strip",
    "troubles",
    "unfinished",
    "way_on_rotate",
    "who_acted",
    "who_is_concerned",
    "why_not_extend",
    "why_not_revoke",
    "why_not_rotate",
]
