"""The Azure DevOps PAT Lifecycle API, spoken by one typed client.

No Django and nothing else of the portal in here: `errors.py` is what can happen, `types.py` what passes in
and out, `client.py` the only module that speaks HTTP.
"""

from .client import AzureDevOpsClient, build_session, probe_organization
from .errors import (
    AzureDevOpsError,
    BrokenAnswer,
    Forbidden,
    HostOffline,
    NotAPerson,
    NotFound,
    OutcomeUnknown,
    Refused,
    Rejected,
    ServiceFailed,
    Throttled,
    Unreachable,
)
from .types import (
    AccessTokenSource,
    Connection,
    NewPat,
    PatFilter,
    PatMetadata,
    Probe,
    Secret,
    Timeouts,
)

__all__ = [
    "AccessTokenSource",
    "AzureDevOpsClient",
    "AzureDevOpsError",
    "BrokenAnswer",
    "Connection",
    "Forbidden",
    "HostOffline",
    "NewPat",
    "NotAPerson",
    "NotFound",
    "OutcomeUnknown",
    "PatFilter",
    "PatMetadata",
    "Probe",
    "Refused",
    "Rejected",
    "Secret",
    "ServiceFailed",
    "Throttled",
    "Timeouts",
    "Unreachable",
    "build_session",
    "probe_organization",
]
