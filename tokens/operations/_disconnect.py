"""Forget what lets the portal act for a person. Their PATs go on to work; revoking them is another act."""

from datetime import datetime

from accounts import errors as accounts_errors
from accounts.grant_life import DeletionReason, delete_grant
from accounts.models import User
from accounts.sessions import end_all_sessions
from patportal.lib.actors import Actor
from tokens import audit
from tokens.bulk_queries import unfinished_bulks
from tokens.errors import GrantBusy
from tokens.models import EventType
from tokens.operations._bulk import stop_bulk
from tokens.operations._calendar import end_calendar_feeds


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


def disconnect(*, actor: Actor, owner: User, now: datetime) -> None:
    """Stop what runs for `owner`, delete their grant, and end their calendar addresses and sessions.

    Each step is recorded by itself, and done again where it broke off; the grant goes before the sessions,
    so that whoever is signed out has nothing left here that acts. Raises GrantBusy.
    """
    for bulk in unfinished_bulks(owner):
        stop_bulk(bulk=bulk, actor=actor, owner=owner, now=now)
    forget_access(actor=actor, owner=owner, now=now)
    end_calendar_feeds(actor=actor, owner=owner, now=now)
    end_all_sessions(owner, actor=actor, now=now)


def record_own_download(*, actor: Actor, owner: User) -> None:
    """Record that `owner` downloaded what is stored about them."""
    audit.record(EventType.DATA_DOWNLOADED, actor=actor, owner=owner)
