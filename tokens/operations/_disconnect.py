"""Forget what lets the portal act for a person. Their PATs go on to work; revoking them is another act."""

from datetime import datetime

from accounts import errors as accounts_errors
from accounts.grant_life import DeletionReason, delete_grant
from accounts.models import User
from patportal.lib.actors import Actor
from tokens.errors import GrantBusy


def forget_access(*, actor: Actor, owner: User, now: datetime) -> bool:
    """Delete the portal's access to Azure DevOps for `owner`; returns whether there was any.

    What runs for them in the background stops, and what waits for them stays until they sign in again; their
    rows of the mirror are deleted after a while. The deletion is recorded as every one is.
    Raises GrantBusy where a refresh takes too long.
    """
    try:
        return delete_grant(owner, actor=actor, reason=DeletionReason.DISCONNECTED, now=now)
    except accounts_errors.GrantBusy as exc:
        raise GrantBusy from exc
