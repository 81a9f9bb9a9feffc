"""Keeping the old PAT of a rotation: what is said before, and which end applies after, refusals included."""

from datetime import timedelta
from http import HTTPStatus
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from tests.job_runner import run_jobs
from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tests.tokens.views.rotation import confirm, known_pat, rotate, successor_of
from tokens.models import AuditEvent, Pat


@pytest.fixture
def pat(world: World, alice: Person) -> Pat:
    """The old PAT of a rotation whose overlap of a day has just begun."""
    pat = known_pat(world)
    rotate(alice, pat, overlap="day")
    confirm(alice, successor_of(pat))
    pat.refresh_from_db()
    return pat


def keep_page(person: Person, pat: Pat) -> Page:
    answer = person.browser.get(f"/tokens/{pat.id}/keep-old")
    assert answer.status_code == 200
    return read(answer)


def test_other_methods_are_answered_with_405(alice: Person, pat: Pat) -> None:
    for method in ("put", "patch", "delete"):
        assert getattr(alice.browser, method)(f"/tokens/{pat.id}/keep-old").status_code == 405


def test_signed_out_it_leads_to_the_sign_in_page(pat: Pat, client: Client) -> None:
    for answer in (client.get(f"/tokens/{pat.id}/keep-old"), client.post(f"/tokens/{pat.id}/keep-old")):
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in")


def test_somebody_elses_is_not_found(bob: Person, pat: Pat) -> None:
    for pat_id in (pat.id, uuid4()):
        assert bob.browser.get(f"/tokens/{pat_id}/keep-old").status_code == 404
        assert bob.browser.post(f"/tokens/{pat_id}/keep-old", {"key": "k" * 32}).status_code == 404
    pat.refresh_from_db()
    assert pat.ends_at is not None


def test_before_anything_was_shortened_it_is_simply_kept(world: World, alice: Person, pat: Pat) -> None:
    page = keep_page(alice, pat)
    assert page.heading == "Keep ci-deploy?"
    assert "Its expiry was not changed" in page.text
    answer = page.form(f"/tokens/{pat.id}/keep-old").submit(alice.browser)
    assert (answer.status_code, answer["Location"]) == (302, f"/tokens/{pat.id}")
    pat.refresh_from_db()
    assert pat.ends_at is None
    assert AuditEvent.objects.filter(type="pat.end_cancelled").count() == 1
    assert world.tenant.requests("pats", verb="update") == []
    assert "“ci-deploy” is kept: the portal does not end it any more. It expires" in (
        read(alice.browser.get("/")).text
    )


def test_what_was_brought_forward_is_asked_back_and_said_so_before(
    world: World, alice: Person, pat: Pat
) -> None:
    run_jobs()
    page = keep_page(alice, pat)
    assert "The policy of your organization may not allow to lengthen it again." in page.text
    assert "in 60 days" in page.text
    assert "in 1 day" in page.text
    page.form(f"/tokens/{pat.id}/keep-old").submit(alice.browser)
    pat.refresh_from_db()
    assert pat.ends_at is None
    assert pat.valid_to - timezone.now() > timedelta(days=59)


def test_a_refusal_says_which_end_applies_now(world: World, alice: Person, pat: Pat) -> None:
    run_jobs()
    with world.tenant.fault("pats", verb="update", pat_error="patLifespanPolicyViolation"):
        answer = keep_page(alice, pat).form(f"/tokens/{pat.id}/keep-old").submit(alice.browser)
    assert answer.status_code >= 400
    page = read(answer)
    assert "The portal does not end it any more. Azure DevOps does, when it expires in 1 day" in page.text
    assert page.all("form", action=f"/tokens/{pat.id}/keep-old") == []
    pat.refresh_from_db()
    assert pat.ends_at is None


def test_a_life_that_came_back_shorter_is_told_with_both_dates(world: World, alice: Person, pat: Pat) -> None:
    run_jobs()
    world.tenant.change_organization("alpha", policies={"max_days": 30, "lifespan_mode": "clamp"})
    keep_page(alice, pat).form(f"/tokens/{pat.id}/keep-old").submit(alice.browser)
    text = read(alice.browser.get("/")).text
    assert "Azure DevOps was asked for" in text
    assert "(in 60 days) and gave less: it expires" in text


def test_the_same_form_twice_asks_once(world: World, alice: Person, pat: Pat) -> None:
    run_jobs()
    form = keep_page(alice, pat).form(f"/tokens/{pat.id}/keep-old")
    world.tenant.forget_requests()
    form.submit(alice.browser)
    again = form.submit(alice.browser)
    assert again.status_code == 302
    assert again["Location"].startswith("/operations/")
    assert len(world.tenant.requests("pats", verb="update")) == 1


def test_the_same_form_twice_leads_to_the_token_where_nothing_was_to_be_asked(
    alice: Person, pat: Pat
) -> None:
    form = keep_page(alice, pat).form(f"/tokens/{pat.id}/keep-old")
    for _ in range(2):
        answer = form.submit(alice.browser)
        assert (answer.status_code, answer["Location"]) == (302, f"/tokens/{pat.id}")
    text = read(alice.browser.get(f"/tokens/{pat.id}")).text
    assert text.count("is kept: the portal does not end it any more") == 1
    assert AuditEvent.objects.filter(type="pat.end_cancelled").count() == 1


@pytest.mark.parametrize("column", ["revoked_at", "valid_to"])
def test_what_has_ended_cannot_be_kept(alice: Person, pat: Pat, column: str) -> None:
    form = keep_page(alice, pat).form(f"/tokens/{pat.id}/keep-old")
    Pat.objects.filter(pk=pat.pk).update(ends_at=None, **{column: timezone.now()})
    answer = form.submit(alice.browser)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert read(answer).heading == "There is nothing to keep"


def test_what_is_not_ending_is_not_asked_about(world: World, alice: Person) -> None:
    pat = known_pat(world, "plain")
    answer = alice.browser.get(f"/tokens/{pat.id}/keep-old")
    assert answer.status_code == HTTPStatus.CONFLICT
    assert read(answer).heading == "There is nothing to keep"


def test_a_confirmation_without_a_proper_key_is_asked_again(alice: Person, pat: Pat) -> None:
    answer = alice.browser.post(f"/tokens/{pat.id}/keep-old", {"key": "short"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert read(answer).form(f"/tokens/{pat.id}/keep-old").submit(alice.browser).status_code == 302
