"""Where people are signed in: one row for each browser, begun by a sign-in and ended by whoever may end it.

The browser's session holds the id of its row and is over once the row is ended or gone; `middleware` sees to
that. Nothing here knows requests, cookies or the keys of sessions.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.errors import SignInOvertaken, SignInReason
from accounts.models import SignIn, User
from accounts.signals import sessions_ended
from patportal.lib.actors import Actor, ActorKind, Origin

_ROLE_MAX_SECONDS, _ROLE_IDLE_SECONDS = 4 * 3600, 30 * 60
# Ended rows stay for a while, so that the browser can be told why.
_KEPT_FOR = timedelta(days=1)
# A browser that is there at this very moment has the first word.
_NOTICED_AFTER = timedelta(minutes=1)


class EndReason(StrEnum):
    """Why a session was ended."""

    SIGNED_OUT = "signed_out"
    SIGNED_IN_AGAIN = "signed_in_again"
    ENDED_ELSEWHERE = "session_ended_elsewhere"
    EVERYWHERE = "signed_out_everywhere"
    AT_MICROSOFT = "signed_out_at_microsoft"
    IDLE = "session_idle"
    TOO_OLD = "session_too_old"
    ROLE_LOST = "role_lost"
    TENANT_REMOVED = "tenant_removed"
    # Entra refuses the person as such; the codes and the words are those of the grant that is lost with it.
    ACCOUNT_DISABLED = SignInReason.ACCOUNT_DISABLED.value
    ACCOUNT_GONE = SignInReason.ACCOUNT_GONE.value
    GRANT_REVOKED = SignInReason.GRANT_REVOKED.value
    OUTDATED = "session_outdated"


# Entra refuses the person as such, whatever device or factor they come with.
PERSON_REFUSED = frozenset(
    {EndReason.ACCOUNT_DISABLED.value, EndReason.ACCOUNT_GONE.value, EndReason.GRANT_REVOKED.value}
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts: in all, and without anybody doing anything."""

    max_seconds: int
    idle_seconds: int


def limits_for(user: User) -> Limits:
    """Return the limits of the person's sessions: the settings', and shorter ones for whoever has a role."""
    return _limits(has_role=user.is_staff)


def _limits(*, has_role: bool) -> Limits:
    max_seconds, idle_seconds = settings.SESSION_MAX_SECONDS, settings.SESSION_IDLE_SECONDS
    if not has_role:
        return Limits(max_seconds, idle_seconds)
    return Limits(min(max_seconds, _ROLE_MAX_SECONDS), min(idle_seconds, _ROLE_IDLE_SECONDS))


def begin_sign_in(
    user: User, *, sid: str, origin: Origin, now: datetime, replaced_id: int | None = None
) -> SignIn:
    """Write the row of a browser that has just signed in.

    `sid` is Entra's id of its own session or empty; `replaced_id` the row of the session that the browser had
    until now, which ends. Raises `SignInOvertaken` where that was over already.
    """
    # Since this request began, another return in the same browser has put its own row there, or somebody has
    # ended the session. Either way this browser's session will not hold what would be written here.
    if replaced_id is not None and not _end(_rows_of(replaced_id), EndReason.SIGNED_IN_AGAIN, now=now):
        raise SignInOvertaken
    return SignIn.objects.create(
        user=user,
        sid_hash=_hash_of(sid),
        address=origin.address,
        user_agent=origin.user_agent,
        started_at=now,
        last_seen_at=now,
    )


def end_reason_of(sign_in_id: int | None, user: User) -> EndReason | None:
    """Return why the person's session is over, None while it is not; a row that is gone ended elsewhere."""
    if sign_in_id is None:  # begun by a release that wrote no rows
        return EndReason.OUTDATED
    row = _rows_of(sign_in_id).filter(user=user).values_list("ended_at", "ended_reason").first()
    if row is not None and row[0] is None:
        return None
    known: dict[str, EndReason] = {reason.value: reason for reason in EndReason}
    return known.get(row[1] if row else "", EndReason.ENDED_ELSEWHERE)


def note_seen(sign_in_id: int | None, *, now: datetime) -> None:
    """Remember that the browser was there."""
    _rows_of(sign_in_id).filter(ended_at=None).update(last_seen_at=now)


def live_sign_ins(user: User, *, now: datetime) -> QuerySet[SignIn]:
    """Return the sessions of the person that are not over, the one seen last first."""
    limits = limits_for(user)
    return SignIn.objects.filter(
        user=user,
        ended_at=None,
        started_at__gt=now - timedelta(seconds=limits.max_seconds),
        last_seen_at__gt=now - timedelta(seconds=limits.idle_seconds),
    ).order_by("-last_seen_at", "-pk")


def end_own_session(sign_in_id: int | None, *, reason: EndReason, now: datetime) -> None:
    """End the row of the browser that asks; whoever calls tells of it (`signed_out`, or that none began)."""
    _end(_rows_of(sign_in_id), reason, now=now)


def end_session(user: User, sign_in_id: int | None, *, reason: EndReason, actor: Actor, now: datetime) -> int:
    """End one session of the person and tell whoever records it; return 0 where it was over already."""
    return _end_and_tell(_rows_of(sign_in_id).filter(user=user), user, reason, actor, now)


def end_all_sessions(user: User, *, actor: Actor, now: datetime) -> int:
    """End every session of the person, whichever browser asks, and return how many there were."""
    rows = SignIn.objects.filter(user=user)
    count = _end_and_tell(rows, user, EndReason.EVERYWHERE, actor, now)
    # A sign-in that was being completed may have written its row while the first statement ran. Whichever is
    # written later finds these ends, and goes by itself (`is_signed_out_everywhere`).
    return count + _end(rows, EndReason.EVERYWHERE, now=now)


def end_sessions_of_refused(user: User, *, reason: EndReason, actor: Actor, now: datetime) -> int:
    """End every session of a person whom Entra refuses as such, and return how many there were.

    Part of the refresh's transaction, which holds their grant: a sign-in that is being completed waits for it
    and writes its row afterwards.
    """
    return _end_and_tell(SignIn.objects.filter(user=user), user, reason, actor, now)


def is_signed_out_everywhere(user: User, *, since: datetime) -> bool:
    """Tell whether the person has signed out everywhere at `since` or later."""
    ended = SignIn.objects.filter(user=user, ended_reason=EndReason.EVERYWHERE.value)
    return ended.filter(ended_at__gte=since).exists()


def end_sessions_of_sid(sid: str, *, origin: Origin, now: datetime) -> int:
    """End the sessions that began with Entra's session `sid`, and return how many there were.

    Anybody may say so who knows it; that proves nothing else, so nothing else is done: the grant stays.
    """
    if not sid:
        return 0
    rows = SignIn.objects.filter(sid_hash=_hash_of(sid), ended_at=None)
    actor = Actor(kind=ActorKind.SYSTEM, label="sign-out at Microsoft", origin=origin)
    return sum(
        _end_and_tell(rows.filter(user=user), user, EndReason.AT_MICROSOFT, actor, now)
        for user in User.objects.filter(pk__in=rows.values("user_id"))
    )


def end_overdue_sessions(*, actor: Actor, now: datetime, at_most: int = 500) -> int:
    """End what has lasted or rested too long, though no browser came to be told, and return how much it was.

    Of `at_most` people at a time; 0 means that nobody is left. Tells whoever records it once for each person
    and reason.
    """
    noticed = now - _NOTICED_AFTER
    overdue = SignIn.objects.filter(_is_overdue(noticed), ended_at=None)
    count = 0
    for user in User.objects.filter(pk__in=overdue.values("user_id")).order_by("pk")[:at_most]:
        limits, rows = limits_for(user), SignIn.objects.filter(user=user)
        too_old = rows.filter(started_at__lte=noticed - timedelta(seconds=limits.max_seconds))
        idle = rows.filter(last_seen_at__lte=noticed - timedelta(seconds=limits.idle_seconds))
        count += _end_and_tell(too_old, user, EndReason.TOO_OLD, actor, now)
        count += _end_and_tell(idle, user, EndReason.IDLE, actor, now)
    return count


def _is_overdue(now: datetime) -> Q:
    """Return the condition of a session that is over by the limits of its person."""
    found = Q()
    for has_role in (False, True):
        limits = _limits(has_role=has_role)
        found |= Q(user__is_staff=has_role) & (
            Q(started_at__lte=now - timedelta(seconds=limits.max_seconds))
            | Q(last_seen_at__lte=now - timedelta(seconds=limits.idle_seconds))
        )
    return found


def clear_old_sign_ins(*, now: datetime) -> int:
    """Delete the rows that no browser can need any more, and return how many there were.

    None that is not ended: `end_overdue_sessions` comes first, so that nothing goes untold.
    """
    deleted, _ = SignIn.objects.filter(ended_at__lt=now - _KEPT_FOR).delete()
    return deleted


def _rows_of(sign_in_id: int | None) -> QuerySet[SignIn]:
    return SignIn.objects.none() if sign_in_id is None else SignIn.objects.filter(pk=sign_in_id)


def _end_and_tell(rows: QuerySet[SignIn], user: User, reason: EndReason, actor: Actor, now: datetime) -> int:
    with transaction.atomic():
        count = _end(rows, reason, now=now)
        if count:
            sessions_ended.send(
                sender=User, user=user, actor=actor, count=count, reason=reason.value, now=now
            )
    return count


def _end(rows: QuerySet[SignIn], reason: EndReason, *, now: datetime) -> int:
    """Every session is ended once, by whoever comes first."""
    return rows.filter(ended_at=None).update(ended_at=now, ended_reason=reason.value)


def _hash_of(sid: str) -> str:
    return hashlib.sha256(sid.encode(errors="surrogatepass")).hexdigest() if sid else ""
