"""Copies that outlive outages."""

from threading import Event, Thread

import pytest

from accounts.errors import AccountsError, EntraUnreachable, PortalMisconfigured
from accounts.fetched import FAILURE_SECONDS, LIFE_SECONDS, PAUSE_SECONDS, KeptCopy


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


def test_what_is_kept_can_be_seen_without_a_fetch(source: Source) -> None:
    copy = source.copy()
    assert (copy.kept, source.count) == (None, 0)
    copy.get()
    source.now += 2 * LIFE_SECONDS
    assert (copy.kept, source.count) == (1, 1)


def test_it_fails_only_without_any_copy(source: Source) -> None:
    copy = source.copy()
    source.is_down = True
    with pytest.raises(EntraUnreachable):
        copy.get()
    source.is_down = False
    source.now += FAILURE_SECONDS
    assert copy.get() == 2


def test_a_failure_counts_for_some_seconds(source: Source) -> None:
    copy = source.copy()
    source.is_down = True
    for seconds in (0, FAILURE_SECONDS - 1):
        source.now += seconds
        with pytest.raises(EntraUnreachable):
            copy.get()
        with pytest.raises(EntraUnreachable):
            copy.renewed()
    assert source.count == 1
    source.now += 1
    with pytest.raises(EntraUnreachable):
        copy.get()
    assert source.count == 2


def test_everybody_hears_the_whole_failure() -> None:
    def fetch() -> str:
        raise PortalMisconfigured("the issuer", aadsts=90002, correlation_id="c")

    copy = KeptCopy("test", fetch, clock=lambda: 1000.0)
    heard: list[AccountsError] = []
    for _ in range(3):
        with pytest.raises(PortalMisconfigured) as caught:
            copy.get()
        heard.append(caught.value)
    assert {(str(one), one.aadsts, one.correlation_id) for one in heard} == {("the issuer", 90002, "c")}
    assert len({id(one) for one in heard}) == 3


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


class BlackHole:
    """A source that hangs until it is told to fail."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.count = 0
        self.is_fetching, self.may_end = Event(), Event()
        self.copy = KeptCopy("test", self.fetch, clock=lambda: self.now)
        self.failures: list[AccountsError] = []

    def fetch(self) -> str:
        self.count += 1
        self.is_fetching.set()
        assert self.may_end.wait(10)
        raise EntraUnreachable

    def ask(self) -> None:
        try:
            self.copy.get()
        except EntraUnreachable as exc:
            self.failures.append(exc)

    def ask_in_threads(self, number: int) -> list[Thread]:
        threads = [Thread(target=self.ask) for _ in range(number)]
        for thread in threads:
            thread.start()
        return threads


def test_whoever_waited_for_a_failure_does_not_try_one_after_another() -> None:
    hole = BlackHole()
    threads = hole.ask_in_threads(4)
    assert hole.is_fetching.wait(10)
    hole.may_end.set()
    for thread in threads:
        thread.join(10)
    assert (len(hole.failures), hole.count) == (4, 1)


def test_after_a_failure_one_tries_and_nobody_waits() -> None:
    hole = BlackHole()
    hole.may_end.set()
    hole.ask()
    hole.now += FAILURE_SECONDS
    hole.may_end.clear()
    hole.is_fetching.clear()
    threads = hole.ask_in_threads(1)
    assert hole.is_fetching.wait(10)
    hole.ask()  # would wait for ever
    assert len(hole.failures) == 2
    hole.may_end.set()
    threads[0].join(10)
    assert (len(hole.failures), hole.count) == (3, 2)
