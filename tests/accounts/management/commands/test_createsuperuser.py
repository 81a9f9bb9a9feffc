"""There are no superusers."""

import pytest
from django.core.management import CommandError, call_command, get_commands


@pytest.mark.parametrize("arguments", [[], ["--noinput", "--username", "x", "--email", "y"]])
def test_it_refuses_with_a_sentence(arguments: list[str]) -> None:
    with pytest.raises(CommandError, match=r"no superusers\. Assign the app role"):
        call_command("createsuperuser", *arguments)


def test_it_stands_in_front_of_djangos() -> None:
    assert get_commands()["createsuperuser"] == "accounts"
