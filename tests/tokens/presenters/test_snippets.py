"""Which tools a PAT is offered for."""

import pytest

from tokens.presenters import snippet_views


def split(codes: list[str]) -> tuple[list[str], dict[str, str]]:
    """Return the usable tools, and what the others lack."""
    views = snippet_views("fabrikam", codes)
    usable = [view.snippet.id for view in views if not view.lacks]
    assert [view.snippet.id for view in views][: len(usable)] == usable
    return usable, {view.snippet.id: view.lacks for view in views if view.lacks}


@pytest.mark.parametrize(
    ("codes", "usable"),
    [
        (["vso.code"], ["git", "curl"]),
        (["vso.code_full"], ["git", "curl"]),
        (["vso.packaging_manage"], ["npm", "nuget", "pip", "maven", "curl"]),
        (["vso.environment_manage"], ["curl", "agent"]),
        (["vso.agentpools"], ["curl"]),
        (["vso.wiki"], ["curl"]),
        (["app_token"], ["git", "npm", "nuget", "pip", "maven", "curl", "agent"]),
    ],
)
def test_what_the_scopes_allow_comes_first(codes: list[str], usable: list[str]) -> None:
    assert split(codes)[0] == usable


def test_what_is_lacking_is_said_in_words() -> None:
    lacking = split(["vso.wiki"])[1]
    assert lacking["git"] == "Code (read)"
    assert lacking["npm"] == "Packaging (read)"
    assert "Agent pools (manage)" in lacking["agent"]


def test_an_organization_with_an_odd_name_gets_no_text() -> None:
    assert snippet_views("it's odd", ["vso.code"]) == []
