"""Claims challenges: what Microsoft wants proved before it accepts a person's access again.

Azure DevOps sends one with a 401, base64 in a header; Entra sends one with a refused refresh, plain JSON. One
silent refresh answers it where that is possible; where it is not, it waits sealed in the grant for the
person's next interactive sign-in. What came from outside is checked here, before MSAL merges it.
"""

import base64
import json
from datetime import datetime, timedelta
from typing import Any, Never

from accounts.errors import AccountsError, GrantBusy, SignInNeeded, SignInReason
from accounts.grant_store import (
    challenge_in,
    find_grant,
    lock_grant,
    lose_grant,
    open_grant,
    put_challenge,
    put_reference,
)
from accounts.lock_waits import WAIT_SECONDS, limited_wait
from accounts.models import Grant, User
from patportal.lib.actors import Actor, system_actor

# It becomes part of an address; those that Microsoft sends have about 100 characters.
_MOST_CHARACTERS = 4096
# What a rule asked for a day ago, it may not ask for now; whoever still asks, sends a new challenge.
_LIFE = timedelta(days=1)
# A sign-in brings the person's place and device; the portal's place stays what it was.
_JUST_ANSWERED = timedelta(minutes=15)
# These say more about what to do than that Azure DevOps asked for another sign-in.
_TELLING = {
    SignInReason.ACCOUNT_DISABLED,
    SignInReason.ACCOUNT_GONE,
    SignInReason.GRANT_REVOKED,
    SignInReason.BLOCKED_BY_POLICY,
    SignInReason.DEVICE_NEEDED,
    SignInReason.CONSENT_MISSING,
    SignInReason.ADMIN_APPROVAL,
    SignInReason.NOT_ASSIGNED,
    SignInReason.PASSWORD_EXPIRED,
}


def decode_challenge(text_base64: str) -> str:
    """Return the JSON text of a challenge as Azure DevOps sends it, or "" where it is none.

    Both base64 alphabets will do, with padding or without.
    """
    text = text_base64.strip()
    if len(text) > _MOST_CHARACTERS:
        return ""
    standard = text.translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        decoded = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True).decode()
    except ValueError:
        return ""
    return checked_challenge(decoded)


def checked_challenge(text: str) -> str:
    """Return a challenge's JSON as plain ASCII, or "" where it is not an object that can be passed on."""
    if len(text) > _MOST_CHARACTERS:
        return ""
    try:
        challenge: Any = json.loads(text, parse_constant=_no_number)
        checked = json.dumps(challenge, allow_nan=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return ""
    # MSAL adds the portal's own wish to what is asked of the access token.
    is_usable = isinstance(challenge, dict) and isinstance(challenge.get("access_token", {}), dict)
    return checked if is_usable and len(checked) <= _MOST_CHARACTERS else ""


def challenge_for(user: User, *, now: datetime) -> str:
    """Return the challenge (JSON text) that the person's next interactive sign-in has to carry, or ""."""
    grant = find_grant(user)
    if grant is None or grant.challenged_at is None or now - grant.challenged_at > _LIFE:
        return ""
    return challenge_in(grant, user)


def refuse_access(
    user: User,
    *,
    claims: str,
    now: datetime,
    rejected: str | None = None,
    actor: Actor | None = None,
    wait_seconds: int = WAIT_SECONDS,
) -> AccountsError:
    """Keep a challenge that a silent refresh did not satisfy, and return the error to raise.

    `claims` is the JSON text, `rejected` the access token that was refused: where the person or another
    process has fetched a newer one meanwhile, nothing is known against that one, and the error is
    `GrantBusy`. Otherwise it is `SignInNeeded`. Must not be called inside a transaction; raises `GrantBusy`
    where a refresh takes too long.
    """
    with limited_wait(wait_seconds, durable=True):
        grant = lock_grant(user)
        try:
            opened = open_grant(grant, user)
        except SignInNeeded as exc:
            return exc
        if rejected is not None and opened.held is not None and opened.held.secret != rejected:
            return GrantBusy("another access token came meanwhile")
        put_challenge(opened.grant, user, claims, now=now)
        put_reference(opened.grant, aadsts=0, correlation_id="")
        reason = reason_of_challenge(opened.grant, now=now)
        actor = actor or system_actor("grants")
        lose_grant(opened.grant, user, code=reason.value, actor=actor, now=now)
    return SignInNeeded("challenged twice", code=reason)


def refused_refresh(
    grant: Grant, user: User, error: SignInNeeded, *, claims: str, now: datetime
) -> SignInNeeded:
    """Put what a refused refresh leaves to be answered or asked about into the grant; return why it is lost.

    `claims` is what Azure DevOps asked for, or "" where the refresh was an ordinary one. What Entra itself
    asks for goes before. The caller saves the grant.
    """
    put_reference(grant, aadsts=error.aadsts, correlation_id=error.correlation_id)
    wanted = checked_challenge(error.claims) or claims
    if wanted:
        put_challenge(grant, user, wanted, now=now)
    if not claims or error.code in _TELLING:
        return error
    return SignInNeeded(
        str(error),
        code=reason_of_challenge(grant, now=now),
        aadsts=error.aadsts,
        correlation_id=error.correlation_id,
        claims=error.claims,
    )


def reason_of_challenge(grant: Grant, *, now: datetime) -> SignInReason:
    """Return what it means that Azure DevOps goes on asking: soon after an answer, no answer will do."""
    answered_at = grant.challenge_answered_at
    is_repeated = answered_at is not None and now - answered_at < _JUST_ANSWERED
    return SignInReason.NETWORK_REFUSED if is_repeated else SignInReason.CHALLENGED


def _no_number(constant: str) -> Never:
    raise ValueError(constant)
