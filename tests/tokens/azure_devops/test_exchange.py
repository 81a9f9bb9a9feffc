"""The exchange: what is sent again, with which access token, and what the end of it means."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tokens.azure_devops.people import AccessTokens, Clock, Naps, SignInNeeded
from tests.tokens.azure_devops.service import ATTEMPT_SECONDS, Service, answer, call, exchange
from tests.tokens.azure_devops.wire import result, row
from tokens.azure_devops import (
    AzureDevOpsError,
    BrokenAnswer,
    OutcomeUnknown,
    Rejected,
    Secret,
    ServiceFailed,
    Throttled,
    Unreachable,
    _decode,
)
from tokens.azure_devops._answer import Answer, Silence
from tokens.azure_devops._call import Call, Method
from tokens.azure_devops._exchange import Exchange
from tokens.azure_devops._patience import Patience

LOST = Silence(reason="ConnectionResetError", is_sent=True)
UNSENT = Silence(reason="ConnectionRefusedError", is_sent=False)


DONE = answer(200, result(row(token=Secret("made-up"))))
REJECTED = answer(401)
FAILED = answer(503)


def status_of(answer: Answer) -> int:
    return answer.status


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_rejected_access_token_is_replaced_once(method: Method, naps: Naps) -> None:
    service, source = Service(REJECTED, DONE), AccessTokens()
    assert exchange(service, naps, source).ask(call(method), status_of) == 200
    assert service.bearers == ["bearer-1", "bearer-2"]
    assert source.asked == [False, True]
    assert naps.taken == []


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_fresh_access_token_that_is_rejected_ends_it(method: Method, naps: Naps) -> None:
    service = Service(REJECTED, REJECTED)
    with pytest.raises(Rejected):
        exchange(service, naps).ask(call(method), status_of)
    assert len(service.calls) == 2


@pytest.mark.parametrize("fails_at", [1, 2])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_the_source_of_access_tokens_raises_passes_through(
    method: Method, fails_at: int, naps: Naps
) -> None:
    service = Service(REJECTED)
    with pytest.raises(SignInNeeded):
        exchange(service, naps, AccessTokens(fails_at=fails_at)).ask(call(method), status_of)
    assert len(service.calls) == fails_at - 1


@pytest.mark.parametrize("text", ["", "a b", "a\r\nX: y", "\u00e9", "a\0"])
def test_text_that_is_no_access_token_is_not_sent_and_not_shown(text: str, naps: Naps) -> None:
    def source(*, fresh: bool = False) -> str:
        return text

    service = Service()
    patience = Patience(attempt_seconds=1, clock=Clock(), sleep=naps)
    with pytest.raises(ValueError, match="access tokens") as caught:
        Exchange(send=service, access_token=source, patience=patience).ask(call("GET"), status_of)
    assert caught.value.args == ("The source of access tokens gave something that is none.",)
    assert service.calls == []


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("result", [FAILED, LOST, UNSENT, answer(429), answer(408)])
def test_what_does_no_harm_is_tried_three_times(method: Method, result: Answer | Silence, naps: Naps) -> None:
    service = Service(result, result, DONE)
    assert exchange(service, naps).ask(call(method), status_of) == 200
    assert len(naps.taken) == 2


@pytest.mark.parametrize(
    ("method", "result", "kind"),
    [
        ("GET", FAILED, ServiceFailed),
        ("GET", LOST, Unreachable),
        ("GET", answer(429), Throttled),
        ("DELETE", FAILED, OutcomeUnknown),
        ("DELETE", LOST, OutcomeUnknown),
        ("DELETE", UNSENT, Unreachable),
        ("DELETE", answer(429), Throttled),
    ],
)
def test_three_failures_are_enough(
    method: Method, result: Answer | Silence, kind: type[AzureDevOpsError], naps: Naps
) -> None:
    service = Service(result, result, result, DONE)
    with pytest.raises(kind):
        exchange(service, naps).ask(call(method), status_of)
    assert len(service.calls) == 3


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (LOST, OutcomeUnknown),
        (FAILED, OutcomeUnknown),
        (answer(503, retry_after="1"), OutcomeUnknown),
        (UNSENT, Unreachable),
        (answer(429, retry_after="1"), Throttled),
        (answer(200), OutcomeUnknown),
    ],
)
def test_a_create_is_sent_once(result: Answer | Silence, kind: type[AzureDevOpsError], naps: Naps) -> None:
    service = Service(result, DONE)
    with pytest.raises(kind):
        exchange(service, naps).ask(call("POST"), status_of)
    assert len(service.calls) == 1
    assert naps.taken == []


@pytest.mark.parametrize(
    ("result", "kind"), [(LOST, OutcomeUnknown), (UNSENT, Unreachable), (FAILED, OutcomeUnknown)]
)
def test_a_create_with_a_fresh_access_token_is_judged_like_the_first(
    result: Answer | Silence, kind: type[AzureDevOpsError], naps: Naps
) -> None:
    with pytest.raises(kind):
        exchange(Service(REJECTED, result), naps).ask(call("POST"), status_of)


@pytest.mark.parametrize("later", [REJECTED, UNSENT, answer(403), answer(400), answer(429, retry_after="99")])
def test_a_later_refusal_does_not_undo_what_a_revoke_may_have_done(
    later: Answer | Silence, naps: Naps
) -> None:
    service, source = Service(LOST, later, later), AccessTokens()
    with pytest.raises(OutcomeUnknown):
        exchange(service, naps, source).ask(call("DELETE"), status_of)
    assert source.asked == [False]


@pytest.mark.parametrize("status", [200, 204, 404])
def test_a_revoke_that_was_lost_and_then_answered_is_answered(status: int, naps: Naps) -> None:
    assert exchange(Service(LOST, answer(status)), naps).ask(call("DELETE"), status_of) == status


def test_a_source_that_takes_too_long_leaves_no_time_to_send(naps: Naps) -> None:
    clock = Clock()

    def slow(*, fresh: bool = False) -> str:
        clock.advance(ATTEMPT_SECONDS + 1)
        return "bearer-1"

    service = Service(DONE)
    patience = Patience(attempt_seconds=ATTEMPT_SECONDS, until=2 * ATTEMPT_SECONDS, clock=clock, sleep=naps)
    with pytest.raises(Unreachable):
        Exchange(send=service, access_token=slow, patience=patience).ask(call("POST"), status_of)
    assert service.calls == []


RESULTS = st.sampled_from(
    [DONE, REJECTED, FAILED, LOST, UNSENT, answer(429, retry_after="8"), answer(429), answer(403)]
)


@settings(deadline=None)
@given(
    method=st.sampled_from(["POST", "DELETE"]),
    results=st.lists(RESULTS, min_size=6, max_size=6),
    durations=st.lists(st.floats(0, ATTEMPT_SECONDS), min_size=6, max_size=6),
    sourcing=st.lists(st.floats(0, 3 * ATTEMPT_SECONDS), min_size=2, max_size=2),
    oversleeping=st.floats(0, 5),
)
def test_no_attempt_of_a_write_ends_after_its_budget(
    method: Method,
    results: list[Answer | Silence],
    durations: list[float],
    sourcing: list[float],
    oversleeping: float,
) -> None:
    clock, budget = Clock(), 2 * ATTEMPT_SECONDS
    spans: list[tuple[float, float]] = []

    def send(call: Call, bearer: Secret) -> Answer | Silence:
        began_at = clock.time
        clock.advance(durations[len(spans)])
        spans.append((began_at, clock.time))
        return results[len(spans) - 1]

    def source(*, fresh: bool = False) -> str:
        clock.advance(sourcing[fresh])
        return "bearer-1"

    def sleep(seconds: float) -> None:
        clock.advance(seconds + oversleeping)

    patience = Patience(attempt_seconds=ATTEMPT_SECONDS, until=budget, clock=clock, sleep=sleep)
    whole = Exchange(send=send, access_token=source, patience=patience)
    is_unknown = ends_unknown(whole, call(method))
    assert is_unknown <= any(result in (LOST, FAILED) for result in results[: len(spans)])
    assert all(began_at + ATTEMPT_SECONDS <= budget for began_at, _ in spans)
    assert all(ended_at <= budget for _, ended_at in spans)
    assert len(spans) <= (2 if method == "POST" else 4)


def ends_unknown(exchange: Exchange, call: Call) -> bool:
    try:
        exchange.ask(call, status_of)
    except AzureDevOpsError as error:
        return isinstance(error, OutcomeUnknown)
    return False


def test_a_document_that_cannot_be_decoded_names_the_flaw(naps: Naps) -> None:
    service = Service(answer(200, result(row(validTo=17))))
    with pytest.raises(BrokenAnswer, match="validTo"):
        exchange(service, naps).ask(call("GET"), lambda answer: _decode.pat(answer.document))
