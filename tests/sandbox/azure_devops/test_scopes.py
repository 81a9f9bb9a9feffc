"""Scope strings of PATs."""

from __future__ import annotations

import pytest

from sandbox.azure_devops import scopes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vso.work vso.code", "vso.code vso.work"),
        (" vso.code  vso.code ", "vso.code"),
        ("app_token", "app_token"),
        ("vso.extension.data_write", "vso.extension.data_write"),
        ("vso.symbols_manage vso.variablegroups_read", "vso.symbols_manage vso.variablegroups_read"),
    ],
)
def test_known_scopes_are_put_in_order(text: str, expected: str) -> None:
    assert scopes.normalised(text) == expected


@pytest.mark.parametrize(
    "text", ["", "  ", "vso.pats", "user_impersonation", "vso.code,vso.work", "VSO.CODE"]
)
def test_anything_else_is_unknown(text: str) -> None:
    assert scopes.normalised(text) is None


def test_no_family_has_a_made_up_name() -> None:
    # Families whose bare name is no scope are listed one by one instead.
    assert not {"vso.auditstreams", "vso.environment", "vso.machinegroup", "vso.securefiles"} & scopes.KNOWN
    assert len(scopes.KNOWN) == 86
