"""A call: what follows from its method."""

import pytest

from tokens.azure_devops._call import Call, Method


@pytest.mark.parametrize(
    ("method", "is_write", "is_repeatable"),
    [("GET", False, True), ("POST", True, False), ("DELETE", True, True)],
)
def test_only_a_create_must_not_be_repeated(method: Method, is_write: bool, is_repeatable: bool) -> None:
    call = Call(method, "https://example.test", "contoso", {})
    assert (call.is_write, call.is_repeatable) == (is_write, is_repeatable)
