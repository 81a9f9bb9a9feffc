"""The tables of the tokens app."""

from tokens.models.audit import AuditEvent, EventType, Outcome
from tokens.models.operation import KEY_CONSTRAINT, NOT_CONFIRMED, Operation
from tokens.models.organization import Organization, OrganizationAccess
from tokens.models.pat import Pat, PatQuerySet

__all__ = [
    "KEY_CONSTRAINT",
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
