"""The portal's managed identity in Azure, whose word stands in for a secret of the app registration.

Azure puts an endpoint beside the portal that vouches for it; what it says is exchanged at Entra. MSAL finds
that endpoint (IDENTITY_ENDPOINT and others, or the fixed address of a virtual machine). Knows no settings.
"""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import msal
import requests

from accounts.errors import EntraUnreachable, PortalMisconfigured

_CONNECT_SECONDS, _READ_SECONDS = 2, 5
# The longest that asking may take; MSAL keeps the answer for hours.
LONGEST_SECONDS = _CONNECT_SECONDS + _READ_SECONDS

# Microsoft's names for "an assertion that Entra may exchange", one for each of its clouds.
_RESOURCE = "api://AzureADTokenExchange"
_RESOURCE_BY_HOST = {
    "login.microsoftonline.us": "api://AzureADTokenExchangeUSGov",
    "login.partner.microsoftonline.cn": "api://AzureADTokenExchangeChina",
}
# What Microsoft's guide to the endpoint of virtual machines says to try again.
_PASSING = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.TOO_MANY_REQUESTS}


class ManagedIdentity:
    """One user-assigned managed identity; keeps what its endpoint says until shortly before it ends."""

    def __init__(self, client_id: str, *, authority: str) -> None:
        self._resource = exchange_resource(authority)
        self._client = msal.ManagedIdentityClient(
            msal.UserAssignedManagedIdentity(client_id=client_id), http_client=_EndpointSession()
        )

    def assertion(self) -> str:
        """Return the identity's assertion; raises `EntraUnreachable` or `PortalMisconfigured`."""
        try:
            answer = self._client.acquire_token_for_client(resource=self._resource)
        except requests.RequestException as exc:
            raise EntraUnreachable(f"managed identity: {type(exc).__name__}") from exc
        except msal.ManagedIdentityError as exc:
            raise PortalMisconfigured(f"managed identity: {exc}") from exc
        except (ValueError, LookupError, TypeError, AttributeError) as exc:
            raise EntraUnreachable("managed identity: its endpoint's answer is broken") from exc
        if not isinstance(answer.get("access_token"), str):
            raise PortalMisconfigured(_refusal(answer))
        return str(answer["access_token"])


def exchange_resource(authority: str) -> str:
    """Return what to ask the identity's endpoint for in the cloud of `authority`."""
    return _RESOURCE_BY_HOST.get(urlsplit(authority).hostname or "", _RESOURCE)


class _EndpointSession(requests.Session):
    """The endpoint is on this machine or beside it: no proxy, short waits, and no answer from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request; an outage that will pass raises `EntraUnreachable`."""
        kwargs |= {"allow_redirects": False, "timeout": (_CONNECT_SECONDS, _READ_SECONDS)}
        response = super().request(*args, **kwargs)
        status = response.status_code
        if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise EntraUnreachable(f"managed identity: status {status}")
        return response


def _refusal(answer: dict[str, Any]) -> str:
    """Return a sentence for operators; the endpoint says in its own words what is missing."""
    said = " ".join(str(answer.get("error_description") or answer.get("error") or "no reason").split())
    return (
        f"managed identity refused: {said[:200]}. Is the identity that ENTRA_MANAGED_IDENTITY_CLIENT_ID "
        "names assigned to where the portal runs?"
    )
