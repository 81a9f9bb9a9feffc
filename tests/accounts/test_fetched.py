"""Copies that outlive outages."""

from threading import Event, Thread

import pytest

from accounts.errors import EntraUnreachable
from accounts.fetched import LIFE_SECONDS, PAUSE_SECONDS, KeptCopy


class Source:
    """Counts fetches, and fails while told to."""

    def __init__(self) -> None:
        self.count = 0
        self.is_down = False
        self.now = 1000.0

    def fetch(self) -> int:
        self.count += 1
        if self.is_down:
            raise EntraUnreachable
        return self.count

    def copy(self) -> KeptCopy[int]:
        return KeptCopy("test", self.fetch, clock=lambda: self.now)


@pytest.fixture
def source() -> Source:
    return Source()


def test_it_fetches_once_a_day(source: Source) -> None:
    copy = source.copy()
    assert [copy.get(), copy.get()] == [1, 1]
    source.now += LIFE_SECONDS - 1
    assert copy.get() == 1
    source.now += 1
    assert copy.get() == 2


def test_it_fails_only_without_any_copy(source: Source) -> None:
    copy = source.copy()
    source.is_down = True
    with pytest.raises(EntraUnreachable):
        copy.get()
    source.is_down = False
    assert copy.get() == 2


def test_the_old_copy_serves_through_an_outage_with_pauses(source: Source) -> None:
    copy = source.copy()
    copy.get()
    source.is_down = True
    source.now += LIFE_SECONDS
    assert [copy.get(), copy.get(), copy.get()] == [1, 1, 1]
    assert source.count == 2
    source.now += PAUSE_SECONDS
    source.is_down = False
    assert copy.get() == 3


def test_a_renewal_happens_at_most_once_a_minute(source: Source) -> None:
    copy = source.copy()
    copy.get()
    assert copy.renewed() == 1
    source.now += PAUSE_SECONDS
    assert [copy.renewed(), copy.renewed()] == [2, 2]


def test_nobody_with_a_copy_waits_for_a_slow_fetch() -> None:
    is_fetching, may_end = Event(), Event()
    now = [1000.0]
    fetched: list[str] = []

    def fetch() -> str:
        if not fetched:
            fetched.append("first")
            return "first"
        is_fetching.set()
        assert may_end.wait(10)
        return "second"

    copy = KeptCopy("test", fetch, clock=lambda: now[0])
    copy.get()
    now[0] += LIFE_SECONDS
    thread = Thread(target=copy.get)
    thread.start()
    assert is_fetching.wait(10)
    assert copy.get() == "first"
    may_end.set()
    thread.join(10)
    assert copy.get() == "second"
