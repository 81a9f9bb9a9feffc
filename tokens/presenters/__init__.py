"""From rows to what templates show: frozen values, every word and address decided here."""

from tokens.presenters._access import (
    Freshness,
    OrganizationState,
    freshness,
    is_lost,
    is_syncing,
    organization_state,
)
from tokens.presenters._events import Detail, event_details
from tokens.presenters._nothing import Nothing, nothing_to_show
from tokens.presenters._operations import Notice, OperationView, notice, operation_view
from tokens.presenters._pats import Badge, PatRow, RiskMark, ScopeLabel, pat_row, status_of
from tokens.presenters._scopes import ScopeGroup, ScopeOption, scope_groups
from tokens.presenters._troubles import NOT_BEGUN, Reference, Trouble, troubles

__all__ = [
    "NOT_BEGUN",
    "Badge",
    "Detail",
    "Freshness",
    "Nothing",
    "Notice",
    "OperationView",
    "OrganizationState",
    "PatRow",
    "Reference",
    "RiskMark",
    "ScopeGroup",
    "ScopeLabel",
    "ScopeOption",
    "Trouble",
    "event_details",
    "freshness",
    "is_lost",
    "is_syncing",
    "nothing_to_show",
    "notice",
    "operation_view",
    "organization_state",
    "pat_row",
    "scope_groups",
    "status_of",
    "troubles",
]
