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
    assert full.nearest_label == "Code (manage)"
    # What comes along from another group is no news to anybody.
    assert options["vso.code"].nearest_label == ""
    for option in options.values():
        assert set(option.includes) <= set(options)
        assert not option.nearest_label or option.includes
        assert option.sentence.endswith(".")


def test_what_is_selected_is_marked_and_its_group_is_open() -> None:
    groups = {group.label: group for group in scope_groups({"vso.build", "unknown"})}
    assert [option.code for option in groups["Build"].options if option.is_selected] == ["vso.build"]
    assert groups["Build"].is_open
    assert groups["Build"].selected_count == 1
    assert not groups["Wiki"].is_open
    assert groups["Code"].is_open
    assert not groups["Code"].is_chosen


def test_what_a_link_wants_is_marked_in_an_open_group() -> None:
    groups = {group.label: group for group in scope_groups([], wanted=["vso.agentpools_manage"])}
    assert [one.code for one in groups["Agent pools"].options if one.is_wanted] == ["vso.agentpools_manage"]
    assert groups["Agent pools"].is_open
    assert not [
        one
        for group in scope_groups(["vso.wiki"], wanted=["vso.wiki"])
        for one in group.options
        if one.is_wanted
    ]


def test_a_powerful_scope_names_a_smaller_one_that_may_do() -> None:
    options = {option.code: option for group in scope_groups([]) for option in group.options}
    assert options["vso.packaging_write"].hint == (
        "If it only has to read feeds and download packages, Packaging (read) is enough."
    )
    assert options["vso.packaging"].hint == ""
    assert "choose single scopes" in options[scopes.FULL_ACCESS].hint


def test_what_a_pat_has_comes_first() -> None:
    catalogue = [group.label for group in scope_groups({"vso.wiki", "vso.build"})]
    labels = [group.label for group in scope_groups({"vso.wiki", "vso.build"}, own=["vso.wiki"])]
    assert labels[:2] == ["Build", "Wiki"] != catalogue[:2]
    assert sorted(labels) == sorted(catalogue)
    odd = scope_groups({"vso.wiki", "vso.odd"}, own=["vso.wiki", "vso.odd"])
    assert [group.label for group in odd if group.is_open] == ["Wiki", "Other scopes that it has"]
