"""How one call is carried through: its lane, the access token, the repeats, the pages.

It is given a function that sends one request and never raises because of the wire, and turns its results
into a decoded value or an error. Knows nothing of requests, and no address.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TypeGuard, TypeVar
from uuid import UUID

from . import _decode
from ._answer import Answer, Silence
from ._call import Call
from ._patience import Patience
from ._verdict import judge, judge_silence, not_understood
from .errors import AzureDevOpsError, BrokenAnswer, OutcomeUnknown, Rejected, Unreachable
from .types import AccessTokenSource, PatMetadata, Secret

PAGE_CAP = 50
ACCESS_TOKENS = 3  # the one at hand, a fresh one, and one that meets a challenge that came only then

_VISIBLE = re.compile(r"[!-~]+")

Send = Callable[[Call, Secret], Answer | Silence]
Lane = Callable[[], AbstractContextManager[None]]
Value = TypeVar("Value")


class Exchange:
    """Everything that is said with Azure DevOps for one call to the client.

    `tenant_id` is that of the person. A `lane` is held during a request with its repeats; what it raises
    passes through and means that nothing took effect.
    """

    def __init__(
        self,
        *,
        send: Send,
        access_token: AccessTokenSource,
        patience: Patience,
        tenant_id: UUID | None = None,
        lane: Lane = nullcontext,
    ) -> None:
        self._send = send
        self._access_token = access_token
        self._patience = patience
        self._tenant_id = tenant_id
        self._lane = lane

    def ask(self, call: Call, decode: Callable[[Answer], Value]) -> Value:
        """Return what `decode` makes of the answer. Raises AzureDevOpsError, and what the source raises."""
        answer = self._perform(call)
        try:
            return decode(answer)
        except _decode.Malformed as flaw:
            raise not_understood(call, answer, str(flaw)) from flaw

    def pages(self, call: Call) -> Iterator[list[PatMetadata]]:
        """Walk over all pages; each request repeats the filter and the order of the first."""
        asked = {""}
        for _ in range(PAGE_CAP):
            rows, continuation, retry_after = self.ask(call, _page)
            yield rows
            if not continuation:
                return
            if continuation in asked:
                raise BrokenAnswer("The pages of a list go in a circle", organization=call.organization)
            asked.add(continuation)
            call = replace(call, params={**call.params, "continuationToken": continuation})
            self._patience.slow_down(retry_after)
        raise BrokenAnswer(f"A list has more than {PAGE_CAP} pages", organization=call.organization)

    def _perform(self, call: Call) -> Answer:
        """Get an answer that may be decoded, with a fresh access token if the first is not accepted."""
        self._patience.begin_request()
        bearer = self._bearer()
        for number in range(ACCESS_TOKENS):
            outcome = self._persist(call, bearer)
            if not _wants_another(outcome, is_fresh=number > 0):
                break
            bearer = self._bearer(fresh=True, claims=outcome.claims)
        if isinstance(outcome, AzureDevOpsError):
            raise outcome
        return outcome

    def _bearer(self, *, fresh: bool = False, claims: str = "") -> Secret:
        """Return an access token, hidden at once. Raises ValueError for text that a header cannot carry."""
        bearer = Secret(self._access_token(fresh=fresh, claims=claims))
        if not _VISIBLE.fullmatch(bearer.reveal()):
            raise ValueError("The source of access tokens gave something that is none.")
        return bearer

    def _persist(self, call: Call, bearer: Secret) -> Answer | AzureDevOpsError:
        """Try while a repeat is harmless; what one attempt may have done, no later refusal undoes."""
        doubt: AzureDevOpsError | None = None
        with self._lane():
            if not self._patience.has_time():
                return Unreachable("No time is left for an attempt", organization=call.organization)
            while True:
                outcome = self._try(call, bearer)
                if isinstance(outcome, Answer):
                    return outcome
                is_unknown = isinstance(outcome, OutcomeUnknown)
                doubt = outcome if is_unknown else doubt
                may_repeat = call.is_repeatable or not is_unknown
                if not (may_repeat and self._patience.wait_after(outcome)):
                    return doubt or outcome

    def _try(self, call: Call, bearer: Secret) -> Answer | AzureDevOpsError:
        result = self._send(call, bearer)
        if isinstance(result, Silence):
            return judge_silence(call, result)
        return judge(call, result, tenant_id=self._tenant_id) or result


def _wants_another(outcome: Answer | AzureDevOpsError, *, is_fresh: bool) -> TypeGuard[Rejected]:
    """Tell whether another access token may help; a fresh one is refused for good unless it is challenged."""
    if not isinstance(outcome, Rejected) or outcome.is_other_tenant:
        return False
    return bool(outcome.claims) or not is_fresh


def _page(answer: Answer) -> tuple[list[PatMetadata], str, float | None]:
    rows, continuation = _decode.page(answer.document)
    return rows, continuation, answer.retry_after
