"""From rows to what templates show: frozen values, every word and address decided here."""

from tokens.presenters._access import OrganizationState, is_syncing, organization_state
from tokens.presenters._operations import Notice, OperationView, notice, operation_view
from tokens.presenters._pats import Badge, PatRow, RiskMark, ScopeLabel, pat_row, status_of
from tokens.presenters._scopes import ScopeGroup, ScopeOption, scope_groups

__all__ = [
    "Badge",
    "Notice",
    "OperationView",
    "OrganizationState",
    "PatRow",
    "RiskMark",
    "ScopeGroup",
    "ScopeLabel",
    "ScopeOption",
    "is_syncing",
    "notice",
    "operation_view",
    "organization_state",
    "pat_row",
    "scope_groups",
    "status_of",
]
