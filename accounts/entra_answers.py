"""What Entra's refusals mean: from error, suberror and AADSTS number to one of our errors. Pure.

`error` and `suberror` decide where they can, because Microsoft says that programs must not depend on the
number; it makes the conclusion more exact. What each number stands for is in the table of `aadsts`. Facts:
Microsoft's list of suberrors (its .NET library documents them), and those that MSAL for Python blanks.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.aadsts import Aadsts, Effect, entry_for
from accounts.errors import (
    AccountsError,
    EntraUnreachable,
    PortalMisconfigured,
    RefusalReason,
    RefusedOddly,
    SignInNeeded,
    SignInReason,
    SignInRefused,
)

_NUMBER = re.compile(r"\bAADSTS(\d{5,7})\b", re.ASCII)
_LARGEST_NUMBER = 9_999_999
# Opaque, but of characters that a code may have (RFC 6749, A.11), and never as short as a guess.
_CODE = re.compile(r"[\x21-\x7e]{16,8192}")
_CORRELATION = re.compile(r"Correlation ID: ([0-9a-fA-F-]{36})")
_CLAIMS_LENGTH = 8192

_TRANSIENT_ERRORS = {"temporarily_unavailable", "server_error"}
_PORTAL_ERRORS = {
    "invalid_client",
    "unauthorized_client",
    "invalid_scope",
    "invalid_resource",
    "unsupported_grant_type",
    "unsupported_response_type",
}
_PERSON_ERRORS = {
    "invalid_grant",
    "interaction_required",
    "consent_required",
    "login_required",
    "access_denied",
}

# A code or a sign-in that cannot be used (any more). Whoever edits the address of Microsoft's page can bring
# such an answer about, so it never counts as one about the portal, whatever error it comes with.
_ONE_SIGN_IN = {Effect.FLOW_SPENT, Effect.FLOW_EXPIRED}

# What a suberror says (one of them is an error as well), and what a number may say instead, because it is the
# same, only more exact.
_DECISIVE: dict[str, tuple[Effect, frozenset[Effect]]] = {
    "message_only": (
        Effect.POLICY,
        frozenset(
            {Effect.RISK, Effect.TENANT_RESTRICTED, Effect.NOT_ASSIGNED, Effect.ACCOUNT_DISABLED}
            | {Effect.ADMIN_APPROVAL, Effect.PERSONAL_ACCOUNT}
        ),
    ),
    "basic_action": (
        Effect.SECOND_FACTOR,
        frozenset({Effect.SIGN_IN_FREQUENCY, Effect.PASSWORD_EXPIRED, Effect.CONSENT}),
    ),
    "additional_action": (Effect.DEVICE, frozenset({Effect.RISK, Effect.SECOND_FACTOR})),
    "consent_required": (
        Effect.CONSENT,
        frozenset({Effect.DECLINED, Effect.ADMIN_APPROVAL, Effect.APPROVAL_PENDING}),
    ),
    "user_password_expired": (Effect.PASSWORD_EXPIRED, frozenset()),
    "bad_token": (
        Effect.SIGN_IN,
        frozenset({Effect.GRANT_REVOKED, Effect.GRANT_EXPIRED, Effect.SIGN_IN_FREQUENCY, Effect.FLOW_SPENT}),
    ),
    "token_expired": (
        Effect.GRANT_EXPIRED,
        frozenset({Effect.GRANT_REVOKED, Effect.SIGN_IN_FREQUENCY, Effect.FLOW_EXPIRED}),
    ),
    "client_mismatch": (Effect.SIGN_IN, frozenset({Effect.GRANT_REVOKED, Effect.FLOW_SPENT})),
    # Asks for an application under Microsoft's management of mobile devices, which a website never is.
    "protection_policy_required": (Effect.POLICY, frozenset()),
    "device_authentication_failed": (Effect.DEVICE, frozenset()),
}

# What follows for a grant that is refreshed, and for a person who signs in.
_MEANINGS: dict[Effect, tuple[SignInReason, RefusalReason]] = {
    Effect.GRANT_EXPIRED: (SignInReason.GRANT_EXPIRED, RefusalReason.FLOW_EXPIRED),
    Effect.GRANT_REVOKED: (SignInReason.GRANT_REVOKED, RefusalReason.FLOW_SPENT),
    Effect.SIGN_IN_FREQUENCY: (SignInReason.SIGN_IN_FREQUENCY, RefusalReason.FLOW_EXPIRED),
    Effect.SIGN_IN: (SignInReason.SIGN_IN_NEEDED, RefusalReason.FLOW_SPENT),
    Effect.SECOND_FACTOR: (SignInReason.SECOND_FACTOR, RefusalReason.SECOND_FACTOR),
    Effect.DEVICE: (SignInReason.DEVICE_NEEDED, RefusalReason.DEVICE_NEEDED),
    Effect.POLICY: (SignInReason.BLOCKED_BY_POLICY, RefusalReason.BLOCKED_BY_POLICY),
    Effect.RISK: (SignInReason.BLOCKED_BY_POLICY, RefusalReason.RISKY),
    Effect.CONSENT: (SignInReason.CONSENT_MISSING, RefusalReason.CONSENT_MISSING),
    Effect.DECLINED: (SignInReason.CONSENT_MISSING, RefusalReason.PERMISSION_DECLINED),
    Effect.ADMIN_APPROVAL: (SignInReason.ADMIN_APPROVAL, RefusalReason.ADMIN_APPROVAL),
    Effect.APPROVAL_PENDING: (SignInReason.ADMIN_APPROVAL, RefusalReason.APPROVAL_PENDING),
    Effect.NOT_ASSIGNED: (SignInReason.NOT_ASSIGNED, RefusalReason.NOT_ASSIGNED),
    Effect.ACCOUNT_UNKNOWN: (SignInReason.ACCOUNT_GONE, RefusalReason.ACCOUNT_UNKNOWN),
    Effect.ACCOUNT_DISABLED: (SignInReason.ACCOUNT_DISABLED, RefusalReason.ACCOUNT_DISABLED),
    Effect.ACCOUNT_LOCKED: (SignInReason.SIGN_IN_NEEDED, RefusalReason.ACCOUNT_LOCKED),
    Effect.FOREIGN_ACCOUNT: (SignInReason.ACCOUNT_GONE, RefusalReason.FOREIGN_ACCOUNT),
    Effect.PERSONAL_ACCOUNT: (SignInReason.BLOCKED_BY_POLICY, RefusalReason.PERSONAL_ACCOUNT),
    Effect.TENANT_RESTRICTED: (SignInReason.BLOCKED_BY_POLICY, RefusalReason.TENANT_RESTRICTED),
    Effect.PASSWORD_EXPIRED: (SignInReason.PASSWORD_EXPIRED, RefusalReason.PASSWORD_EXPIRED),
    Effect.CREDENTIALS_WRONG: (SignInReason.SIGN_IN_NEEDED, RefusalReason.CREDENTIALS_WRONG),
    Effect.NO_SESSION: (SignInReason.SIGN_IN_NEEDED, RefusalReason.NO_SESSION),
    Effect.FLOW_EXPIRED: (SignInReason.SIGN_IN_NEEDED, RefusalReason.FLOW_EXPIRED),
    Effect.FLOW_SPENT: (SignInReason.SIGN_IN_NEEDED, RefusalReason.FLOW_SPENT),
}
_CODES = {
    Effect.TRANSIENT: {EntraUnreachable.code},
    Effect.PORTAL: {PortalMisconfigured.code},
    Effect.CREDENTIAL: {PortalMisconfigured.code},
    **{effect: {reason.value for reason in reasons} for effect, reasons in _MEANINGS.items()},
}


@dataclass(frozen=True, slots=True)
class EntraAnswer:
    """The parts of an error answer that the portal uses.

    `numbers` are AADSTS numbers, first the main one; `claims` is a claims challenge, JSON text.
    """

    error: str
    suberror: str = ""
    numbers: tuple[int, ...] = ()
    correlation_id: str = ""
    claims: str = ""

    @classmethod
    def of_token_endpoint(cls, answer: Mapping[str, Any]) -> "EntraAnswer":
        """Read the JSON answer of the token endpoint; every field in it may be missing or of another type."""
        description = str(answer.get("error_description") or "")
        codes = answer.get("error_codes")
        listed = [code for code in codes if _is_number(code)] if isinstance(codes, list) else []
        return cls(
            error=str(answer.get("error") or ""),
            suberror=str(answer.get("suberror") or ""),
            numbers=tuple(listed) or _numbers_in(description),
            correlation_id=_guid(str(answer.get("correlation_id") or "")),
            claims=_challenge(answer.get("claims")),
        )

    @classmethod
    def of_redirect(cls, query: Mapping[str, Any]) -> "EntraAnswer":
        """Read the query of a redirect back from the authorize page."""
        description = str(query.get("error_description") or "")[:4096]
        correlation = _CORRELATION.search(description)
        return cls(
            error=str(query.get("error") or "")[:64],
            suberror=str(query.get("error_subcode") or query.get("suberror") or "")[:64],
            numbers=_numbers_in(description),
            correlation_id=_guid(correlation[1]) if correlation else "",
        )

    @property
    def number(self) -> int:
        """Return the main AADSTS number, or 0."""
        return self.numbers[0] if self.numbers else 0


def portal_error(answer: EntraAnswer) -> AccountsError | None:
    """Return what is wrong with Entra or with the portal itself; None where it is about the person."""
    effect = _effect(answer)
    if effect is Effect.TRANSIENT:
        return EntraUnreachable(f"Entra: {answer.error}", **_facts(answer, effect))
    if effect in {Effect.PORTAL, Effect.CREDENTIAL}:
        return PortalMisconfigured(f"Entra: {answer.error}", **_facts(answer, effect))
    return None


def credential_error(answer: EntraAnswer) -> AccountsError | None:
    """Return what is wrong where Entra refused the portal's own proof, so that another one might do."""
    return portal_error(answer) if _effect(answer) is Effect.CREDENTIAL else None


def refresh_error(answer: EntraAnswer) -> AccountsError:
    """Return what a refused refresh means. Only answers about the person end their grant.

    What nobody knows is held against neither them nor the portal: one odd person would alarm everybody.
    """
    if general := portal_error(answer):
        return general
    effect = _effect(answer)
    if effect is None and answer.error not in _PERSON_ERRORS:
        return RefusedOddly(f"refresh: {answer.error}", **_facts(answer, effect))
    reason = _MEANINGS[effect][0] if effect else SignInReason.SIGN_IN_NEEDED
    return SignInNeeded(f"refresh: {answer.error}", code=reason, **_facts(answer, effect))


def sign_in_error(answer: EntraAnswer) -> AccountsError:
    """Return what a refused interactive sign-in means, on the redirect or when its code is redeemed."""
    if general := portal_error(answer):
        return general
    effect = _effect(answer)
    reason = _MEANINGS[effect][1] if effect else _unexplained(answer)
    return SignInRefused(code=reason, **_facts(answer, effect))


def exact_entry(error: AccountsError) -> Aadsts | None:
    """Return the table's entry of the error's number where it says what the error says, only more exactly."""
    entry = entry_for(error.aadsts)
    return entry if entry and error.code in _CODES[entry.effect] else None


def has_code(query: Mapping[str, str]) -> bool:
    """Tell whether a redirect's query has what may be a code; anything else is not worth asking Entra."""
    return _CODE.fullmatch(query.get("code", "")) is not None


def redirect_error(query: Mapping[str, str]) -> AccountsError:
    """Return what a redirect without a code claims. Anybody can write such a query."""
    return sign_in_error(EntraAnswer.of_redirect(query))


def _effect(answer: EntraAnswer) -> Effect | None:
    """Return what follows from the answer; None where nothing in it is known."""
    known = [entry.effect for number in answer.numbers if (entry := entry_for(number))]
    decisive = answer.suberror if answer.suberror in _DECISIVE else answer.error
    if decisive in _DECISIVE and answer.error not in _TRANSIENT_ERRORS:
        decided, finer = _DECISIVE[decisive]
        return next((effect for effect in known if effect in finer), decided)
    return _effect_without_suberror(answer.error, known)


def _effect_without_suberror(error: str, known: list[Effect]) -> Effect | None:
    if error in _TRANSIENT_ERRORS or Effect.TRANSIENT in known:
        return Effect.TRANSIENT
    if known and known[0] in _ONE_SIGN_IN:
        return known[0]
    # `invalid_client` alone says that the proof is at fault; a number that is known says it more exactly.
    if Effect.CREDENTIAL in known or (error == "invalid_client" and not known):
        return Effect.CREDENTIAL
    if error in _PORTAL_ERRORS or Effect.PORTAL in known:
        return Effect.PORTAL
    if known:
        return known[0]
    return Effect.NO_SESSION if error == "login_required" else None


def _unexplained(answer: EntraAnswer) -> RefusalReason:
    """Return why a sign-in failed of which nothing but the error is known."""
    if answer.error == "access_denied" and not answer.numbers:
        return RefusalReason.CANCELLED
    if answer.error == "invalid_grant" and not answer.numbers:
        return RefusalReason.FLOW_SPENT
    return RefusalReason.ENTRA_REFUSED


def _facts(answer: EntraAnswer, effect: Effect | None) -> dict[str, Any]:
    """Return what goes with the error: of several numbers the one that led to `effect`, if one did."""
    known = [entry for number in answer.numbers if (entry := entry_for(number))]
    best = next((entry for entry in known if entry.effect is effect), known[0] if known else None)
    return {
        "aadsts": best.number if best else answer.number,
        "correlation_id": answer.correlation_id,
        "claims": answer.claims,
    }


def _is_number(code: Any) -> bool:
    return isinstance(code, int) and not isinstance(code, bool) and 0 < code <= _LARGEST_NUMBER


def _numbers_in(description: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(number) for number in _NUMBER.findall(description)))


def _challenge(claims: Any) -> str:
    """Return a claims challenge as it came, or nothing where it is no JSON object."""
    if not isinstance(claims, str) or len(claims) > _CLAIMS_LENGTH:
        return ""
    try:
        return claims if isinstance(json.loads(claims), dict) else ""
    except (ValueError, RecursionError):
        return ""


def _guid(text: str) -> str:
    try:
        return str(UUID(text)) if len(text) == 36 else ""
    except ValueError:
        return ""
