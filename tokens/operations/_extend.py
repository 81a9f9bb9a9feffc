"""Give a PAT a later expiry; a policy may grant less than what is asked, or refuse."""

from datetime import datetime

from accounts.models import User
from patportal.lib.actors import Actor
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.models import Pat
from tokens.operations._change import Asked, ChangedPat, change
from tokens.operations._change_kind import EXTEND
from tokens.operations._guard import Seen


def extend_pat(
    *,
    key: str,
    actor: Actor,
    owner: User,
    pat: Pat,
    client: AzureDevOpsClient,
    now: datetime,
    seen: Seen,
    valid_to: datetime,
) -> ChangedPat:
    """Ask for `pat` to live until `valid_to` and return it as Azure DevOps answers it.

    `key` is the random value of the form, `seen` what the form showed before; see `ChangedPat.was_shortened`.
    Raises as `change` does.
    """
    return change(
        EXTEND,
        key=key,
        actor=actor,
        owner=owner,
        pat=pat,
        client=client,
        now=now,
        asked=Asked(valid_to=valid_to),
        seen=seen,
    )
