"""The Azure DevOps PAT Lifecycle API, spoken by one typed client.

No Django and nothing else of the portal in here: `errors.py` is what can happen, `types.py` what passes in
and out, `client.py` the only module that speaks HTTP.
"""

from .client import AzureDevOpsClient, build_session
from .errors import (
    AzureDevOpsError,
    BrokenAnswer,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    Refused,
    Rejected,
    ServiceFailed,
    Throttled,
    Unreachable,
)
from .types import AccessTokenSource, Connection, NewPat, PatFilter, PatMetadata, Secret, Timeouts

__all__ = [
    "AccessTokenSource",
    "AzureDevOpsClient",
    "AzureDevOpsError",
    "BrokenAnswer",
    "Connection",
    "Forbidden",
    "NewPat",
    "NotFound",
    "OutcomeUnknown",
    "PatFilter",
    "PatMetadata",
    "Refused",
    "Rejected",
    "Secret",
    "ServiceFailed",
    "Throttled",
    "Timeouts",
    "Unreachable",
    "build_session",
]
