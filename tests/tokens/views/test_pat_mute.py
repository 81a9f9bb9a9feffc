"""Quiet about one PAT: asked for on its page, told there, and taken back."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.views.page import read
from tests.tokens.views.rows import make_pat
from tokens.models import Pat


@pytest.fixture
def pat(world: World, alice: Person) -> Pat:
    """A PAT of Alice's."""
    return make_pat(world, alice, "<b>ci</b>")


def test_other_methods_are_answered_with_405(alice: Person, pat: Pat) -> None:
    for method in ("put", "patch", "delete"):
        assert getattr(alice.browser, method)(f"/tokens/{pat.pk}/mute").status_code == 405
    for method in ("get", "head", "put", "delete"):
        assert getattr(alice.browser, method)(f"/tokens/{pat.pk}/unmute").status_code == 405


def test_signed_out_they_lead_to_the_sign_in_page(client: Client, pat: Pat) -> None:
    for answer in (client.get(f"/tokens/{pat.pk}/mute"), client.post(f"/tokens/{pat.pk}/unmute")):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in?next=")
    client.post(f"/tokens/{pat.pk}/mute", {"mute_for": "7"})
    assert Pat.objects.get().reminders_muted_until is None


def test_somebody_elses_pat_is_not_there(bob: Person, pat: Pat) -> None:
    for pat_id in (pat.pk, uuid4()):
        assert bob.browser.get(f"/tokens/{pat_id}/mute").status_code == 404
        for verb in ("mute", "unmute"):
            assert bob.browser.post(f"/tokens/{pat_id}/{verb}", {"mute_for": "7"}).status_code == 404
    assert Pat.objects.get().reminders_muted_until is None


def test_it_is_muted_told_and_heard_of_again(alice: Person, pat: Pat) -> None:
    form = read(alice.browser.get(f"/tokens/{pat.pk}")).form(f"/tokens/{pat.pk}/mute")
    answer = form.submit(alice.browser, mute_for="30")
    assert (answer.status_code, answer["Location"]) == (302, f"/tokens/{pat.pk}")
    until = Pat.objects.get().reminders_muted_until
    assert until is not None
    assert abs(until - timezone.now() - timedelta(days=30)) < timedelta(minutes=5)
    page = read(alice.browser.get(f"/tokens/{pat.pk}"))
    assert "No reminders about “<b>ci</b>” until" in page.text
    assert "Muted until" in page.text
    assert not [one for one in page.all("form") if one.get("action") == f"/tokens/{pat.pk}/mute"]
    page.form(f"/tokens/{pat.pk}/unmute").submit(alice.browser)
    assert Pat.objects.get().reminders_muted_until is None
    page = read(alice.browser.get(f"/tokens/{pat.pk}"))
    assert "Reminders about “<b>ci</b>” are sent again." in page.text
    activity = read(alice.browser.get("/activity")).text
    assert "You muted the reminders about “<b>ci</b>”" in activity
    assert "You wanted reminders about “<b>ci</b>”" in activity


def test_the_page_of_its_own_has_the_form_of_the_tokens_page(alice: Person, pat: Pat) -> None:
    path = f"/tokens/{pat.pk}"
    forms = [read(alice.browser.get(one)).form(f"{path}/mute") for one in (path, f"{path}/mute")]
    assert forms[0].data.keys() == forms[1].data.keys()
    assert [form.value("mute_for") for form in forms] == ["7", "7"]
    forms[1].submit(alice.browser)
    assert Pat.objects.get().reminders_muted_until is not None


def test_what_makes_no_sense_comes_back_with_its_error(alice: Person, pat: Pat) -> None:
    form = read(alice.browser.get(f"/tokens/{pat.pk}")).form(f"/tokens/{pat.pk}/mute")
    answer = form.submit(alice.browser, mute_for="custom", mute_until="1999-01-01")
    assert answer.status_code == 422
    page = read(answer)
    assert "Choose a day from" in page.text
    back = page.form(f"/tokens/{pat.pk}/mute")
    assert (back.value("mute_for"), back.value("mute_until")) == ("custom", "1999-01-01")
    assert Pat.objects.get().reminders_muted_until is None


def test_one_that_has_ended_has_no_reminders_to_mute(world: World, alice: Person) -> None:
    ended = make_pat(world, alice, "ended", ends_in=timedelta(days=-1))
    assert "Mute reminders" not in read(alice.browser.get(f"/tokens/{ended.pk}")).text
