"""Give a PAT a later expiry; a policy that grants less is told with both dates."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.views.changing import change_elsewhere, true_pat, truth_of
from tests.tokens.views.page import Form, Page, read
from tests.tokens.views.rows import make_operation, make_pat
from tokens import rules
from tokens.models import AuditEvent, Operation, Pat
from tokens.presenters._differences import moment_text

DAY = timedelta(days=1)


@pytest.fixture
def pat(world: World, alice: Person) -> Pat:
    """A PAT of Alice's that Azure DevOps knows and that expires in 30 days."""
    return true_pat(world, alice)


def extend_page(person: Person, pat: Pat) -> Page:
    answer = person.browser.get(f"/tokens/{pat.id}/extend")
    assert answer.status_code == 200
    return read(answer)


def extend_form(page: Page, pat: Pat) -> Form:
    return page.form(f"/tokens/{pat.id}/extend")


def changes_sent(world: World) -> int:
    return len(world.tenant.requests("pats", verb="update"))


def is_close(one: datetime, other: datetime) -> bool:
    return abs(one - other) < timedelta(seconds=1)


def test_other_methods_are_answered_with_405(alice: Person, pat: Pat) -> None:
    for method in ("put", "patch", "delete"):
        assert getattr(alice.browser, method)(f"/tokens/{pat.id}/extend").status_code == 405


def test_without_a_session_it_asks_to_sign_in_and_nothing_is_sent(
    world: World, alice: Person, pat: Pat, client: Any
) -> None:
    form = extend_form(extend_page(alice, pat), pat)
    for answer in (client.get(form.action), form.submit(client, expires="7")):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in?next=")
    assert changes_sent(world) == 0


def test_a_pat_of_somebody_else_is_not_there(world: World, alice: Person, bob: Person, pat: Pat) -> None:
    form = extend_form(extend_page(alice, pat), pat)
    assert bob.browser.get(form.action).status_code == 404
    assert form.submit(bob.browser, expires="7").status_code == 404
    assert alice.browser.get(f"/tokens/{uuid4()}/extend").status_code == 404
    assert is_close(truth_of(world, pat).valid_to, pat.valid_to)


@pytest.mark.parametrize("days", rules.EXTENSION_PRESETS_DAYS)
def test_it_extends_from_the_present_expiry_and_shows_both_dates(
    world: World, alice: Person, pat: Pat, days: int
) -> None:
    page = extend_page(alice, pat)
    shown = {one["datetime"] for one in page.all("time")}
    later = pat.valid_to + days * DAY
    assert {pat.valid_to.isoformat(timespec="seconds"), later.isoformat(timespec="seconds")} <= {
        datetime.fromisoformat(one).astimezone(pat.valid_to.tzinfo).isoformat(timespec="seconds")
        for one in shown
    }
    answer = extend_form(page, pat).submit(alice.browser, expires=str(days))
    assert (answer.status_code, answer["Location"]) == (302, f"/tokens/{pat.id}")
    assert is_close(truth_of(world, pat).valid_to, later)
    assert f"“ci-deploy” now expires {moment_text(later)}" in read(alice.browser.get(answer["Location"])).text


def test_it_extends_until_the_end_of_a_day(world: World, alice: Person, pat: Pat) -> None:
    day = timezone.localdate() + 100 * DAY
    form = extend_form(extend_page(alice, pat), pat)
    assert form.submit(alice.browser, expires="custom", expires_date=str(day)).status_code == 302
    assert timezone.localtime(truth_of(world, pat).valid_to).strftime("%Y-%m-%d %H:%M") == f"{day} 23:59"


def test_it_never_asks_for_more_than_a_year(world: World, alice: Person) -> None:
    long = true_pat(world, alice, valid_to=timezone.now() + timedelta(days=340))
    page = extend_page(alice, long)
    assert "At most a year from today" in page.text
    assert extend_form(page, long).submit(alice.browser, expires="90").status_code == 302
    assert truth_of(world, long).valid_to < timezone.now() + timedelta(days=365)


@pytest.mark.parametrize("is_set", [False, True], ids=["end to come", "expiry brought forward"])
def test_a_form_that_was_opened_before_its_end_was_scheduled_leads_to_the_token(
    world: World, alice: Person, pat: Pat, is_set: bool
) -> None:
    form, tomorrow = extend_form(extend_page(alice, pat), pat), timezone.now() + DAY
    Pat.objects.filter(pk=pat.pk).update(ends_at=tomorrow)
    if is_set:
        change_elsewhere(world, pat, valid_to=tomorrow)
        Pat.objects.filter(pk=pat.pk).update(valid_to=tomorrow)
    for _ in range(2):
        answer = form.submit(alice.browser, expires="30")
        assert (answer.status_code, answer["Location"]) == (302, f"/tokens/{pat.id}")
    assert "the portal is about to end it. Keep it first, then change it." in (
        read(alice.browser.get(f"/tokens/{pat.id}")).text
    )
    assert (changes_sent(world), Operation.objects.count()) == (0, 0)
    refused = AuditEvent.objects.filter(type="pat.extend_refused")
    assert set(refused.values_list("error_code", flat=True)) == {"about_to_end"}


def test_a_form_that_was_opened_before_a_revocation_began_says_so(
    world: World, alice: Person, pat: Pat
) -> None:
    form = extend_form(extend_page(alice, pat), pat)
    make_operation(world, alice, verb=Operation.Verb.REVOKE, pat=pat)
    answer = form.submit(alice.browser, expires="30")
    assert answer.status_code == 409
    assert "This token is about to end" in read(answer).text
    assert changes_sent(world) == 0


def test_what_is_for_all_organizations_is_not_extended_by_a_form_from_elsewhere(
    world: World, alice: Person, pat: Pat
) -> None:
    form = extend_form(extend_page(alice, pat), pat)
    Pat.objects.update(is_global=True)
    answer = form.submit(alice.browser, expires="30")
    assert (answer.status_code, answer["Location"]) == (302, f"/tokens/{pat.id}")
    assert "Replace it instead." in read(alice.browser.get(f"/tokens/{pat.id}")).text
    assert changes_sent(world) == 0


def test_a_date_that_shortens_and_no_choice_are_refused(world: World, alice: Person, pat: Pat) -> None:
    form = extend_form(extend_page(alice, pat), pat)
    early = str(timezone.localdate() + 5 * DAY)
    for fields in ({}, {"expires": "custom", "expires_date": early}, {"expires": "custom"}):
        answer = form.submit(alice.browser, **fields)
        assert answer.status_code == 422
        assert "Nothing was changed yet: please check what you typed" in read(answer).text
    assert (changes_sent(world), Operation.objects.count()) == (0, 0)


def test_a_lifetime_that_came_back_shorter_is_told_with_both_dates(
    world: World, alice: Person, pat: Pat
) -> None:
    form = extend_form(extend_page(alice, pat), pat)
    world.tenant.change_organization("alpha", policies={"max_days": 40, "lifespan_mode": "clamp"})
    answer = form.submit(alice.browser, expires="90")
    page = read(alice.browser.get(answer["Location"]))
    (message,) = page.one(id="messages").all(class_="alert")
    assert "tone-warn" in message["class"]
    returned = truth_of(world, pat).valid_to
    assert moment_text(pat.valid_to + 90 * DAY) in message.text
    assert f"gave less: “ci-deploy” expires {moment_text(returned)}" in message.text
    assert "Expiry asked for" in page.one("ol", class_="history").text


def test_an_extension_that_takes_away_is_told_with_three_dates(world: World, alice: Person, pat: Pat) -> None:
    form = extend_form(extend_page(alice, pat), pat)
    world.tenant.change_organization("alpha", policies={"max_days": 20, "lifespan_mode": "clamp"})
    answer = form.submit(alice.browser, expires="30")
    text = read(alice.browser.get(answer["Location"])).one(id="messages").text
    assert truth_of(world, pat).valid_to < pat.valid_to
    assert f"even earlier than before ({moment_text(pat.valid_to)})" in text


def test_a_policy_that_refuses_changes_nothing_and_keeps_the_choice(
    world: World, alice: Person, pat: Pat
) -> None:
    form = extend_form(extend_page(alice, pat), pat)
    world.tenant.change_organization("alpha", policies={"max_days": 40, "lifespan_mode": "error"})
    answer = form.submit(alice.browser, expires="90")
    assert answer.status_code >= 400
    page = read(answer)
    assert "Nothing was changed." in page.text
    assert "Ask for less. Where that is refused as well, rotate it" in page.text
    assert "Nothing was made" not in page.text
    again = extend_form(page, pat)
    assert again.value("expires") == "90"
    assert again.value("key") != form.value("key")
    assert is_close(truth_of(world, pat).valid_to, pat.valid_to)


def test_what_changed_elsewhere_is_shown_and_counted_from(world: World, alice: Person, pat: Pat) -> None:
    form = extend_form(extend_page(alice, pat), pat)
    elsewhere = pat.valid_to + 10 * DAY
    change_elsewhere(world, pat, valid_to=elsewhere)
    answer = form.submit(alice.browser, expires="30")
    assert answer.status_code == 409
    page = read(answer)
    (row,) = page.one("table", class_="differences").one("tbody").all("tr")
    assert row.text == f"Expires {moment_text(pat.valid_to)} {moment_text(elsewhere)}"
    assert changes_sent(world) == 0
    again = extend_form(page, pat)
    assert again.value("expires") == "30"
    assert again.submit(alice.browser).status_code == 302
    assert is_close(truth_of(world, pat).valid_to, elsewhere + 30 * DAY)


def test_the_same_form_twice_has_one_effect(world: World, alice: Person, pat: Pat) -> None:
    form = extend_form(extend_page(alice, pat), pat)
    assert form.submit(alice.browser, expires="30").status_code == 302
    again = form.submit(alice.browser, expires="30")
    operation = Operation.objects.get()
    assert (again.status_code, again["Location"]) == (302, f"/operations/{operation.id}")
    assert changes_sent(world) == 1
    assert is_close(truth_of(world, pat).valid_to, pat.valid_to + 30 * DAY)
    assert AuditEvent.objects.filter(type="pat.extended").count() == 1


def test_a_lost_answer_leads_to_what_becomes_of_it(world: World, alice: Person, pat: Pat) -> None:
    form = extend_form(extend_page(alice, pat), pat)
    with world.tenant.fault("pats", verb="update", drop="after"):
        answer = form.submit(alice.browser, expires="30")
    assert answer["Location"] == f"/operations/{Operation.objects.get().id}"
    assert "does not send the change again" in read(alice.browser.get(answer["Location"])).text


def test_an_expired_one_cannot_be_extended(world: World, alice: Person) -> None:
    ended = make_pat(world, alice, "ended", ends_in=-DAY)
    answer = alice.browser.get(f"/tokens/{ended.id}/extend")
    assert answer.status_code == 409
    assert "Create a replacement with the same settings." in read(answer).text


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"is_global": True}, "Replace it instead."),
        ({"ends_in": timedelta(days=364)}, "lasts as long as Azure DevOps allows already"),
        ({"ends_at": timezone.now() + DAY}, "Keep it first"),
    ],
)
def test_where_nothing_can_be_extended_it_leads_back_with_the_reason(
    world: World, alice: Person, facts: dict[str, Any], why: str
) -> None:
    pat = make_pat(world, alice, **facts)
    answer = alice.browser.get(f"/tokens/{pat.id}/extend", follow=True)
    assert answer.redirect_chain == [(f"/tokens/{pat.id}", 302)]
    assert why in read(answer).text
