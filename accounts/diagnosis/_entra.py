"""Microsoft Entra: its discovery document, each tenant, each credential, and its clock. Over the network."""

from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.aadsts import entry_for
from accounts.credentials import Credential, configured_credentials
from accounts.diagnosis._credentials import days_finding, name_of
from accounts.diagnosis._masking import without_secrets
from accounts.discovery import Discovery
from accounts.entra import entra_client
from accounts.entra.clock import server_offset
from accounts.errors import AccountsError, EntraUnreachable
from patportal.lib.findings import Finding, Level, Look, clock_finding

_AREA = "Microsoft Entra"
_TENANT_STEP = (
    "Check ENTRA_AUTHORITY (the tenant's overview page shows its GUID), OUTBOUND_PROXY, ENTRA_CA_BUNDLE, "
    "and that a firewall lets this machine through."
)


def looks_at_entra() -> list[Look]:
    """Return the looks at the home tenant, every other one, every credential and the clock."""
    more = settings.ENTRA_ADDITIONAL_TENANTS
    return [
        Look(_AREA, "Tenant", home_tenant),
        *(Look(_AREA, "Other tenant", partial(other_tenant, one)) for one in more),
        *(_look_at(credential) for credential in configured_credentials()),
        Look(_AREA, "Entra's clock", clock),
    ]


def _look_at(credential: Credential) -> Look:
    return Look(_AREA, name_of(credential), partial(credential_findings, credential))


def home_tenant() -> list[Finding]:
    """Fetch the discovery document of ENTRA_AUTHORITY, which says what the portal will talk to."""
    title = "Tenant"
    try:
        found = entra_client().discovery()
    except AccountsError as exc:
        sentence = f"{settings.ENTRA_AUTHORITY} gives no answer that can be used"
        return [_refusal(title, sentence, exc, _TENANT_STEP)]
    return [
        Finding(Level.OK, title, f"{found.tenant_id}, known at {settings.ENTRA_AUTHORITY}."),
        Finding(Level.OK, "Addresses", _addresses(found)),
    ]


def other_tenant(tenant_id: UUID) -> list[Finding]:
    """Fetch the discovery document of one of ENTRA_ADDITIONAL_TENANTS."""
    label = settings.ENTRA_ADDITIONAL_TENANTS.get(tenant_id) or "Unnamed"
    title = "Other tenant"
    try:
        entra_client(tenant_id).discovery()
    except AccountsError as exc:
        sentence = f"{label} ({tenant_id}) gives no answer that can be used"
        step = "Correct its GUID in ENTRA_ADDITIONAL_TENANTS, or take it off that list."
        return [replace(_refusal(title, sentence, exc), next_step=step)]
    found = (
        f"{label} ({tenant_id}) is known. One of its administrators has to approve the portal once; "
        "whether that was done, only a sign-in shows."
    )
    return [Finding(Level.OK, title, found)]


def credential_findings(credential: Credential) -> list[Finding]:
    """Have Entra check one credential, and tell how long it is good for."""
    title = name_of(credential)
    life = days_finding(credential, now=timezone.now())
    return [life] if credential.problem else [_acceptance(title, credential), life]


def _acceptance(title: str, credential: Credential) -> Finding:
    client = entra_client()
    try:
        client.discovery()
    except AccountsError:
        return Finding(Level.NOTE, title, "Whether Entra accepts it was not examined: see Tenant above.")
    failure = client.check_credential(credential.position)
    if failure is None:
        return Finding(Level.OK, title, f"Entra accepts it{_subject_of(credential)}.")
    if isinstance(failure, EntraUnreachable):
        found = f"Whether Entra accepts it could not be examined: {_words_of(failure)}."
        return Finding(Level.WARNING, title, found, "Run this command again in a while.")
    step = (
        "Compare it with what the app registration lists under Certificates & secrets, and change "
        f"{credential.variable}."
    )
    return _refusal(title, f"Entra does not accept it{_subject_of(credential)}", failure, step)


def _subject_of(credential: Credential) -> str:
    return f" ({credential.subject})" if credential.subject else ""


def clock() -> list[Finding]:
    """Compare Entra's clock with this machine's."""
    title = "Entra's clock"
    try:
        offset = server_offset()
    except AccountsError:
        return [Finding(Level.NOTE, title, "Not examined: Entra cannot be reached.")]
    if offset is None:
        return [Finding(Level.NOTE, title, "Not examined: the answer named no date.")]
    return [clock_finding(title, offset.total_seconds())]


def _refusal(title: str, sentence: str, failure: AccountsError, step: str = "") -> Finding:
    """Say what Entra refused, with the step of the table of AADSTS numbers where it has one."""
    entry = entry_for(failure.aadsts)
    reason = f"{entry.label}, {entry.title[0].lower()}{entry.title[1:]}" if entry else _words_of(failure)
    ids = f" (correlation id {failure.correlation_id})" if failure.correlation_id else ""
    next_step = (entry.operator_step if entry else "") or step
    return Finding(Level.PROBLEM, title, f"{sentence}: {reason}{ids}.", next_step)


def _words_of(failure: AccountsError) -> str:
    number = f"AADSTS{failure.aadsts}, " if failure.aadsts else ""
    return number + without_secrets(str(failure)).rstrip(".")


def _addresses(found: Discovery) -> str:
    """Return the hosts that browsers and the portal are sent to, each once."""
    pages = (found.authorization_endpoint, found.end_session_endpoint)
    hosts = dict.fromkeys(
        urlsplit(address).netloc for address in (*pages, found.token_endpoint, found.jwks_uri) if address
    )
    return f"Sign-in, keys and sign-out are at {' and '.join(hosts)}; the issuer is {found.issuer}."
