"""The walk over the pages of a list."""

import pytest

from tests.tokens.azure_devops.people import Naps
from tests.tokens.azure_devops.service import Service, answer, call, exchange
from tests.tokens.azure_devops.wire import page, result, row
from tokens.azure_devops import BrokenAnswer, PatMetadata, Refused
from tokens.azure_devops._answer import Answer, Silence
from tokens.azure_devops._exchange import PAGE_CAP

FAILED = answer(503)
REJECTED = answer(401)


def pages(*results: Answer | Silence, naps: Naps) -> tuple[Service, list[PatMetadata]]:
    service = Service(*results)
    return service, [found for rows in exchange(service, naps).pages(call("GET")) for found in rows]


def test_a_walk_repeats_the_first_question_on_every_page(naps: Naps) -> None:
    service, rows = pages(
        answer(200, page(row(), continuation="a b")),
        answer(200, page(row(), continuation="c")),
        answer(200, page()),
        naps=naps,
    )
    assert len(rows) == 2
    assert [sent.params.get("continuationToken") for sent in service.calls] == [None, "a b", "c"]
    assert {sent.params["$top"] for sent in service.calls} == {"100"}


def test_a_walk_slows_down_when_a_page_asks_for_it(naps: Naps) -> None:
    pages(answer(200, page(continuation="a"), **{"retry-after": "3"}), answer(200, page()), naps=naps)
    assert naps.taken == [3]


def test_a_walk_in_a_circle_is_broken_off(naps: Naps) -> None:
    circle = [answer(200, page(row(), continuation=text)) for text in ("a", "b", "a")]
    with pytest.raises(BrokenAnswer, match="circle"):
        pages(*circle, naps=naps)


def test_a_walk_without_end_is_broken_off(naps: Naps) -> None:
    endless = [answer(200, page(continuation=str(number))) for number in range(PAGE_CAP + 1)]
    service = Service(*endless)
    with pytest.raises(BrokenAnswer, match="pages"):
        list(exchange(service, naps).pages(call("GET")))
    assert len(service.calls) == PAGE_CAP


def test_each_page_has_its_own_repeats_and_fresh_access_token(naps: Naps) -> None:
    first = (FAILED, FAILED, answer(200, page(continuation="a")))
    second = (FAILED, FAILED, REJECTED, answer(200, page(row())))
    service, rows = pages(*first, *second, naps=naps)
    assert len(rows) == 1
    assert service.bearers[-1] == "bearer-2"


def test_a_walk_that_fails_midway_is_no_list(naps: Naps) -> None:
    with pytest.raises(Refused):
        pages(
            answer(200, page(row(), continuation="a")), answer(200, result(None, "accessDenied")), naps=naps
        )
