"""One secret among many: the fragment that the page which rotates many asks for, and its refusals."""

from http import HTTPStatus
from typing import Any

import pytest
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.views.page import read
from tests.tokens.views.rotation import known_pat, make_successor, rotate, rotate_form, successor_of
from tokens.models import Operation, Pat


@pytest.fixture
def pat(world: World, alice: Person) -> Pat:
    return known_pat(world)


def problem(answer: Any) -> str:
    """Return what the fragment in place of a secret says."""
    assert b"<html" not in answer.content
    assert b"data-secret" not in answer.content
    assert "no-store" in answer["Cache-Control"]
    return read(answer).one("div", class_="row-problem").text


def test_a_row_is_a_fragment_with_its_own_secret_and_confirmation(
    world: World, alice: Person, pat: Pat
) -> None:
    answer = rotate(alice, pat, **{"as": "row"})
    assert answer.status_code == 200
    assert b"<html" not in answer.content
    assert {"no-store", "private"} <= {one.strip() for one in answer["Cache-Control"].split(",")}
    section = read(answer).one("section")
    assert "data-secret" in section.attributes
    secret = section.one("code", class_="secret-text").text
    assert secret in {one.secret for one in world.tenant.pats()}
    guarded = [one for one in section.elements() if one.children == [secret]]
    assert answer.content.decode().count(secret) == len(guarded)
    assert len(guarded) > 1
    assert section["aria-label"] == "Secret of ci-deploy"
    assert "The new token expires in 80 days" in section.text
    for hook in ("data-secret-text", "data-secret-controls", "data-secret-copy", "data-secret-show"):
        assert [one for one in section.elements() if hook in one.attributes]
    form = read(answer).form(f"/tokens/{successor_of(pat).id}/received")
    assert "data-stored" in form.element.attributes
    stored = form.submit(alice.browser)
    assert stored.status_code == 200
    assert b"<html" not in stored.content
    assert "Noted: you have stored the secret of “ci-deploy”. The old “ci-deploy” works until" in (
        read(stored).text
    )
    assert secret not in stored.content.decode()


def test_rows_of_one_page_share_no_id(alice: Person, pat: Pat) -> None:
    row = read(rotate(alice, pat, **{"as": "row"}))
    assert [element for element in row.elements() if element.get("id")] == []


def test_the_same_row_twice_makes_one_successor_and_leads_to_the_operation(
    world: World, alice: Person, pat: Pat
) -> None:
    form = rotate_form(alice, pat)
    form.submit(alice.browser, **{"as": "row"})
    again = form.submit(alice.browser, **{"as": "row"})
    assert again.status_code >= 400
    assert "See what became of it" in problem(again)
    assert read(again).one("a")["href"] == f"/operations/{Operation.objects.get().id}"
    assert len(world.tenant.pats()) == 2


def test_a_row_with_an_unfinished_rotation_leads_to_its_page(world: World, alice: Person, pat: Pat) -> None:
    form = rotate_form(alice, pat)
    make_successor(world, alice, pat)
    answer = form.submit(alice.browser, **{"as": "row"})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "A rotation is not finished" in problem(answer)
    assert read(answer).one("a")["href"] == f"/tokens/{pat.id}/rotate"


def test_a_row_that_was_replaced_leads_to_the_new_one(world: World, alice: Person, pat: Pat) -> None:
    form = rotate_form(alice, pat)
    successor = make_successor(world, alice, pat, received_at=timezone.now())
    answer = form.submit(alice.browser, **{"as": "row"})
    assert "This token has been replaced" in problem(answer)
    assert read(answer).one("a")["href"] == f"/tokens/{successor.id}"


def is_unknown(answer: Any) -> bool:
    return "data-unknown" in read(answer).one("div", class_="row-problem").attributes


def test_a_row_tells_the_script_whether_a_new_token_may_exist(world: World, alice: Person, pat: Pat) -> None:
    form = rotate_form(alice, pat)
    with world.tenant.fault("pats", verb="create", status=403):
        assert not is_unknown(form.submit(alice.browser, **{"as": "row"}))
    other = rotate_form(alice, pat)
    with world.tenant.fault("pats", verb="create", status=503):
        assert is_unknown(other.submit(alice.browser, **{"as": "row"}))
    assert is_unknown(other.submit(alice.browser, **{"as": "row"}))


FAILURES: list[tuple[dict[str, Any], str]] = [
    ({"status": 403}, "Conditional Access"),
    ({"pat_error": "patLifespanPolicyViolation"}, "You asked for 80 days."),
    ({"status": 429, "headers": {"Retry-After": "3600"}}, "Azure DevOps asks to slow down"),
    ({"drop": "after"}, "See what became of it"),
]


@pytest.mark.parametrize(("deed", "words"), FAILURES, ids=[str(deed) for deed, _ in FAILURES])
def test_failures_of_a_row_are_fragments_with_their_status(
    world: World, alice: Person, pat: Pat, deed: dict[str, Any], words: str
) -> None:
    with world.tenant.fault("pats", verb="create", **deed):
        answer = rotate(alice, pat, **{"as": "row"})
    assert answer.status_code >= 400
    assert words in problem(answer)


def test_a_row_without_a_grant_says_that_signing_in_is_needed(alice: Person, pat: Pat) -> None:
    form = rotate_form(alice, pat)
    alice.user.grant.delete()
    answer = form.submit(alice.browser, **{"as": "row"})
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert "sign in" in problem(answer).lower()


def test_a_row_that_is_incomplete_is_said_to_be(world: World, alice: Person, pat: Pat) -> None:
    answer = rotate_form(alice, pat).submit(alice.browser, **{"as": "row", "overlap": "year"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Choose one of the overlaps." in problem(answer)
    assert world.tenant.requests("pats", verb="create") == []
