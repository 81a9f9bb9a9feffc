"""The tables of the tokens app."""

from tokens.models.audit import AuditEvent, EventType, Outcome
from tokens.models.operation import NOT_CONFIRMED, Operation
from tokens.models.organization import Organization, OrganizationAccess
from tokens.models.pat import Pat, PatQuerySet

__all__ = [
    "NOT_CONFIRMED",
    "AuditEvent",
    "EventType",
    "Operation",
    "Organization",
    "OrganizationAccess",
    "Outcome",
    "Pat",
    "PatQuerySet",
]
