"""The portal's address, the hosts it trusts, and what Entra has to know of it."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.diagnosis._portal import address, addresses_to_register, background_access, trusted_hosts
from accounts.models import Grant, User
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


def test_it_tells_what_is_done_for_people_who_are_away(settings: Any, db: None) -> None:
    settings.BACKGROUND_ACCESS, settings.GRANT_MAX_DAYS = "full", 17
    (finding,) = background_access()
    assert finding.level is Level.OK
    assert "17 days after the last sign-in" in finding.found
    settings.BACKGROUND_ACCESS = "off"
    access, kept = background_access()
    assert (access.level, kept.level) == (Level.NOTE, Level.OK)
    assert "nothing is read or ended for people who are away" in access.found
    user = User.objects.create(tenant_id=uuid4(), object_id=uuid4())
    Grant.objects.create(user=user, key_id="k", sealed_cache=b"", interactive_at=timezone.now())
    assert background_access()[1].level is Level.WARNING
