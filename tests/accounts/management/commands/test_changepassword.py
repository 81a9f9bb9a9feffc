"""There are no passwords."""

import pytest
from django.core.management import CommandError, call_command, get_commands


@pytest.mark.parametrize("arguments", [[], ["somebody", "--database", "default"]])
def test_it_refuses_with_a_sentence(arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="no passwords"):
        call_command("changepassword", *arguments)


def test_it_stands_in_front_of_djangos() -> None:
    assert get_commands()["changepassword"] == "accounts"
