"""The portal's address, the hosts it trusts, and what Entra has to know of it."""

from typing import Any

import pytest

from accounts.diagnosis._portal import address, addresses_to_register, trusted_hosts
from patportal.lib.findings import Level


@pytest.mark.parametrize(
    ("url", "level"),
    [
        ("https://pats.example.com", Level.OK),
        ("http://127.0.0.1:8000", Level.NOTE),
        ("http://pats.example.com", Level.PROBLEM),
    ],
)
def test_the_address_is_encrypted_but_on_this_machine(settings: Any, url: str, level: Level) -> None:
    settings.PORTAL_BASE_URL = url
    (finding,) = address()
    assert (finding.level, url in finding.found) == (level, True)


@pytest.mark.parametrize(
    ("is_allowed", "host", "level"),
    [
        (False, "login.microsoftonline.com", Level.OK),
        (True, "127.0.0.1", Level.NOTE),
        (True, "entra.example", Level.WARNING),
    ],
)
def test_other_hosts_are_warned_of_outside_this_machine(
    settings: Any, is_allowed: bool, host: str, level: Level
) -> None:
    settings.ALLOW_OTHER_HOSTS = is_allowed
    settings.ENTRA_AUTHORITY = f"https://{host}/tenant"
    settings.AZURE_DEVOPS_URL = settings.AZURE_DEVOPS_VSSPS_URL = f"https://{host}"
    (finding,) = trusted_hosts()
    assert finding.level is level
    assert (host in finding.found) or level is Level.NOTE


def test_it_tells_what_to_register(settings: Any) -> None:
    settings.PORTAL_BASE_URL = "https://pats.example.com"
    found = addresses_to_register()
    assert {one.level for one in found} == {Level.NOTE}
    told = " ".join(one.found for one in found)
    for path in ("/getAToken", "/signed-out", "/sign-out/front-channel"):
        assert f"https://pats.example.com{path} " in told
