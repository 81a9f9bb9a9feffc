"""Where a person's grant and the Azure DevOps client meet: nobody ever acts for anybody else.

Every error that comes from here means that nothing was sent to Azure DevOps.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from accounts import errors as accounts_errors
from accounts.grants import access_token_for
from accounts.models import User
from tokens import errors
from tokens.azure_devops.client import AzureDevOpsClient, build_session

if TYPE_CHECKING:
    from requests import Session


class DelegatedAccess:
    """Gives the client one person's access token, and another one where the first was rejected."""

    def __init__(self, user: User) -> None:
        self._user = user
        self._access_token = ""

    def __call__(self, *, fresh: bool = False) -> str:
        """Return an access token; `fresh` asks for another than the last.

        Raises SignInNeeded, EntraUnavailable, PortalMisconfigured, Busy.
        """
        rejected = self._access_token if fresh else None
        try:
            self._access_token = access_token_for(
                self._user, now=timezone.now(), fresh=fresh, rejected=rejected
            )
        except accounts_errors.AccountsError as exc:
            raise _meaning_of(exc) from exc
        return self._access_token


def _meaning_of(error: accounts_errors.AccountsError) -> errors.TokensError:
    match error:
        case accounts_errors.SignInNeeded():
            return errors.SignInNeeded(detail=error.code)
        case accounts_errors.GrantBusy():
            return errors.Busy()
        case accounts_errors.PortalMisconfigured():
            return errors.PortalMisconfigured()
        case _:
            return errors.EntraUnavailable()


@cache
def _session(ca_bundle: str | None, proxy: str | None) -> "Session":
    """Return the pooled session that all threads of this process share."""
    return build_session(ca_bundle=ca_bundle, proxy=proxy)


def client_for(user: User) -> AzureDevOpsClient:
    """Return a client that acts for `user`, having made sure that there is an access token.

    Raises SignInNeeded, EntraUnavailable, PortalMisconfigured, Busy.
    """
    access = DelegatedAccess(user)
    access()
    return AzureDevOpsClient(
        access_token=access,
        session=_session(settings.AZURE_DEVOPS_CA_BUNDLE, settings.OUTBOUND_PROXY),
        vssps_url=settings.AZURE_DEVOPS_VSSPS_URL,
        devops_url=settings.AZURE_DEVOPS_URL,
        api_version=settings.AZURE_DEVOPS_API_VERSION,
        version=settings.VERSION,
    )


@cache
def _request_slots(number: int) -> BoundedSemaphore:
    return BoundedSemaphore(number)


@contextmanager
def remote_slot() -> Iterator[None]:
    """Hold one of the few places for remote calls inside requests; raises Busy where all are taken.

    Pages need no remote call, so the other threads keep serving them while Azure DevOps is slow.
    """
    slots = _request_slots(settings.REMOTE_CALLS_PER_PROCESS)
    if not slots.acquire(blocking=False):
        raise errors.Busy
    try:
        yield
    finally:
        slots.release()
