"""The catalogue of scopes."""

from hypothesis import given
from hypothesis import strategies as st

from tokens import scopes

CODES = st.lists(st.sampled_from(sorted(scopes.CATALOGUE)) | st.text(max_size=12), max_size=8)


def test_every_scope_is_told_in_words() -> None:
    for code, scope in scopes.CATALOGUE.items():
        assert code == scope.code == code.strip()
        assert scope.group
        assert scope.label
        assert scope.sentence.endswith(".")
    labels = [scope.label for scope in scopes.CATALOGUE.values()]
    assert len(labels) == len(set(labels))


def test_every_scope_includes_one_that_exists_and_none_itself() -> None:
    for scope in scopes.CATALOGUE.values():
        included = scopes.included_in(scope.code)
        assert scope not in included
        assert len(included) == len(set(included))


def test_inclusion_reaches_all_the_way_down() -> None:
    included = [one.code for one in scopes.included_in("vso.code_full")]
    assert included[:3] == ["vso.code_manage", "vso.code_write", "vso.code"]
    assert scopes.CATALOGUE[included[-1]].includes == ""
    assert scopes.included_in("invented") == []


def test_full_access_is_offered_last_and_risky() -> None:
    groups = list(scopes.offered().values())
    assert [scope.code for scope in groups[-1]] == [scopes.FULL_ACCESS]
    assert scopes.FULL_ACCESS not in {scope.code for members in groups[:-1] for scope in members}
    assert scopes.is_high_privilege(scopes.FULL_ACCESS)


def test_what_is_not_offered_is_still_told_in_words() -> None:
    offered = {scope.code for members in scopes.offered().values() for scope in members}
    kept_back = set(scopes.CATALOGUE) - offered
    assert kept_back
    assert all(not scopes.CATALOGUE[code].is_offered for code in kept_back)
    assert all(scopes.label_of(code) != code for code in kept_back)


def test_unknown_scopes_are_shown_raw_and_are_not_called_risky() -> None:
    assert scopes.label_of("vso.invented") == "vso.invented"
    assert not scopes.is_high_privilege("vso.invented")


@given(codes=CODES)
def test_what_is_contained_goes_and_nothing_else(codes: list[str]) -> None:
    left = scopes.without_included(codes)
    assert left == sorted(set(left))
    assert set(left) <= set(codes)
    # What went is in something that is left.
    covered = set(left) | {one.code for code in left for one in scopes.included_in(code)}
    assert set(codes) <= covered
    assert scopes.without_included(left) == left


def test_an_example() -> None:
    codes = ["vso.code", "vso.code_write", "vso.invented", "vso.build"]
    assert scopes.without_included(codes) == ["vso.build", "vso.code_write", "vso.invented"]
    # One scope may bring small ones of other groups along.
    assert scopes.without_included(["vso.code", "vso.profile"]) == ["vso.code"]


def test_scopes_are_found_by_code_and_by_label() -> None:
    assert "vso.build" in scopes.named_like("BUILD")
    assert scopes.named_like("full acc") == [scopes.FULL_ACCESS]
    assert scopes.named_like("nothing like it") == []


def test_powerful_are_full_access_and_what_microsoft_marks() -> None:
    powerful = scopes.powerful()
    assert scopes.FULL_ACCESS in powerful
    assert "vso.code_manage" in powerful
    assert "vso.code" not in powerful
