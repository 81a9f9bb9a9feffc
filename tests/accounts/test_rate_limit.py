"""A count per minute and address, in bounded memory."""

from __future__ import annotations

from threading import Thread

from accounts.rate_limit import RateLimit


def test_it_lets_so_many_through_per_minute_and_address() -> None:
    limit = RateLimit(per_minute=3, most_addresses=10)
    assert [limit.allows("192.0.2.1", now=100 + second) for second in range(5)] == [True] * 3 + [False] * 2
    assert limit.allows("192.0.2.2", now=105)
    assert not limit.allows("192.0.2.1", now=159.9)
    assert limit.allows("192.0.2.1", now=160)


def test_whoever_has_a_whole_network_has_one_count() -> None:
    limit = RateLimit(per_minute=1, most_addresses=10)
    assert limit.allows("2001:db8:0:1::1", now=0)
    assert not limit.allows("2001:db8:0:1:ffff::2", now=0)
    assert limit.allows("2001:db8:0:2::1", now=0)


def test_those_without_an_address_share_a_count() -> None:
    limit = RateLimit(per_minute=1, most_addresses=10)
    assert [limit.allows(address, now=0) for address in ("", "nonsense")] == [True, False]


def test_it_remembers_so_many_addresses_and_forgets_the_most_silent() -> None:
    limit = RateLimit(per_minute=1, most_addresses=100)
    for number in range(1_000):
        assert limit.allows(f"10.0.{number // 250}.{number % 250}", now=number / 100)
        limit.allows("192.0.2.1", now=number / 100)
    assert len(limit._counts) == 100
    assert not limit.allows("192.0.2.1", now=10)
    assert limit.allows("10.0.0.0", now=10)


def test_threads_share_the_count() -> None:
    limit = RateLimit(per_minute=50, most_addresses=10)
    passed: list[bool] = []

    def ask() -> None:
        passed.extend(limit.allows("192.0.2.1", now=0) for _ in range(40))

    threads = [Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (len(passed), sum(passed)) == (200, 50)
