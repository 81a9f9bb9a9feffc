"""What an answer, or none, means for the call: the decision table, apart from how it came about.

A body that is JSON and carries `patTokenError` speaks first, whatever the status; then the status. Where a
write's answer cannot be trusted the verdict is OutcomeUnknown, never a guess.
"""

from collections.abc import Callable, Mapping

from ._answer import Answer, Silence
from ._call import Call
from .errors import (
    AzureDevOpsError,
    BrokenAnswer,
    Facts,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    Refused,
    Rejected,
    ServiceFailed,
    Throttled,
    Unreachable,
)

_NOT_FOUND_CODES = frozenset({"authorizationnotfound", "tokennotfound", "invalidauthorizationid"})


def judge(call: Call, answer: Answer) -> AzureDevOpsError | None:
    """Return what an answer means; None if it may be decoded, or if a revoke found nothing left to do."""
    error = _domain_error(call, answer) if answer.pat_error else _status_error(call, answer)
    is_gone_already = call.method == "DELETE" and isinstance(error, NotFound)
    return None if is_gone_already else error


def judge_silence(call: Call, silence: Silence) -> AzureDevOpsError:
    """Return what the lack of an answer means."""
    if call.is_write and silence.is_sent:
        return OutcomeUnknown(f"No answer to a write ({silence.reason})", organization=call.organization)
    return Unreachable(f"Azure DevOps cannot be reached ({silence.reason})", organization=call.organization)


def not_understood(call: Call, answer: Answer, what: str) -> AzureDevOpsError:
    """Return the error for an answer that cannot be understood; `what` names the flaw, never a value."""
    kind = OutcomeUnknown if call.is_write else BrokenAnswer
    return kind(f"Azure DevOps answered {answer.status} with something else: {what}", **_facts(call, answer))


def _domain_error(call: Call, answer: Answer) -> AzureDevOpsError:
    code = answer.pat_error
    if answer.has_pat:
        return not_understood(call, answer, "a PAT together with a refusal")
    if code.casefold() in _NOT_FOUND_CODES and "authorizationId" in call.params:
        return _not_found(call, answer)
    return Refused(f"Azure DevOps refused: {code}", code=code, detail=answer.remark, **_facts(call, answer))


def _status_error(call: Call, answer: Answer) -> AzureDevOpsError | None:
    if answer.asks_for_sign_in:
        return _rejected(call, answer)
    if answer.is_success:
        is_usable = answer.is_json or call.method == "DELETE"
        return None if is_usable else not_understood(call, answer, "not JSON")
    if 400 <= answer.status < 500:
        return _CLIENT_ERRORS.get(answer.status, _refused)(call, answer)
    return _failed(call, answer)


def _rejected(call: Call, answer: Answer) -> AzureDevOpsError:
    return Rejected(
        f"Azure DevOps does not accept the access token ({answer.status})",
        is_identity_known=answer.is_identity_known,
        claims=answer.claims,
        **_facts(call, answer),
    )


def _forbidden(call: Call, answer: Answer) -> AzureDevOpsError:
    code = answer.service_code
    return Forbidden(
        f"Azure DevOps forbids the call ({code or 403})", service_code=code, **_facts(call, answer)
    )


def _not_found(call: Call, answer: Answer) -> AzureDevOpsError:
    return NotFound("Azure DevOps does not know it", **_facts(call, answer))


def _throttled(call: Call, answer: Answer) -> AzureDevOpsError:
    return Throttled("Azure DevOps asks to slow down", retry_after=answer.retry_after, **_facts(call, answer))


def _refused(call: Call, answer: Answer) -> AzureDevOpsError:
    code = answer.type_key or f"HTTP{answer.status}"
    return Refused(f"Azure DevOps refused: {code}", code=code, detail=answer.remark, **_facts(call, answer))


def _failed(call: Call, answer: Answer) -> AzureDevOpsError:
    message = f"Azure DevOps failed ({answer.status})"
    if call.is_write:
        return OutcomeUnknown(message, **_facts(call, answer))
    return ServiceFailed(message, retry_after=answer.retry_after, **_facts(call, answer))


def _facts(call: Call, answer: Answer) -> Facts:
    return {"activity_id": answer.activity_id, "organization": call.organization, "status": answer.status}


# 408 is a gateway's word that it lost patience; what the service behind it did is anybody's guess.
_CLIENT_ERRORS: Mapping[int, Callable[[Call, Answer], AzureDevOpsError]] = {
    403: _forbidden,
    404: _not_found,
    408: _failed,
    429: _throttled,
}
