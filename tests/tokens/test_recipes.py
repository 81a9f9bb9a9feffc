"""The templates for new PATs: known scopes, no more than each job needs, no longer than links may ask for."""

from tokens import rules, scopes
from tokens.recipes import RECIPES


def test_they_are_offered_in_this_order() -> None:
    assert list(RECIPES) == ["code-read", "package-read", "work-items", "build-agent", "custom"]


def test_each_chooses_offered_scopes_and_none_twice() -> None:
    offered = {scope.code for members in scopes.offered().values() for scope in members}
    for recipe in RECIPES.values():
        assert set(recipe.scopes) <= offered - {scopes.FULL_ACCESS}, recipe.slug
        assert scopes.without_included(recipe.scopes) == sorted(recipe.scopes), recipe.slug
        assert len(recipe.scopes) < 2, recipe.slug


def test_only_the_agent_needs_what_is_powerful_and_for_a_week() -> None:
    powerful = {
        one.slug: one.days for one in RECIPES.values() if any(map(scopes.is_high_privilege, one.scopes))
    }
    assert powerful == {"build-agent": 7}


def test_none_lives_longer_than_by_default() -> None:
    for recipe in RECIPES.values():
        assert recipe.days <= rules.DEFAULT_LIFE_DAYS, recipe.slug
        assert recipe.sentence.endswith("."), recipe.slug
