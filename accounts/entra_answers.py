"""What Entra's refusals mean: from error, suberror and AADSTS number to one of our errors. Pure.

`error` and `suberror` decide where they can; Microsoft says that programs must not depend on the number, so
it only refines what is told to people. Facts: Microsoft's AADSTS reference and the list of suberrors of MSAL.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.errors import (
    AccountsError,
    EntraUnreachable,
    PortalMisconfigured,
    RefusalReason,
    SignInNeeded,
    SignInReason,
    SignInRefused,
)

_NUMBER = re.compile(r"\bAADSTS(\d{5,7})\b", re.ASCII)
# Opaque, but of characters that a code may have (RFC 6749, A.11), and never as short as a guess.
_CODE = re.compile(r"[\x21-\x7e]{16,8192}")
_CORRELATION = re.compile(r"Correlation ID: ([0-9a-fA-F-]{36})")

_PORTAL_ERRORS = {"invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type"}
_PORTAL_NUMBERS = frozenset(
    {50012, 50194, 70001, 70011, 90002, 90008, 500011, 650052, 650056, 650057}
    | {700011, 700016, 700022, 700027, 700229, 7000112, 7000215, 7000218, 7000222}
)
_TRANSIENT_ERRORS = {"temporarily_unavailable", "server_error"}
_TRANSIENT_NUMBERS = frozenset({50033, 50196, 80001, 80002, 90006, 90024, 90033})
_PERSON_ERRORS = {"invalid_grant", "interaction_required", "consent_required", "login_required"}
_SPENT_NUMBERS = frozenset({50089, 54005, 70000, 70008, 500112, 501481, 700005, 9002313})

_REASONS: dict[SignInReason, frozenset[int]] = {
    SignInReason.GRANT_EXPIRED: frozenset({70008, 700082}),
    SignInReason.GRANT_REVOKED: frozenset({50132, 50133, 50173, 70000}),
    SignInReason.SIGN_IN_FREQUENCY: frozenset({70043}),
    SignInReason.SECOND_FACTOR: frozenset({50072, 50074, 50076, 50078, 50079, 50158}),
    SignInReason.DEVICE_NEEDED: frozenset({50097, 50129, 50155, 53000, 53001}),
    SignInReason.BLOCKED_BY_POLICY: frozenset({50131, 53002, 53003, 53004, 53011, 530032, 530035}),
    SignInReason.CONSENT_MISSING: frozenset({65001, 65004}),
    SignInReason.ACCOUNT_DISABLED: frozenset({50057}),
}
_REASON_OF_NUMBER = {number: reason for reason, numbers in _REASONS.items() for number in numbers}
_REASON_OF_SUBERROR = {
    "basic_action": SignInReason.SECOND_FACTOR,
    "additional_action": SignInReason.DEVICE_NEEDED,
    "message_only": SignInReason.BLOCKED_BY_POLICY,
    "consent_required": SignInReason.CONSENT_MISSING,
}


@dataclass(frozen=True, slots=True)
class EntraAnswer:
    """The parts of an error answer that the portal uses; `numbers` are AADSTS numbers, first the main one."""

    error: str
    suberror: str = ""
    numbers: tuple[int, ...] = ()
    correlation_id: str = ""

    @classmethod
    def of_token_endpoint(cls, answer: Mapping[str, Any]) -> "EntraAnswer":
        """Read the JSON answer of the token endpoint; every field in it may be missing or of another type."""
        description = str(answer.get("error_description") or "")
        codes = answer.get("error_codes")
        listed = [code for code in codes if isinstance(code, int)] if isinstance(codes, list) else []
        return cls(
            error=str(answer.get("error") or ""),
            suberror=str(answer.get("suberror") or ""),
            numbers=tuple(listed) or _numbers_in(description),
            correlation_id=_guid(str(answer.get("correlation_id") or "")),
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
    numbers = set(answer.numbers)
    if answer.error in _TRANSIENT_ERRORS or numbers & _TRANSIENT_NUMBERS:
        return EntraUnreachable(f"Entra: {answer.error}", **_ids(answer))
    if answer.error in _PORTAL_ERRORS or numbers & _PORTAL_NUMBERS:
        return PortalMisconfigured(f"Entra: {answer.error}", **_ids(answer))
    return None


def refresh_error(answer: EntraAnswer) -> AccountsError:
    """Return what a refused refresh means. Only answers about the person end their grant."""
    if general := portal_error(answer):
        return general
    if answer.error not in _PERSON_ERRORS:
        return PortalMisconfigured(f"refresh: {answer.error}", **_ids(answer))
    return SignInNeeded(f"refresh: {answer.error}", code=_reason(answer), **_ids(answer))


def sign_in_error(answer: EntraAnswer) -> AccountsError:
    """Return what a refused interactive sign-in means, on the redirect or when its code is redeemed."""
    if general := portal_error(answer):
        return general
    if answer.error in {"access_denied", "consent_required"} or 65004 in answer.numbers:
        return SignInRefused(code=RefusalReason.CANCELLED, **_ids(answer))
    if answer.error == "invalid_grant" and (not answer.numbers or set(answer.numbers) & _SPENT_NUMBERS):
        return SignInRefused(code=RefusalReason.FLOW_SPENT, **_ids(answer))
    return SignInRefused(code=RefusalReason.ENTRA_REFUSED, **_ids(answer))


def has_code(query: Mapping[str, str]) -> bool:
    """Tell whether a redirect's query has what may be a code; anything else is not worth asking Entra."""
    return _CODE.fullmatch(query.get("code", "")) is not None


def redirect_error(query: Mapping[str, str]) -> AccountsError:
    """Return what a redirect without a code claims. Anybody can write such a query."""
    return sign_in_error(EntraAnswer.of_redirect(query))


def _reason(answer: EntraAnswer) -> SignInReason:
    for number in answer.numbers:
        if number in _REASON_OF_NUMBER:
            return _REASON_OF_NUMBER[number]
    if answer.error == "consent_required":
        return SignInReason.CONSENT_MISSING
    return _REASON_OF_SUBERROR.get(answer.suberror, SignInReason.SIGN_IN_NEEDED)


def _ids(answer: EntraAnswer) -> dict[str, Any]:
    return {"aadsts": answer.number, "correlation_id": answer.correlation_id}


def _numbers_in(description: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(number) for number in _NUMBER.findall(description)))


def _guid(text: str) -> str:
    try:
        return str(UUID(text)) if len(text) == 36 else ""
    except ValueError:
        return ""
