"""Every error of the PAT API, and what the newest version says about it."""

from __future__ import annotations

import pytest

from sandbox.azure_devops import verdicts
from tests.sandbox.visitors import Visitor


def test_there_is_a_text_for_every_error() -> None:
    assert len(verdicts.MESSAGES) == 36  # the 37th value is "none"
    assert all(text.endswith(".") for text in verdicts.MESSAGES.values())


@pytest.mark.parametrize("error", [*verdicts.MESSAGES, "somethingNew"])
def test_every_error_comes_on_demand_with_a_message_in_the_newest_version(
    visitor: Visitor, error: str
) -> None:
    visitor.bearer()
    with visitor.tenant.fault("pats", verb="create", pat_error=error):
        old, new = visitor.create().json(), visitor.create(version="7.2-preview.1").json()
    assert old == {"patToken": None, "patTokenError": error}
    assert new.pop("patTokenErrorMessage")
    assert new == old
    assert visitor.tenant.pats() == []
