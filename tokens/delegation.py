"""Where a person's grant and the Azure DevOps client meet: nobody ever acts for anybody else.

Every error that comes from here means that nothing was sent to Azure DevOps.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from threading import Lock
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.utils import timezone

from accounts import errors as accounts_errors
from accounts.challenges import decode_challenge, refuse_access
from accounts.grant_store import note_unattended
from accounts.grants import access_token_for
from accounts.models import User
from patportal.lib.actors import Actor
from tokens import errors
from tokens.azure_devops.client import AzureDevOpsClient, build_session
from tokens.lanes import lane_for

if TYPE_CHECKING:
    from requests import Session

log = structlog.get_logger(__name__)

_places_lock = Lock()
_places: Counter[int] = Counter()  # how many each person holds in this process


class DelegatedAccess:
    """Gives the client one person's access token, and another one where the first was rejected.

    A claims challenge that came with a rejection gets one silent try. If the same request is challenged
    again, the challenge waits for the person's next sign-in, and work for them stops until then.
    """

    def __init__(self, user: User) -> None:
        self._user = user
        self._access_token = ""
        self._was_fresh = self._was_challenged = False

    def __call__(self, *, fresh: bool = False, claims: str = "") -> str:
        """Return an access token; `fresh` asks for another than the last, `claims` says what it must bring.

        `claims` is the challenge as Azure DevOps sent it; one that cannot be read counts as none. Raises
        SignInNeeded, EntraUnavailable, PortalMisconfigured, GrantBusy; NoAccess where a fresh one was tried,
        and what came with its rejection cannot be read.
        """
        challenge = self._readable(claims) if fresh else ""
        if claims and not challenge and self._was_fresh:
            raise errors.NoAccess
        try:
            self._access_token = self._next(fresh=fresh, challenge=challenge)
        except accounts_errors.AccountsError as exc:
            raise _meaning_of(exc) from exc
        self._was_fresh, self._was_challenged = fresh, bool(challenge)
        return self._access_token

    def _next(self, *, fresh: bool, challenge: str) -> str:
        now, rejected = timezone.now(), self._access_token if fresh else None
        if challenge and self._was_challenged:
            raise refuse_access(self._user, claims=challenge, now=now, rejected=rejected)
        return access_token_for(self._user, now=now, fresh=fresh, rejected=rejected, claims=challenge)

    def _readable(self, claims: str) -> str:
        challenge = decode_challenge(claims)
        if claims and not challenge:
            log.warning("challenge_not_understood", user_id=self._user.pk, length=len(claims))
        return challenge


def _meaning_of(error: accounts_errors.AccountsError) -> errors.TokensError:
    match error:
        case accounts_errors.SignInNeeded():
            return errors.SignInNeeded(detail=error.code)
        case accounts_errors.GrantBusy():
            return errors.GrantBusy()
        case accounts_errors.RefusedOddly():
            return errors.RefusedOddly(activity_id=_reference_of(error))
        case accounts_errors.PortalMisconfigured():
            return errors.PortalMisconfigured()
        case _:
            return errors.EntraUnavailable()


def _reference_of(error: accounts_errors.AccountsError) -> str:
    """Return what support needs of a refusal that no page explains."""
    return " ".join(filter(None, [f"AADSTS{error.aadsts}" if error.aadsts else "", error.correlation_id]))


@cache
def _session(ca_bundle: str | None, proxy: str | None) -> "Session":
    """Return the pooled session that all threads of this process share; raises AzureDevOpsUnreachable."""
    try:
        return build_session(ca_bundle=ca_bundle, proxy=proxy)
    except ValueError as exc:  # the start has checked both, so that the file of certificates is gone since
        raise errors.AzureDevOpsUnreachable from exc


def client_for(user: User, *, unattended: Actor | None = None) -> AzureDevOpsClient:
    """Return a client that acts for `user`, having made sure that there is an access token.

    `unattended` is who works without the person being there, if somebody does: that is recorded. Raises
    SignInNeeded, EntraUnavailable, PortalMisconfigured, GrantBusy, AzureDevOpsUnreachable.
    """
    access = DelegatedAccess(user)
    access()
    if unattended is not None:
        note_unattended(user, actor=unattended, now=timezone.now())
    return AzureDevOpsClient(
        access_token=access,
        session=_session(settings.AZURE_DEVOPS_CA_BUNDLE, settings.OUTBOUND_PROXY),
        vssps_url=settings.AZURE_DEVOPS_VSSPS_URL,
        devops_url=settings.AZURE_DEVOPS_URL,
        api_version=settings.AZURE_DEVOPS_API_VERSION,
        version=settings.VERSION,
        tenant_id=user.tenant_id,
        lane=partial(lane_for, user.pk),
    )


@contextmanager
def remote_slot(user: User) -> Iterator[None]:
    """Hold one of the few places for remote calls inside requests; raises Busy where all are taken.

    Pages need no remote call, so the other threads keep serving them while Azure DevOps is slow. One person
    gets half of the places at most, so that nobody can keep everybody else from theirs.
    """
    _take_place(user.pk)
    try:
        yield
    finally:
        with _places_lock:
            _places[user.pk] -= 1
            if not _places[user.pk]:
                del _places[user.pk]


def _take_place(user_id: int) -> None:
    places = settings.REMOTE_CALLS_PER_PROCESS
    with _places_lock:
        if _places.total() >= places or _places[user_id] >= max(1, places // 2):
            raise errors.Busy
        _places[user_id] += 1
