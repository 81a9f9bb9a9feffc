"""The exchange: what is sent again, with which access token, and what the end of it means."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tokens.azure_devops.people import AccessTokens, Clock, Naps, SignInNeeded
from tests.tokens.azure_devops.service import ATTEMPT_SECONDS, Service, answer, call, exchange
from tests.tokens.azure_devops.wire import result, row
from tokens.azure_devops import (
    AzureDevOpsError,
    BrokenAnswer,
    Forbidden,
    OutcomeUnknown,
    Refused,
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


METHODS: list[Method] = ["GET", "POST", "PUT", "DELETE"]
DONE = answer(200, result(row(token=Secret("made-up"))))
REJECTED = answer(401)
FAILED = answer(503)


def status_of(answer: Answer) -> int:
    return answer.status


def decoded(answer: Answer) -> object:
    return _decode.pat(answer.document)


@pytest.mark.parametrize("method", METHODS)
def test_a_rejected_access_token_is_replaced_once(method: Method, naps: Naps) -> None:
    service, source = Service(REJECTED, DONE), AccessTokens()
    assert exchange(service, naps, source).ask(call(method), status_of) == 200
    assert service.bearers == ["bearer-1", "bearer-2"]
    assert source.asked == [False, True]
    assert naps.taken == []


@pytest.mark.parametrize("method", METHODS)
def test_a_fresh_access_token_that_is_rejected_ends_it(method: Method, naps: Naps) -> None:
    service = Service(REJECTED, REJECTED)
    with pytest.raises(Rejected):
        exchange(service, naps).ask(call(method), status_of)
    assert len(service.calls) == 2


@pytest.mark.parametrize("fails_at", [1, 2])
@pytest.mark.parametrize("method", METHODS)
def test_what_the_source_of_access_tokens_raises_passes_through(
    method: Method, fails_at: int, naps: Naps
) -> None:
    service = Service(REJECTED)
    with pytest.raises(SignInNeeded):
        exchange(service, naps, AccessTokens(fails_at=fails_at)).ask(call(method), status_of)
    assert len(service.calls) == fails_at - 1


@pytest.mark.parametrize("text", ["", "a b", "a\r\nX: y", "\u00e9", "a\0"])
def test_text_that_is_no_access_token_is_not_sent_and_not_shown(text: str, naps: Naps) -> None:
    def source(*, fresh: bool = False, claims: str = "") -> str:
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


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("result", [LOST, FAILED, answer(503, retry_after="1"), answer(200)])
def test_an_unknown_outcome_is_never_repeated(method: Method, result: Answer | Silence, naps: Naps) -> None:
    service = Service(result, DONE)
    with pytest.raises(OutcomeUnknown):
        exchange(service, naps).ask(call(method), decoded)
    assert len(service.calls) == 1
    assert naps.taken == []


PASSING = [
    (UNSENT, Unreachable, 3),
    (answer(429), Throttled, 3),
    (answer(429, retry_after="1"), Throttled, 3),
    (answer(200, result(None, "failedToReadOrgPolicy")), Refused, 3),
    (answer(400, result(None, "failedToReadTenantPolicy")), Refused, 3),
    (answer(200, result(None, "failedToIssueAccessToken")), Refused, 2),
    (answer(200, result(None, "invalidScope")), Refused, 1),
    (answer(200, result(None, "aCodeOfTomorrow")), Refused, 1),
    (answer(403), Forbidden, 1),
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("result", "kind", "attempts"), PASSING)
def test_what_certainly_had_no_effect_may_be_tried_again(
    method: Method, result: Answer | Silence, kind: type[AzureDevOpsError], attempts: int, naps: Naps
) -> None:
    if attempts > 1:
        service = Service(result, DONE)
        assert exchange(service, naps).ask(call(method), status_of) == 200
        assert len(naps.taken) == 1
    service = Service(*[result] * attempts, DONE)
    with pytest.raises(kind):
        exchange(service, naps).ask(call(method), status_of)
    assert len(service.calls) == attempts


def test_a_write_that_was_throttled_and_then_lost_has_an_unknown_outcome(naps: Naps) -> None:
    with pytest.raises(OutcomeUnknown):
        exchange(Service(answer(429), LOST, DONE), naps).ask(call("POST"), status_of)


def test_a_refusal_that_names_a_time_is_repeated_then(naps: Naps) -> None:
    service = Service(answer(200, result(None, "failedToReadOrgPolicy"), retry_after="9"), DONE)
    assert exchange(service, naps).ask(call("POST"), status_of) == 200
    assert naps.taken == [9]


@pytest.mark.parametrize(
    ("result", "kind"), [(LOST, OutcomeUnknown), (UNSENT, Unreachable), (FAILED, OutcomeUnknown)]
)
def test_a_create_with_a_fresh_access_token_is_judged_like_the_first(
    result: Answer | Silence, kind: type[AzureDevOpsError], naps: Naps
) -> None:
    with pytest.raises(kind):
        exchange(Service(REJECTED, *[result] * 3), naps).ask(call("POST"), status_of)


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

    def slow(*, fresh: bool = False, claims: str = "") -> str:
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
    method=st.sampled_from(["POST", "PUT", "DELETE"]),
    results=st.lists(RESULTS, min_size=8, max_size=8),
    durations=st.lists(st.floats(0, ATTEMPT_SECONDS), min_size=8, max_size=8),
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

    def source(*, fresh: bool = False, claims: str = "") -> str:
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
    unknown = [result in (LOST, FAILED) for result in results[: len(spans)]]
    assert method == "DELETE" or not any(unknown[:-1])


def ends_unknown(exchange: Exchange, call: Call) -> bool:
    try:
        exchange.ask(call, status_of)
    except AzureDevOpsError as error:
        return isinstance(error, OutcomeUnknown)
    return False


# --- Claims challenges, other directories, lanes ---------------------------------------------------

CHALLENGE = answer(401, www_authenticate='Bearer error="insufficient_claims", claims="eyJhIjoxfQ=="')


@pytest.mark.parametrize("method", METHODS)
def test_a_claims_challenge_goes_to_the_source_with_the_one_that_was_refused(
    method: Method, naps: Naps
) -> None:
    service, source = Service(CHALLENGE, DONE), AccessTokens()
    assert exchange(service, naps, source).ask(call(method), status_of) == 200
    assert (source.asked, source.claims) == ([False, True], ["", "eyJhIjoxfQ=="])


def test_a_second_challenge_lets_the_source_say_what_it_means(naps: Naps) -> None:
    service, source = Service(CHALLENGE, CHALLENGE), AccessTokens(fails_at=3)
    with pytest.raises(SignInNeeded):
        exchange(service, naps, source).ask(call("GET"), status_of)
    assert source.claims == ["", "eyJhIjoxfQ==", "eyJhIjoxfQ=="]
    assert len(service.calls) == 2


def test_a_second_challenge_that_the_source_has_no_word_for_is_a_rejection(naps: Naps) -> None:
    service = Service(CHALLENGE, CHALLENGE, CHALLENGE)
    with pytest.raises(Rejected) as caught:
        exchange(service, naps).ask(call("GET"), status_of)
    assert caught.value.claims == "eyJhIjoxfQ=="
    assert service.bearers == ["bearer-1", "bearer-2", "bearer-3"]


@pytest.mark.parametrize("method", METHODS)
def test_a_challenge_that_comes_late_and_is_answered_gets_its_attempt(method: Method, naps: Naps) -> None:
    service, source = Service(REJECTED, CHALLENGE, DONE), AccessTokens()
    assert exchange(service, naps, source).ask(call(method), status_of) == 200
    assert service.bearers == ["bearer-1", "bearer-2", "bearer-3"]
    assert source.claims == ["", "", "eyJhIjoxfQ=="]


def test_a_late_challenge_that_comes_again_lets_the_source_say_what_it_means(naps: Naps) -> None:
    service, source = Service(REJECTED, CHALLENGE, CHALLENGE), AccessTokens(fails_at=4)
    with pytest.raises(SignInNeeded):
        exchange(service, naps, source).ask(call("GET"), status_of)
    assert len(service.calls) == 3


def test_a_late_challenge_waits_for_another_call_where_no_time_is_left(naps: Naps) -> None:
    clock, answers = Clock(), iter([REJECTED, CHALLENGE])

    def send(_call: Call, _bearer: Secret) -> Answer:
        clock.advance(ATTEMPT_SECONDS)
        return next(answers)

    patience = Patience(attempt_seconds=ATTEMPT_SECONDS, until=2 * ATTEMPT_SECONDS, clock=clock, sleep=naps)
    with pytest.raises(Unreachable):
        Exchange(send=send, access_token=AccessTokens(), patience=patience).ask(call("POST"), status_of)


def test_a_challenge_that_comes_with_the_second_refusal_alone_is_passed_on_too(naps: Naps) -> None:
    source = AccessTokens(fails_at=3)
    with pytest.raises(SignInNeeded):
        exchange(Service(REJECTED, CHALLENGE), naps, source).ask(call("GET"), status_of)
    assert source.claims == ["", "", "eyJhIjoxfQ=="]


HOME, ELSEWHERE = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize("status", [203, 302, 401, 403, 429])
@pytest.mark.parametrize("method", METHODS)
def test_another_directorys_organization_is_left_at_once(method: Method, status: int, naps: Naps) -> None:
    service, source = Service(answer(status, x_vss_resourcetenant=str(ELSEWHERE))), AccessTokens()
    whole = Exchange(
        send=service,
        access_token=source,
        patience=Patience(attempt_seconds=1, clock=Clock(), sleep=naps),
        tenant_id=HOME,
    )
    with pytest.raises(Rejected) as caught:
        whole.ask(call(method), status_of)
    assert caught.value.is_other_tenant
    assert (source.asked, naps.taken) == ([False], [])


def test_another_directorys_challenge_is_not_passed_on_even_after_a_rejection(naps: Naps) -> None:
    foreign = answer(
        401,
        www_authenticate='Bearer error="insufficient_claims", claims="eyJhIjoxfQ=="',
        x_vss_resourcetenant=str(ELSEWHERE),
    )
    for service in (Service(foreign), Service(REJECTED, foreign)):
        source = AccessTokens()
        whole = Exchange(
            send=service,
            access_token=source,
            patience=Patience(attempt_seconds=1, clock=Clock(), sleep=naps),
            tenant_id=HOME,
        )
        with pytest.raises(Rejected) as caught:
            whole.ask(call("POST"), status_of)
        assert caught.value.is_other_tenant
        assert set(source.claims) == {""}


class Lane:
    """Writes down when it is entered and left; refuses from the `full_from`th time on."""

    def __init__(self, *, full_from: int = 99) -> None:
        self.record: list[str] = []
        self._full_from = full_from

    @contextmanager
    def __call__(self) -> Iterator[None]:
        if self.record.count("enter") + 1 >= self._full_from:
            raise TooMany
        self.record.append("enter")
        try:
            yield
        finally:
            self.record.append("leave")


class TooMany(Exception):
    """Stands for what the portal's own lanes raise."""


def in_lane(lane: Lane, service: Callable[[Call, Secret], Answer | Silence], naps: Naps) -> Exchange:
    patience = Patience(attempt_seconds=1, clock=Clock(), sleep=naps)
    return Exchange(send=service, access_token=AccessTokens(), patience=patience, lane=lane)


def test_a_lane_is_held_during_a_request_with_its_repeats_and_not_in_between(naps: Naps) -> None:
    lane = Lane()
    whole = in_lane(lane, Service(FAILED, FAILED, REJECTED, DONE), naps)
    assert whole.ask(call("GET"), status_of) == 200
    assert lane.record == ["enter", "leave", "enter", "leave"]


def test_a_lane_is_left_whatever_happens(naps: Naps) -> None:
    def fail(_call: Call, _bearer: Secret) -> Answer:
        raise ZeroDivisionError

    lane = Lane()
    with pytest.raises(ZeroDivisionError):
        in_lane(lane, fail, naps).ask(call("GET"), status_of)
    assert lane.record == ["enter", "leave"]


@pytest.mark.parametrize("full_from", [1, 2])
def test_what_a_lane_raises_passes_through_and_nothing_is_sent(full_from: int, naps: Naps) -> None:
    service = Service(REJECTED, DONE)
    with pytest.raises(TooMany):
        in_lane(Lane(full_from=full_from), service, naps).ask(call("POST"), status_of)
    assert len(service.calls) == full_from - 1


def test_a_document_that_cannot_be_decoded_names_the_flaw(naps: Naps) -> None:
    service = Service(answer(200, result(row(validTo=17))))
    with pytest.raises(BrokenAnswer, match="validTo"):
        exchange(service, naps).ask(call("GET"), lambda answer: _decode.pat(answer.document))
