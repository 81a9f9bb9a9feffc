"""The page that rotates a PAT: what it says before, what one answer shows; one form is one successor."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.views.page import read
from tests.tokens.views.rotation import (
    confirm,
    known_pat,
    make_successor,
    rotate,
    rotate_form,
    rotate_page,
    successor_of,
)
from tests.tokens.views.rows import make_pat
from tokens.models import AuditEvent, Operation, Pat

DAY = timedelta(days=1)


@pytest.fixture
def pat(world: World, alice: Person) -> Pat:
    return known_pat(world, places=("build server", "https://wiki.example/deploy"))


# --- The four standing ones --------------------------------------------------------------------------
def test_other_methods_are_answered_with_405(alice: Person, pat: Pat) -> None:
    for method in ("put", "patch", "delete"):
        assert getattr(alice.browser, method)(f"/tokens/{pat.id}/rotate").status_code == 405


def test_signed_out_it_comes_back_to_the_page(world: World, pat: Pat, client: Client) -> None:
    for method in ("get", "post"):
        answer = getattr(client, method)(f"/tokens/{pat.id}/rotate")
        assert answer.status_code == 302
        (back,) = parse_qs(urlsplit(answer["Location"]).query)["next"]
        assert urlsplit(back).path == f"/tokens/{pat.id}/rotate"
    assert world.tenant.requests("pats") == []


def test_somebody_elses_pat_and_one_that_does_not_exist_are_the_same(
    world: World, alice: Person, bob: Person, pat: Pat
) -> None:
    sent = rotate_form(alice, pat).data
    for pat_id in (pat.id, uuid4()):
        for answer in (
            bob.browser.get(f"/tokens/{pat_id}/rotate"),
            bob.browser.post(f"/tokens/{pat_id}/rotate", sent),
            bob.browser.post(f"/tokens/{pat_id}/rotate", sent | {"as": "row"}),
        ):
            assert answer.status_code == 404
            assert pat.name not in answer.content.decode()
    assert world.tenant.requests("pats", verb="create") == []


def test_it_makes_a_successor_and_touches_nothing_old(world: World, alice: Person, pat: Pat) -> None:
    answer = rotate(alice, pat)
    assert answer.status_code == 200
    old, new = sorted(world.tenant.pats(), key=lambda one: one.authorization_id != str(pat.authorization_id))
    page = read(answer)
    assert page.one("code", class_="secret-text").text == new.secret
    assert (new.display_name, old.status) == ("ci-deploy", "active")
    successor = successor_of(pat)
    assert page.form(f"/tokens/{successor.id}/received").method == "post"
    assert [place.text for place in successor.places.all()] == ["build server", "https://wiki.example/deploy"]
    pat.refresh_from_db()
    assert pat.ends_at is None
    assert world.tenant.requests("pats", verb="update") == []


# --- What it says beforehand -------------------------------------------------------------------------
def test_it_says_what_will_happen_and_offers_the_same_life_and_a_day_of_overlap(
    world: World, alice: Person, pat: Pat
) -> None:
    page = rotate_page(alice, pat)
    form = page.form(f"/tokens/{pat.id}/rotate")
    assert page.heading == "Rotate ci-deploy"
    assert form.value("expires") == "same"
    assert form.value("overlap") == "day"
    assert "The same (80 days)" in page.text
    assert "organization" not in form.data
    for words in ("same name and the same scopes", "build server", "I have stored it", world.alpha.name):
        assert words in page.text
    link = page.one("a", href="https://wiki.example/deploy")
    assert link["rel"] == "noopener noreferrer"
    assert "(wiki.example)" in page.text


def test_each_overlap_tells_when_the_old_one_would_end(alice: Person, pat: Pat) -> None:
    about = {
        value: rotate_page(alice, pat).one(id=f"about-overlap-{value}").text
        for value in ("none", "hour", "day", "week")
    }
    assert "ends at once" in about["none"]
    assert "in 1 hour" in about["hour"]
    assert "in 1 day" in about["day"]
    assert "in 7 days" in about["week"]


def test_an_overlap_ends_with_the_old_one_at_the_latest(world: World, alice: Person) -> None:
    pat = known_pat(world, "short", ends_in=2 * DAY)
    about = rotate_page(alice, pat).one(id="about-overlap-week").text
    assert "It expires before that, in 2 days" in about


def test_looking_changes_nothing(world: World, alice: Person, pat: Pat) -> None:
    rotate_page(alice, pat)
    alice.browser.head(f"/tokens/{pat.id}/rotate")
    assert Operation.objects.count() == 0
    assert world.tenant.requests("pats") == []


# --- What the answer shows ---------------------------------------------------------------------------
def test_the_answer_says_what_becomes_of_the_old_one(alice: Person, pat: Pat) -> None:
    text = read(rotate(alice, pat, overlap="hour")).text
    assert "Until you say that you have stored the new secret, nothing happens to the old token." in text
    assert "After that the old ci-deploy works on for 1 hour, then it ends by itself." in text


def test_a_life_that_came_back_shorter_is_told_with_both_dates(world: World, alice: Person, pat: Pat) -> None:
    world.tenant.change_organization("alpha", policies={"max_days": 7, "lifespan_mode": "clamp"})
    page = read(rotate(alice, pat))
    (alert,) = page.all("div", class_="alert")
    assert "It expires earlier than you asked" in alert.text
    assert "in 80 days" in alert.text
    assert "in 7 days" in alert.text


def test_the_secret_is_in_that_answer_alone(world: World, alice: Person, pat: Pat) -> None:
    form = rotate_form(alice, pat)
    answer = form.submit(alice.browser)
    secret = next(one.secret for one in world.tenant.pats() if one.secret in answer.content.decode())
    # Where the script guards it; see the tests of the page that shows it.
    holders = [one for one in read(answer).elements() if one.children == [secret]]
    assert answer.content.decode().count(secret) == len(holders)
    assert {"no-store", "private"} <= {one.strip() for one in answer["Cache-Control"].split(",")}
    successor = successor_of(pat)
    for other in (
        form.submit(alice.browser, follow=True),
        alice.browser.get(f"/tokens/{pat.id}/rotate"),
        alice.browser.get(f"/tokens/{successor.id}/revoke"),
        alice.browser.get("/?status=all"),
        alice.browser.post(f"/tokens/{successor.id}/received", follow=True),
    ):
        assert secret not in other.content.decode()
        assert secret not in str(other.headers)


# --- One effect --------------------------------------------------------------------------------------
def test_the_same_form_twice_makes_one_successor_and_shows_the_operation(
    world: World, alice: Person, pat: Pat
) -> None:
    form = rotate_form(alice, pat)
    assert form.submit(alice.browser).status_code == 200
    again = form.submit(alice.browser)
    operation = Operation.objects.get()
    assert (again.status_code, again["Location"]) == (302, f"/operations/{operation.id}")
    assert len(world.tenant.pats()) == 2


def test_going_back_after_the_old_one_ended_makes_none_either(world: World, alice: Person, pat: Pat) -> None:
    form = rotate_form(alice, pat)
    form.submit(alice.browser, overlap="none")
    confirm(alice, successor_of(pat))
    Pat.objects.filter(pk=pat.pk).update(revoked_at=timezone.now())
    again = form.submit(alice.browser, overlap="none")
    operation = Operation.objects.get(verb=Operation.Verb.ROTATE)
    assert (again.status_code, again["Location"]) == (302, f"/operations/{operation.id}")
    assert len(world.tenant.pats()) == 2


def test_two_tabs_make_one_successor(world: World, alice: Person, pat: Pat) -> None:
    tabs = [rotate_form(alice, pat) for _ in range(2)]
    assert tabs[0].submit(alice.browser).status_code == 200
    second = tabs[1].submit(alice.browser)
    assert second.status_code == HTTPStatus.CONFLICT
    page = read(second)
    assert page.heading == "A rotation is not finished"
    successor = successor_of(pat)
    assert page.form(f"/tokens/{successor.id}/received").method == "post"
    assert page.one("a", href=f"/tokens/{successor.id}/revoke").text == "Revoke it and rotate again"
    assert len(world.tenant.pats()) == 2


def test_going_back_and_choosing_something_else_asks_first(world: World, alice: Person, pat: Pat) -> None:
    form = rotate_form(alice, pat)
    with world.tenant.fault("pats", verb="create", status=403):
        form.submit(alice.browser)
    answer = form.submit(alice.browser, overlap="week")
    assert answer.status_code == HTTPStatus.CONFLICT
    page = read(answer)
    assert "This form was sent before with other content" in page.text
    fresh = page.form(f"/tokens/{pat.id}/rotate")
    assert fresh.value("overlap") == "week"
    assert fresh.submit(alice.browser).status_code == 200


def test_an_answer_that_was_lost_leads_to_the_page_that_finds_out(
    world: World, alice: Person, pat: Pat
) -> None:
    form = rotate_form(alice, pat)
    with world.tenant.fault("pats", verb="create", drop="after"):
        answer = form.submit(alice.browser)
    operation = Operation.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/operations/{operation.id}")
    other = rotate_form(alice, pat).submit(alice.browser)
    assert (other.status_code, other["Location"]) == (302, f"/operations/{operation.id}")


# --- What stands in the way --------------------------------------------------------------------------
def test_an_unfinished_rotation_is_shown_instead_of_the_form(world: World, alice: Person, pat: Pat) -> None:
    successor = make_successor(world, alice, pat)
    page = rotate_page(alice, pat)
    assert page.heading == "A rotation is not finished"
    assert "Nothing happens to the old ci-deploy" in page.text
    page.form(f"/tokens/{successor.id}/received").submit(alice.browser)
    assert rotate_page(alice, pat).heading == "This token has been replaced"


def test_an_unfinished_rotation_says_what_confirming_it_starts(alice: Person, pat: Pat) -> None:
    rotate(alice, pat, overlap="none")
    words = "After that the old ci-deploy ends at once."
    page = rotate_page(alice, pat)
    assert words in page.one(id="aftermath").text
    (button,) = [one for one in page.all("button") if one.text == "I have stored its secret"]
    assert button["aria-describedby"] == "aftermath"


def test_a_successor_that_was_revoked_is_in_nobodys_way(world: World, alice: Person, pat: Pat) -> None:
    make_successor(world, alice, pat, revoked_at=timezone.now())
    assert rotate_page(alice, pat).heading == "Rotate ci-deploy"


def test_revoking_an_unfinished_successor_leads_back_to_the_rotation(
    world: World, alice: Person, pat: Pat
) -> None:
    rotate(alice, pat)
    successor = successor_of(pat)
    page = read(alice.browser.get(f"/tokens/{successor.id}/revoke"))
    answer = page.form(f"/tokens/{successor.id}/revoke").submit(alice.browser)
    assert (answer.status_code, answer["Location"]) == (302, f"/tokens/{pat.id}/rotate")
    assert rotate(alice, pat).status_code == 200


def test_what_changed_meanwhile_is_shown_and_may_be_sent_again(world: World, alice: Person, pat: Pat) -> None:
    form = rotate_form(alice, pat)
    world.tenant.change_pat(str(pat.authorization_id), display_name="renamed", scope="vso.build vso.code")
    answer = form.submit(alice.browser)
    assert answer.status_code == HTTPStatus.CONFLICT
    page = read(answer)
    assert "The token was changed meanwhile" in page.text
    row = page.one("table", class_="differences").one("tbody").all("tr")[0]
    assert [one.text for one in row.elements() if one.tag in {"th", "td"}] == ["Name", "ci-deploy", "renamed"]
    assert page.form(f"/tokens/{pat.id}/rotate").submit(alice.browser).status_code == 200
    assert successor_of(pat).name == "renamed"


def test_a_pat_of_an_organization_that_is_not_set_up_cannot_be_rotated(
    world: World, alice: Person, pat: Pat
) -> None:
    world.alpha.instance_id = uuid4()
    world.alpha.save()
    Pat.objects.filter(pk=pat.pk).update(instance_id=uuid4())
    answer = alice.browser.get(f"/tokens/{pat.id}/rotate")
    assert read(answer).heading == "This token belongs to another organization"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"key": "short"}, "It was incomplete and has been renewed"),
        ({"seen": "{}"}, "It was incomplete and has been renewed"),
        ({"expires": "1000"}, "Choose one of the expiry options."),
        ({"expires": "custom"}, "Enter the date on which it expires."),
        ({"overlap": "year"}, "Choose one of the overlaps."),
        ({"overlap": ""}, "Choose for how long both tokens are to work."),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_can_be_mended(
    world: World, alice: Person, pat: Pat, changes: dict[str, str], sentence: str
) -> None:
    answer = rotate_form(alice, pat).submit(alice.browser, **changes)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    page = read(answer)
    assert sentence in page.text
    assert world.tenant.requests("pats", verb="create") == []
    mended = page.form(f"/tokens/{pat.id}/rotate").submit(alice.browser, expires="7", overlap="day")
    assert mended.status_code == 200


def test_a_refusal_comes_back_with_what_was_chosen(world: World, alice: Person, pat: Pat) -> None:
    with world.tenant.fault("pats", verb="create", pat_error="patLifespanPolicyViolation"):
        answer = rotate(alice, pat, overlap="week", expires="90")
    page = read(answer)
    form = page.form(f"/tokens/{pat.id}/rotate")
    assert "You asked for 90 days." in page.text
    assert (form.value("overlap"), form.value("expires")) == ("week", "90")
    assert form.submit(alice.browser).status_code == 200


def test_a_dead_grant_leads_over_the_sign_in_page_and_back_to_what_was_chosen(
    world: World, alice: Person, pat: Pat
) -> None:
    form = rotate_form(alice, pat)
    alice.user.grant.delete()
    answer = form.submit(alice.browser, overlap="week")
    assert urlsplit(answer["Location"]).path == "/sign-in"
    (back,) = parse_qs(urlsplit(answer["Location"]).query)["next"]
    world.sign_in("alice", alice.browser, next_path=back)
    page = read(alice.browser.get(back))
    kept = page.form(f"/tokens/{pat.id}/rotate")
    assert (kept.value("overlap"), kept.value("key")) == ("week", form.value("key"))
    assert kept.submit(alice.browser).status_code == 200


# --- After the secret is stored ----------------------------------------------------------------------
def test_storing_it_starts_the_overlap_and_tells_when_the_old_one_ends(
    world: World, alice: Person, pat: Pat
) -> None:
    rotate(alice, pat, overlap="day")
    successor = successor_of(pat)
    answer = confirm(alice, successor)
    assert (answer.status_code, answer["Location"]) == (302, f"/tokens/{successor.id}")
    pat.refresh_from_db()
    assert pat.ends_at is not None
    assert DAY - timedelta(minutes=1) < pat.ends_at - timezone.now() <= DAY
    text = read(alice.browser.get("/")).text
    assert "you have stored the secret of “ci-deploy”. The old “ci-deploy” works until" in text
    assert "(in 1 day), then it ends by itself." in text


def test_a_rotation_that_nobody_confirmed_is_told_in_the_list(world: World, alice: Person, pat: Pat) -> None:
    rotate(alice, pat)
    assert read(alice.browser.get("/")).all("li", class_="alert") == []
    Pat.objects.filter(replaces=pat).update(issued_at=timezone.now() - timedelta(minutes=11))
    (alert,) = read(alice.browser.get("/")).all("li", class_="alert")
    assert "ci-deploy" in alert.text
    assert "The old token was not touched." in alert.text
    confirm(alice, successor_of(pat))
    page = read(alice.browser.get("/"))
    assert page.all("li", class_="alert") == []


# --- Replacements ------------------------------------------------------------------------------------
@pytest.mark.parametrize("is_expired", [True, False], ids=["expired", "revoked"])
def test_one_that_has_ended_is_replaced_without_overlap(
    world: World, alice: Person, is_expired: bool
) -> None:
    facts: dict[str, Any] = {"ends_in": -DAY} if is_expired else {"revoked_at": timezone.now()}
    pat = known_pat(world, **facts)
    page = rotate_page(alice, pat)
    assert page.heading == "Create a replacement for ci-deploy"
    assert page.all(class_="overlaps") == []
    answer = page.form(f"/tokens/{pat.id}/rotate").submit(alice.browser)
    assert "It takes the place of the old ci-deploy which has ended." in read(answer).text
    confirm(alice, successor_of(pat))
    pat.refresh_from_db()
    assert pat.ends_at is None
    assert AuditEvent.objects.filter(type="pat.end_scheduled").count() == 0


def test_a_global_one_is_replaced_in_an_organization_that_is_chosen(world: World, alice: Person) -> None:
    pat = known_pat(world, "everywhere", is_global=True)
    page = rotate_page(alice, pat, f"?organization={world.beta.name}")
    form = page.form(f"/tokens/{pat.id}/rotate")
    assert form.value("organization") == world.beta.name
    assert "overlap" not in form.data
    assert page.one("a", href=f"/tokens/{pat.id}/move").text.startswith("Step by step")
    answer = form.submit(alice.browser)
    assert answer.status_code == 200
    assert successor_of(pat).organization == world.beta
    assert "it goes on to work in all organizations until you revoke it" in read(answer).text
    assert confirm(alice, successor_of(pat))["Location"] == f"/tokens/{pat.id}/move"

    # The other organization comes first now; the one that has its own is shown as such.
    assert rotate_form(alice, pat).value("organization") == world.alpha.name
    assert rotate_page(alice, pat, f"?organization={world.beta.name}").heading == (
        "This token has been replaced"
    )


def test_a_global_one_that_has_stopped_is_replaced_and_nothing_is_left_to_revoke(
    world: World, alice: Person, settings: Any
) -> None:
    settings.GLOBAL_PATS_STOP_ON = timezone.localdate() - timedelta(days=1)
    pat = make_pat(world, alice, "everywhere", is_global=True)
    page = rotate_page(alice, pat)
    assert "you revoke it yourself" not in page.text
    assert "The old token has ended" in page.text
    assert page.form(f"/tokens/{pat.id}/rotate").submit(alice.browser).status_code == 200
    assert successor_of(pat).organization == world.alpha


def test_a_global_one_that_is_replaced_everywhere_leads_to_the_way_out(world: World, alice: Person) -> None:
    pat = make_pat(world, alice, "everywhere", is_global=True)
    for organization in (world.alpha, world.beta):
        make_successor(world, alice, pat, organization=organization, received_at=timezone.now())
    answer = alice.browser.get(f"/tokens/{pat.id}/rotate")
    assert (answer.status_code, answer["Location"]) == (302, f"/tokens/{pat.id}/move")


# --- Where the portal does nothing for people who are away ----------------------------------------------


def test_it_says_that_the_old_one_ends_by_its_expiry_alone(
    world: World, alice: Person, pat: Pat, settings: Any
) -> None:
    words = "ends by its own expiry alone"
    assert words not in alice.browser.get(f"/tokens/{pat.id}/rotate").content.decode()
    settings.BACKGROUND_ACCESS = "off"
    assert words in alice.browser.get(f"/tokens/{pat.id}/rotate").content.decode()
