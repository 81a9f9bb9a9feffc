"""What a link fills in, and what it is not allowed to."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.tokens.views.shapes import secret_shapes
from tokens import rules, scopes
from tokens.forms import CUSTOM, Prefill, link_query, prefill, prefill_from
from tokens.recipes import RECIPES

ORGANIZATIONS = ["fabrikam", "Tailwind"]


def filled_in(query: str) -> Prefill:
    return prefill(QueryDict(query), organizations=ORGANIZATIONS)


def remarks(query: str) -> str:
    return " ".join(map(str, filled_in(query).remarks))


def test_an_address_without_a_query_fills_in_nothing() -> None:
    assert not filled_in("")
    assert not filled_in("utm_source=wiki&kept=gone&name=&scope=&days=&template=")


def test_a_link_fills_in_what_it_names_and_says_so() -> None:
    found = filled_in("name=ci+deploy&organization=TAILWIND&scope=vso.code&scope=vso.packaging&days=7")
    assert found.initial == {
        "name": "ci deploy",
        "organization": "Tailwind",
        "scopes": ["vso.code", "vso.packaging"],
        "expires": "7",
    }
    assert found.filled == [
        ("Name", "ci deploy"),
        ("Organization", "Tailwind"),
        ("Scopes", "Code (read), Packaging (read)"),
        ("Expires", "in 7 days"),
    ]
    assert (found.remarks, found.wanted, found.is_link) == ([], [], True)


@pytest.mark.parametrize(
    "query", ["scope=vso.code,vso.build", "scope=vso.code+vso.build", "scope=vso.code%20vso.build"]
)
def test_scopes_may_stand_together(query: str) -> None:
    assert filled_in(query).initial["scopes"] == ["vso.build", "vso.code"]


def test_a_scope_that_another_contains_is_not_chosen_twice() -> None:
    assert filled_in("scope=vso.work&scope=vso.work_write").initial["scopes"] == ["vso.work_write"]


def test_no_link_chooses_what_is_powerful() -> None:
    for code in (one for one in scopes.CATALOGUE if scopes.is_high_privilege(one)):
        found = filled_in(f"scope={code}")
        assert "scopes" not in found.initial, code
        assert found.wanted == [code]
        assert scopes.label_of(code) in found.remarks[0]


def test_a_small_scope_stays_beside_a_powerful_one_that_contains_it() -> None:
    assert filled_in("scope=vso.code_write&scope=vso.build").initial == {"scopes": ["vso.build"]}


@pytest.mark.parametrize(
    ("days", "initial"), [("7", "7"), ("30", "30"), ("31", "30"), ("364", "30"), ("999999", "30")]
)
def test_no_link_makes_a_life_longer_than_by_default(days: str, initial: str) -> None:
    found = filled_in(f"days={days}")
    assert found.initial == {"expires": initial}
    assert bool(found.remarks) == (int(days) > rules.DEFAULT_LIFE_DAYS)


def test_days_between_the_presets_become_a_date() -> None:
    assert filled_in("days=12").initial == {
        "expires": CUSTOM,
        "expires_date": str(timezone.localdate() + timedelta(days=12)),
    }


@pytest.mark.parametrize("days", ["0", "-3", "1e3", "seven", "\u0667", "7.5", "9" * 5000])
def test_a_life_that_is_no_number_of_days_is_left_out_with_a_word(days: str) -> None:
    found = filled_in(urlencode({"days": days}))
    assert found.initial == {}
    assert found.remarks == ["The life in the link is no number of days. Choose when the token expires."]


def test_a_secret_in_a_link_is_left_out_and_not_repeated() -> None:
    for shape, secret in secret_shapes().items():
        found = filled_in(
            urlencode(
                {"name": secret, "scope": secret, "days": secret, "organization": secret, "template": secret}
            )
        )
        assert found.initial == {}, shape
        assert "looks like a secret" in found.remarks[1], shape
        assert secret not in " ".join(map(str, found.remarks)), shape


def test_what_is_not_known_is_left_out_without_repeating_it() -> None:
    query = "name=a%0Ab&organization=evil-text&scope=evil-text&scope=vso.evil&template=evil-text"
    found = filled_in(query)
    assert found.initial == {}
    assert "evil" not in " ".join(map(str, found.remarks))
    assert len(found.remarks) == 4
    assert "2 scopes in the link are not known here" in remarks(query)
    assert "One scope in the link is not known here" in remarks("scope=vso.evil")


def test_a_template_in_a_link_leaves_the_powerful_to_the_person() -> None:
    found = filled_in("template=build-agent")
    assert found.initial == {"expires": "7"}
    assert found.wanted == ["vso.agentpools_manage"]
    assert found.recipe is RECIPES["build-agent"]
    assert filled_in("template=code-read").initial == {"scopes": ["vso.code"], "expires": "30"}
    assert filled_in("template=code-read&days=7").initial["expires"] == "7"


def test_a_template_that_the_person_chose_is_filled_in_whole() -> None:
    found = prefill_from(RECIPES["build-agent"])
    assert found.initial == {"scopes": ["vso.agentpools_manage"], "expires": "7"}
    assert not found.is_link


def test_a_link_to_the_form_says_what_was_chosen_and_leaves_out_what_it_may_not() -> None:
    query, left_out = link_query(
        {
            "name": "ci & co",
            "organization": "fabrikam",
            "scopes": {"vso.code", "vso.build_execute"},
            "expires": "90",
        }
    )
    assert query == "name=ci+%26+co&organization=fabrikam&scope=vso.code"
    assert left_out == ["Build (read and execute)"]
    assert link_query({}) == ("", [])


@given(
    name=st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=40),
    codes=st.sets(
        st.sampled_from([one.code for one in scopes.CATALOGUE.values() if one.is_offered]), max_size=5
    ),
    days=st.sampled_from(["7", "30"]),
)
def test_the_link_to_a_form_fills_in_the_same_form(name: str, codes: set[str], days: str) -> None:
    least = scopes.without_included(codes)
    query, left_out = link_query({"name": name, "organization": "fabrikam", "scopes": least, "expires": days})
    found = filled_in(query)
    harmless = [code for code in least if not scopes.is_high_privilege(code)]
    assert found.initial.get("scopes", []) == harmless
    assert (found.initial["expires"], found.initial["organization"]) == (days, "fabrikam")
    assert found.initial.get("name", name) == name
    assert found.wanted == []
    assert len(left_out) == len(least) - len(harmless)
