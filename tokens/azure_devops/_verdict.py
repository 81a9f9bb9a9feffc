"""What an answer, or none, means for the call: the decision table, apart from how it came about.

A body that is JSON and carries `patTokenError` speaks first, whatever the status, but for a 5xx to a write;
then the status. Where a write's answer cannot be trusted the verdict is OutcomeUnknown, never a guess.
"""

import re
from collections.abc import Callable, Mapping
from uuid import UUID

from ._answer import Answer, Silence
from ._call import Call
from ._refusals import NO_SUCH_PAT
from .errors import (
    AzureDevOpsError,
    BrokenAnswer,
    Facts,
    Forbidden,
    HostOffline,
    NotAPerson,
    NotFound,
    OutcomeUnknown,
    Refused,
    Rejected,
    ServiceFailed,
    Throttled,
    Unreachable,
)

NOT_AUTHORIZED = "TF400813"
SLOW_DOWN = "TF400733"
NO_PERSON = "InvalidAccessException"

# The older API beside this one, which a gateway may still answer for, names its refusals in the message.
_LEGACY_REFUSAL = "SessionTokenCreateException"
_WORD = re.compile(r"[A-Za-z]{1,64}")


def judge(call: Call, answer: Answer, *, tenant_id: UUID | None = None) -> AzureDevOpsError | None:
    """Return what an answer means; None if it may be decoded, or if a revoke found nothing left to do.

    `tenant_id` is that of the person, to tell another directory's organization from one without access.
    """
    if answer.pat_error and not (call.is_write and answer.status >= 500):
        error: AzureDevOpsError | None = _domain_error(call, answer)
    else:
        error = _access_error(call, answer, tenant_id) or _status_error(call, answer)
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
    if code.casefold() in NO_SUCH_PAT and call.names_pat:
        return NotFound(f"Azure DevOps has no such PAT: {code}", is_pat=True, **_facts(call, answer))
    return _refusal(call, answer, code)


def _access_error(call: Call, answer: Answer, tenant_id: UUID | None) -> AzureDevOpsError | None:
    """Return what stands between the person and the organization, None if nothing does."""
    if answer.is_host_offline:
        return HostOffline(
            f"The organization is offline ({answer.status})", detail=answer.remark, **_facts(call, answer)
        )
    if answer.status in {400, 401, 403} and answer.type_key == NO_PERSON:
        return NotAPerson(f"Azure DevOps wants a person ({answer.status})", **_facts(call, answer))
    is_barred = answer.asks_for_sign_in or answer.status in {403, 429}
    tenant = answer.resource_tenant
    if is_barred and tenant_id is not None and tenant not in {None, tenant_id}:
        # Somebody of another directory may be told to slow down as well; waiting would not help. And what
        # that directory wants to see proved must not cost the person their sign-in for their own.
        return _rejected(call, answer, is_other_tenant=True)
    is_unknown = answer.status == 403 and (answer.claims or answer.service_code == NOT_AUTHORIZED)
    return _rejected(call, answer) if answer.asks_for_sign_in or is_unknown else None


def _status_error(call: Call, answer: Answer) -> AzureDevOpsError | None:
    if answer.is_success:
        is_usable = answer.is_json or call.method == "DELETE"
        return None if is_usable else not_understood(call, answer, "not JSON")
    if 400 <= answer.status < 500:
        if answer.service_code == SLOW_DOWN:
            return _throttled(call, answer)
        return _CLIENT_ERRORS.get(answer.status, _refused)(call, answer)
    return _failed(call, answer)


def _rejected(call: Call, answer: Answer, *, is_other_tenant: bool = False) -> AzureDevOpsError:
    return Rejected(
        f"Azure DevOps does not accept the access token ({answer.status})",
        is_identity_known=answer.is_identity_known,
        claims=answer.claims,
        resource_tenant=answer.resource_tenant,
        is_other_tenant=is_other_tenant,
        service_code=answer.service_code,
        **_facts(call, answer),
    )


def _forbidden(call: Call, answer: Answer) -> AzureDevOpsError:
    code = answer.service_code
    return Forbidden(
        f"Azure DevOps forbids the call ({code or 403})",
        service_code=code,
        detail=answer.remark,
        **_facts(call, answer),
    )


def _not_found(call: Call, answer: Answer) -> AzureDevOpsError:
    """Return what a 404 means: the service itself answers in JSON, a page comes where nobody is at home."""
    is_pat = call.names_pat and answer.is_json and not answer.type_key.startswith("Host")
    return NotFound("Azure DevOps does not know it", is_pat=is_pat, **_facts(call, answer))


def _throttled(call: Call, answer: Answer) -> AzureDevOpsError:
    return Throttled("Azure DevOps asks to slow down", retry_after=answer.retry_after, **_facts(call, answer))


def _refused(call: Call, answer: Answer) -> AzureDevOpsError:
    is_legacy = answer.type_key == _LEGACY_REFUSAL and _WORD.fullmatch(answer.remark)
    return _refusal(call, answer, answer.remark if is_legacy else answer.type_key or f"HTTP{answer.status}")


def _refusal(call: Call, answer: Answer, code: str) -> AzureDevOpsError:
    return Refused(
        f"Azure DevOps refused: {code}",
        code=code,
        detail=answer.remark,
        retry_after=answer.retry_after,
        **_facts(call, answer),
    )


def _failed(call: Call, answer: Answer) -> AzureDevOpsError:
    message = f"Azure DevOps failed ({answer.status})"
    if call.is_write:
        return OutcomeUnknown(message, **_facts(call, answer))
    if answer.retry_after is not None:
        return _throttled(call, answer)
    return ServiceFailed(message, **_facts(call, answer))


def _facts(call: Call, answer: Answer) -> Facts:
    return {"activity_id": answer.activity_id, "organization": call.organization, "status": answer.status}


# 408 is a gateway's word that it lost patience; what the service behind it did is anybody's guess.
_CLIENT_ERRORS: Mapping[int, Callable[[Call, Answer], AzureDevOpsError]] = {
    403: _forbidden,
    404: _not_found,
    408: _failed,
    429: _throttled,
}
