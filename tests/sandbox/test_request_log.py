"""What reached a tenant, and how many calls a person had open at once."""

from __future__ import annotations

import threading

from sandbox.request_log import RequestLog
from tests.sandbox.visitors import Visitor


def test_calls_are_counted_while_they_are_open() -> None:
    log = RequestLog()
    with log.counted("t", "alice"), log.counted("t", "alice"), log.counted("t", "bob"):
        pass
    with log.counted("t", "alice"):
        pass
    assert log.most_at_once("t") == {"alice": 2, "bob": 1}
    log.forget_calls("t")
    assert log.most_at_once("t") == {"alice": 0, "bob": 0}
    log.forget("t")
    assert log.most_at_once("t") == {}


def test_a_failing_call_is_not_open_for_ever() -> None:
    log = RequestLog()
    try:
        with log.counted("t", "alice"):
            raise KeyError
    except KeyError:
        log.forget_calls("t")
    assert log.most_at_once("t") == {"alice": 0}


def test_the_most_calls_of_a_person_at_once_are_told(visitor: Visitor) -> None:
    visitor.bearer("alice")
    visitor.call(person="bob")
    threads = [threading.Thread(target=visitor.call) for _ in range(3)]
    with visitor.tenant.hold("three of them", verb="list", times=3):
        for thread in threads:
            thread.start()
        visitor.tenant.control.wait_for_hold("three of them", count=3)
    for thread in threads:
        thread.join(10)
    assert [visitor.tenant.most_calls_at_once(name) for name in ("alice", "bob", "carol")] == [3, 1, 0]
    visitor.tenant.forget_calls()
    assert visitor.tenant.most_calls_at_once("alice") == 0
