"""How the portal authenticates itself to Entra: MSAL's form of each credential, and which of two serves.

While one credential replaces another, the second serves where Entra refuses the first, so that nobody notices
the change. Knows no settings; certificates and files come from `accounts.credentials`.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from django.utils import timezone

from accounts.credentials import CredentialKind, CredentialSource, assertion_in, certificate_of
from accounts.entra.managed_identity import ManagedIdentity
from accounts.entra_answers import EntraAnswer, credential_error
from accounts.errors import AccountsError, PortalMisconfigured

log = structlog.get_logger(__name__)

# How long the second one serves before the first gets another chance, and operators another warning.
RETRY_SECONDS = 3600

# What MSAL takes as `client_credential`.
Proof = str | dict[str, Any]


class Proofs:
    """The credentials of one client, one or two; remembers in this process which of them served last."""

    def __init__(
        self,
        sources: tuple[CredentialSource, ...],
        *,
        authority: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sources, self._clock = sources, clock
        self._identities = {
            source: ManagedIdentity(source.value, authority=authority)
            for source in sources
            if source.kind is CredentialKind.MANAGED_IDENTITY
        }
        self._serving, self._since = 0, 0.0

    @property
    def serving(self) -> int:
        """Return the position of the credential that served last; above 0 the first was refused."""
        return self._serving

    def order(self) -> tuple[int, ...]:
        """Return the positions in the order to try: what served last, but every hour the first again."""
        first = self._serving if self._clock() - self._since < RETRY_SECONDS else 0
        return (first, *(position for position in range(len(self._sources)) if position != first))

    def proof(self, position: int) -> Proof:
        """Return MSAL's form of one credential; raises `PortalMisconfigured` or `EntraUnreachable`."""
        source = self._sources[position]
        match source.kind:
            case CredentialKind.MANAGED_IDENTITY:
                return _assertion(self._identities[source].assertion())
            case CredentialKind.ASSERTION_FILE:
                return _assertion(assertion_in(source))
            case CredentialKind.CERTIFICATE:
                return _key_pair(source)
            case CredentialKind.SECRET:
                return source.value

    def note_served(self, position: int) -> None:
        """Remember that Entra accepted a credential, with a warning where it is not the first."""
        if position == 0:
            self._serving = 0
            return
        now = self._clock()
        if position != self._serving or now - self._since >= RETRY_SECONDS:
            log.warning("entra_fallback_credential_serves", variable=self._sources[position].variable)
            self._serving, self._since = position, now

    def note_failed(self, position: int, error: AccountsError) -> None:
        """Tell operators why a credential could not serve."""
        log.warning(
            "entra_credential_failed",
            variable=self._sources[position].variable,
            code=error.code,
            reason=str(error),
            aadsts=error.aadsts,
            correlation_id=error.correlation_id,
        )


def refusal_of_credential(answer: Mapping[str, Any] | None) -> AccountsError | None:
    """Return an error where the token endpoint refused the credential itself, so that another might do."""
    if not answer or "error" not in answer:
        return None
    return credential_error(EntraAnswer.of_token_endpoint(answer))


def blamed(failures: Mapping[int, AccountsError]) -> AccountsError:
    """Return what operators should hear of; `failures` are by position, in the order in which they came.

    Of several refusals that of the first credential: the second is often an old one that is meant to be gone.
    Where one could not be tried at all, the last word counts.
    """
    found = list(failures.values())
    if found and all(isinstance(one, PortalMisconfigured) for one in found):
        return failures[min(failures)]
    return found[-1] if found else PortalMisconfigured("no credential is set up")


def _assertion(text: str) -> Proof:
    # A callable, because MSAL warns of a text: it would outlive its hour. Here it is read anew each time.
    return {"client_assertion": lambda: text}


def _key_pair(source: CredentialSource) -> Proof:
    """Return key and certificate, for which MSAL signs with PS256 and sends x5t#S256 and x5c."""
    certificate, now = certificate_of(source), timezone.now()
    if certificate.not_after <= now:
        raise PortalMisconfigured(
            f"{source.variable} holds a certificate that ended on {certificate.not_after:%Y-%m-%d}."
        )
    if certificate.not_before > now:
        raise PortalMisconfigured(
            f"{source.variable} holds a certificate that counts from {certificate.not_before:%Y-%m-%d} on."
        )
    return {
        "private_key": certificate.private_key_pem,
        "public_certificate": certificate.certificates_pem,
    }
