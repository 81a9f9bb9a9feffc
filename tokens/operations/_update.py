"""Change the name and the scopes of a PAT; its secret and its life stay as they are."""

from datetime import datetime

from accounts.models import User
from patportal.lib.actors import Actor
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.models import Pat
from tokens.operations._change import Asked, ChangedPat, change
from tokens.operations._change_kind import UPDATE
from tokens.operations._guard import Seen


def update_pat(
    *,
    key: str,
    actor: Actor,
    owner: User,
    pat: Pat,
    client: AzureDevOpsClient,
    now: datetime,
    seen: Seen,
    name: str,
    scopes: frozenset[str],
) -> ChangedPat:
    """Give `pat` another name, other scopes or both, and return it as Azure DevOps answers it.

    `key` is the random value of the form, `seen` what the form showed before. What is as it was seen is not
    sent, for it may be something that Azure DevOps would not take today. Raises as `change` does.
    """
    is_renamed, is_rescoped = name != seen.name, scopes != seen.scopes
    return change(
        UPDATE,
        key=key,
        actor=actor,
        owner=owner,
        pat=pat,
        client=client,
        now=now,
        asked=Asked(
            name=name if is_renamed else None,
            scopes=scopes if is_rescoped or not is_renamed else None,
        ),
        content={
            "authorization_id": str(pat.authorization_id),
            "name": name,
            "scopes": sorted(scopes),
        },
        seen=seen,
    )
