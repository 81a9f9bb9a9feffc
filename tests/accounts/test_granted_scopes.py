"""Scopes that came back against scopes that are needed."""

import pytest

from accounts.granted_scopes import compare_scopes

RESOURCE = "499b84ac-1321-427f-aa17-267ca6975798"
DEFAULT = f"{RESOURCE}/.default"
NARROW = f"{RESOURCE}/vso.pats {RESOURCE}/vso.pats_manage"


@pytest.mark.parametrize(
    ("granted", "asked", "missing", "excess"),
    [
        (f"{DEFAULT} {NARROW} openid profile offline_access", DEFAULT, "", ""),
        (f"{DEFAULT} {RESOURCE}/user_impersonation", DEFAULT, "", ""),
        (NARROW, NARROW, "", ""),
        (f"{NARROW} email", NARROW, "", ""),
        (f"{RESOURCE}/vso.pats", DEFAULT, "vso.pats_manage", ""),
        (DEFAULT, DEFAULT, "vso.pats vso.pats_manage", ""),
        (f"{NARROW} {RESOURCE}/vso.code_full", DEFAULT, "", "vso.code_full"),
        (f"{NARROW} {RESOURCE}/user_impersonation", NARROW, "", "user_impersonation"),
        (f"{RESOURCE}/vso.build", NARROW, "vso.pats vso.pats_manage", "vso.build"),
    ],
)
def test_it_finds_what_is_missing_and_what_is_too_much(
    granted: str, asked: str, missing: str, excess: str
) -> None:
    difference = compare_scopes(granted.split(), asked=asked.split())
    assert " ".join(difference.missing) == missing
    assert " ".join(difference.excess) == excess
    assert difference.is_none is not bool(missing or excess)
