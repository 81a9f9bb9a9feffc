"""The Azure DevOps PAT Lifecycle API as six typed calls, and the only module here that speaks HTTP.

Contract: it returns values of `types.py` or raises errors of `errors.py`; nothing of requests, JSON or
headers gets out. Reads and revokes are repeated while that is harmless; a create or an update is sent again
only where it certainly had no effect: nothing was sent, or the service refused it in a way that may pass.
Secrets are wrapped before anything else sees an answer.

It must not know Django, the database, or where access tokens come from.
"""

import logging
import math
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from datetime import datetime, timedelta
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ProxySchemeUnsupported

from . import _decode
from ._answer import Answer, Silence, read_answer
from ._call import Call, Calls, connection_call
from ._connection import TimedPool, root_of
from ._exchange import Exchange, Lane
from ._patience import WAIT_SECONDS, WRITE_WAIT_SECONDS, Patience
from .types import AccessTokenSource, Connection, NewPat, PatFilter, PatMetadata, Probe, Secret, Timeouts

POOL_SIZE = 16
WALK_SECONDS = 240  # for all pages of a list, their repeats and waits
MAX_BODY_BYTES = 10_000_000
DEFAULT_TIMEOUTS = Timeouts()

_WIRE_FAILURES = (requests.RequestException, HTTPError, ProxySchemeUnsupported, OSError, HTTPException)
_BEFORE_SENDING = (requests.ConnectTimeout, requests.exceptions.ProxyError)  # see _connection.NotConnected

_log = logging.getLogger(__name__)


class _Adapter(HTTPAdapter):
    """Pooled connections that keep the promises of `_connection`; nothing is retried below us."""

    def __init__(self) -> None:
        super().__init__(pool_connections=POOL_SIZE, pool_maxsize=POOL_SIZE, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": TimedPool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"https": TimedPool}
        return manager


class _Session(requests.Session):
    """A session that knows neither redirects nor cookies nor the environment's proxies and certificates."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.adapters.clear()
        self.mount("https://", _Adapter())

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Find no target: even an unfollowed redirect would otherwise be read without bounds and parsed."""


def build_session(*, ca_bundle: str | None, proxy: str | None) -> requests.Session:
    """Return the session that all clients of a process share, threads included.

    `ca_bundle` is a file or folder of trusted certificates in place of the built-in ones. Raises ValueError
    if it does not exist, or if `proxy` is not an http or https address.
    """
    if ca_bundle is not None and not Path(ca_bundle).exists():
        raise ValueError("The CA bundle does not exist.")
    session = _Session()
    session.verify = ca_bundle or True
    if proxy:
        parts = urlsplit(proxy)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("The proxy must be an http or https address.")
        session.proxies = {"https": proxy}
    return session


def probe_organization(
    session: requests.Session,
    *,
    devops_url: str,
    organization: str,
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
    version: str = "dev",
) -> Probe:
    """Return what Azure DevOps tells anybody about `organization`; one request, without an access token.

    Raises ValueError for an impossible name, or an address that is not plain https.
    """
    call = connection_call(devops_url, organization)
    result = _transmit(session, call, timeouts, call.headers(version))
    if isinstance(result, Silence):
        return Probe(status=None, reason=result.reason)
    return Probe(
        status=result.status,
        tenant_id=result.resource_tenant,
        clock_offset=result.clock_offset,
        is_offline=result.is_host_offline,
    )


class AzureDevOpsClient:
    """The PATs of one person in Azure DevOps; cheap to build, for one person and one thread.

    `clock_offset` is the server's clock minus our own by the last answer, to about a second. `session_id`
    goes with every request, so that Microsoft's support can find those that got no answer.
    """

    def __init__(
        self,
        *,
        access_token: AccessTokenSource,
        session: requests.Session,
        vssps_url: str,
        devops_url: str,
        api_version: str = "7.1-preview.1",
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        version: str = "dev",
        tenant_id: UUID | None = None,
        lane: Lane = nullcontext,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Build a client. Raises ValueError for an address that is not plain https.

        `version` is the portal's own, which the organization sees in its audit log; `tenant_id` is that of
        the person; a `lane` is held during each request with its repeats, and may raise instead.
        """
        self._calls = Calls(vssps_url=vssps_url, devops_url=devops_url, api_version=api_version)
        self._access_token = access_token
        self._session = session
        self._timeouts = timeouts
        self._version = version
        self._tenant_id = tenant_id
        self._lane = lane
        self._sleep = sleep
        self._clock = clock
        self.session_id = uuid4()
        self.clock_offset: timedelta | None = None

    @property
    def write_budget_seconds(self) -> float:
        """Return the longest that a create or a revoke can take, with access tokens, repeats and waits.

        No attempt begins that could not end within it. Only a slow name look-up can make the call itself
        longer, and then nothing is sent.
        """
        return 2 * self._timeouts.attempt_seconds

    def list_pats(self, organization: str, *, pat_filter: PatFilter) -> list[PatMetadata]:
        """Return all PATs of the person that `organization` shows, each once, from a complete walk.

        Raises ValueError for an impossible name, AzureDevOpsError (never OutcomeUnknown), and what the
        source of access tokens and the lane raise.
        """
        call = self._calls.list_pats(organization, pat_filter)
        found: dict[UUID, PatMetadata] = {}
        for rows in self._exchange(seconds=WALK_SECONDS).pages(call):
            found.update((row.authorization_id, row) for row in rows)
        return list(found.values())

    def get_pat(self, organization: str, authorization_id: UUID) -> PatMetadata:
        """Return one PAT, be it active, revoked or expired.

        Raises as `list_pats` does, NotFound included.
        """
        call = self._calls.get_pat(organization, authorization_id)
        return self._exchange().ask(call, lambda answer: _decode.pat(answer.document, answer.activity_id))

    def create_pat(
        self, organization: str, *, display_name: str, scopes: Iterable[str], valid_to: datetime
    ) -> NewPat:
        """Create a PAT for `organization` alone; the `valid_to` that comes back may be an earlier one.

        Raises OutcomeUnknown if it may exist although its secret is lost. After any other AzureDevOpsError,
        a ValueError, and what the source of access tokens and the lane raise, nothing was created.
        """
        call = self._calls.create_pat(
            organization, display_name=display_name, scopes=scopes, valid_to=valid_to
        )
        return self._write().ask(
            call, lambda answer: _decode.new_pat(answer.document, activity_id=answer.activity_id)
        )

    def update_pat(
        self,
        organization: str,
        authorization_id: UUID,
        *,
        display_name: str | None = None,
        scopes: Iterable[str] | None = None,
        valid_to: datetime | None = None,
    ) -> PatMetadata:
        """Change what is given of a PAT and return it as it is now; its secret stays as it was.

        The `valid_to` that comes back may be an earlier one. Raises as `create_pat` does, NotFound included;
        ValueError where nothing is given.
        """
        call = self._calls.update_pat(
            organization, authorization_id, display_name=display_name, scopes=scopes, valid_to=valid_to
        )
        return self._write().ask(
            call, lambda answer: _decode.updated_pat(answer.document, authorization_id, answer.activity_id)
        )

    def revoke_pat(self, organization: str, authorization_id: UUID) -> str:
        """Ask for a revocation and return its activity id; it proves nothing, no such PAT ends the same way.

        Raises as `create_pat` does.
        """
        call = self._calls.revoke_pat(organization, authorization_id)
        return self._write().ask(call, lambda answer: answer.activity_id)

    def get_connection(self, organization: str) -> Connection:
        """Return the organization's id and its Entra tenant. Raises as `list_pats` does."""
        return self._exchange().ask(
            self._calls.connection(organization),
            lambda answer: _decode.connection(answer.document, tenant_id=answer.resource_tenant),
        )

    def _write(self) -> Exchange:
        return self._exchange(seconds=self.write_budget_seconds, wait_seconds=WRITE_WAIT_SECONDS)

    def _exchange(self, *, seconds: float = math.inf, wait_seconds: float = WAIT_SECONDS) -> Exchange:
        """Begin an exchange that ends within `seconds` and waits for `wait_seconds` of them at most."""
        patience = Patience(
            attempt_seconds=self._timeouts.attempt_seconds,
            until=self._clock() + seconds,
            wait_seconds=wait_seconds,
            clock=self._clock,
            sleep=self._sleep,
        )
        return Exchange(
            send=self._send,
            access_token=self._access_token,
            patience=patience,
            tenant_id=self._tenant_id,
            lane=self._lane,
        )

    def _send(self, call: Call, bearer: Secret) -> Answer | Silence:
        headers = {
            **call.headers(self._version),
            "Authorization": f"Bearer {bearer.reveal()}",
            "X-TFS-Session": str(self.session_id),
        }
        result = _transmit(self._session, call, self._timeouts, headers, bearer=bearer)
        _log.debug("%s in %s: %r", call.method, call.organization, result)
        if isinstance(result, Answer) and result.sent_at is not None:
            self.clock_offset = result.clock_offset
        return result


def _transmit(
    session: requests.Session,
    call: Call,
    timeouts: Timeouts,
    headers: dict[str, str],
    *,
    bearer: Secret | None = None,
) -> Answer | Silence:
    """Send one request. What requests raises ends here: it holds the request, and so the bearer."""
    request = requests.Request(call.method, call.url, params=call.params, data=call.body, headers=headers)
    prepared = session.prepare_request(request)
    timeout = (timeouts.connect, timeouts.read)
    try:
        with session.send(prepared, stream=True, allow_redirects=False, timeout=timeout) as reply:
            return read_answer(reply.status_code, reply.headers, _read_body(reply), access_token=bearer)
    except _WIRE_FAILURES as failure:
        return Silence(reason=root_of(failure), is_sent=not isinstance(failure, _BEFORE_SENDING))


def _read_body(reply: requests.Response) -> bytes:
    """Return the unpacked body; nothing if it is larger than allowed or cannot be unpacked."""
    body = bytearray()
    try:
        for chunk in reply.iter_content(65_536):
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                return b""
    except requests.exceptions.ContentDecodingError:
        return b""
    return bytes(body)
