"""The catalogue as the form offers it."""

from tokens import scopes
from tokens.presenters import scope_groups


def test_it_offers_every_scope_once_and_full_access_last() -> None:
    groups = scope_groups([])
    codes = [option.code for group in groups for option in group.options]
    assert len(codes) == len(set(codes))
    assert set(codes) == {scope.code for scope in scopes.CATALOGUE.values() if scope.is_offered}
    assert codes[-1] == scopes.FULL_ACCESS


def test_it_says_what_a_scope_contains_of_what_is_offered() -> None:
    options = {option.code: option for group in scope_groups([]) for option in group.options}
    full = options["vso.code_full"]
    assert full.includes[:2] == ["vso.code_manage", "vso.code_write"]
    assert full.includes_labels[:2] == ["Code (manage)", "Code (read and write)"]
    for option in options.values():
        assert set(option.includes) <= set(options)
        assert len(option.includes) == len(option.includes_labels)
        assert option.sentence.endswith(".")


def test_what_is_selected_is_marked_and_its_group_is_open() -> None:
    groups = {group.label: group for group in scope_groups({"vso.build", "unknown"})}
    assert [option.code for option in groups["Build"].options if option.is_selected] == ["vso.build"]
    assert groups["Build"].is_open
    assert not groups["Code"].is_open


def test_what_a_pat_has_comes_first() -> None:
    catalogue = [group.label for group in scope_groups({"vso.wiki", "vso.build"})]
    labels = [group.label for group in scope_groups({"vso.wiki", "vso.build"}, own=["vso.wiki"])]
    assert labels[:2] == ["Build", "Wiki"] != catalogue[:2]
    assert sorted(labels) == sorted(catalogue)
    odd = scope_groups({"vso.wiki", "vso.odd"}, own=["vso.wiki", "vso.odd"])
    assert [group.label for group in odd if group.is_open] == ["Wiki", "Other scopes that it has"]
