"""What the list says, and does not say, of what the portal cannot read for the person."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.errors import SignInReason
from accounts.messages import MESSAGES
from accounts.models import Grant
from tests.job_runner import run_jobs, waiting_jobs
from tests.people import Person, World
from tests.tokens.views.page import Element, Page, read
from tests.tokens.views.rows import make_pat, make_pats, set_access
from tokens.models import Organization, OrganizationAccess

AGAIN = "/sign-in?next=%2F&again=1"
NO_LONGER = {"state": OrganizationAccess.State.NO_ACCESS, "error_code": "no_access"}


def open_list(person: Person, address: str = "/") -> Page:
    answer = person.browser.get(address)
    assert answer.status_code == 200
    return read(answer)


def lose_grant(person: Person, code: str) -> None:
    Grant.objects.filter(user=person.user).update(state=Grant.State.SIGN_IN_NEEDED, lost_code=code)


def change(organization: Organization, **columns: Any) -> None:
    OrganizationAccess.objects.filter(organization=organization).update(**columns)


def alert_of(page: Page) -> Element:
    """Return the only box of the list."""
    return page.one(id="pats").one(class_="alert")


# --- The portal cannot act for the person ----------------------------------------------------------


def test_a_lost_grant_is_one_box_with_the_way_to_sign_in(world: World, alice: Person) -> None:
    make_pat(world, alice, "seen before")
    alice.user.grant.delete()
    alice.browser.post("/tokens/refresh")
    run_jobs()
    page = open_list(alice)
    assert page.names() == ["seen before"]
    message = MESSAGES[SignInReason.GRANT_MISSING.value]
    alert = alert_of(page)
    assert alert.text == f"{message.title} {message.sentence} {message.next_step} Sign in again"
    assert alert.one("a")["href"] == AGAIN
    assert page.all("button", id="refresh") == []
    assert "Refresh" not in page.text


@pytest.mark.parametrize("reason", SignInReason)
def test_the_list_says_what_the_sign_in_page_says(alice: Person, reason: SignInReason) -> None:
    lose_grant(alice, reason.value)
    alert, message = alert_of(open_list(alice)), MESSAGES[reason.value]
    assert alert.one("h2").text == message.title
    assert str(message.next_step) in alert.text
    link = alert.one("a")
    assert link["href"] == AGAIN
    assert link.text == ("Sign in again" if message.status == 401 else "To the sign-in page")
    assert str(message.title) in read(alice.browser.get(link["href"])).text


@pytest.mark.parametrize("reason", [SignInReason.NETWORK_REFUSED, SignInReason.BLOCKED_BY_POLICY])
def test_nobody_is_sent_to_sign_in_again_where_that_does_not_help(
    alice: Person, world: World, reason: SignInReason
) -> None:
    lose_grant(alice, reason.value)
    set_access(alice, world, at=timezone.now(), state="failed", error_code="sign_in_needed")
    page = open_list(alice)
    assert "Sign in again" not in page.text
    assert alert_of(page).one("code").text  # the reference that its words promise


def test_a_reason_of_tomorrow_is_told_in_general_words(alice: Person) -> None:
    lose_grant(alice, "reason of tomorrow")
    assert str(MESSAGES["sign_in_needed"].sentence) in alert_of(open_list(alice)).text


def test_no_sync_is_asked_for_that_could_only_fail(world: World, alice: Person) -> None:
    run_jobs()
    lose_grant(alice, "challenged")
    set_access(alice, world, at=timezone.now() - timedelta(minutes=5))
    page = open_list(alice)
    assert waiting_jobs() == []
    assert "hx-trigger" not in page.one(id="pats").attributes
    assert "Updated 5 minutes ago" in page.text


def test_signing_in_again_brings_everything_back(world: World, alice: Person) -> None:
    world.tenant.add_pat("alice", "alpha", "hers")
    lose_grant(alice, "challenged")
    world.sign_in("alice", alice.browser)
    run_jobs()
    page = open_list(alice)
    assert page.one(id="pats").all(class_="alert") == []
    assert page.names() == ["hers"]
    assert page.one("button", id="refresh").text == "Refresh"


def test_an_unread_list_of_a_lost_grant_does_not_speak_of_refresh(world: World, alice: Person) -> None:
    lose_grant(alice, "challenged")
    set_access(alice, world, at=timezone.now(), state="failed", error_code="sign_in_needed", read_at=None)
    page = open_list(alice)
    assert "Your tokens have not been read yet" in page.text
    assert "Refresh" not in page.text
    assert "You have no tokens" not in page.text
    # Nobody knows how many there are: not none.
    assert {one.text for one in page.all(class_="count-card-count")} == {"\N{EN DASH}"}
    assert page.one(id="pats")["data-said"] == "List updated: not read yet"


# --- No access to an organization --------------------------------------------------------------------


def test_who_has_access_nowhere_is_told_so(world: World) -> None:
    for key in ("alpha", "beta"):
        world.tenant.change_organization(key, members=["bob@example.test"])
    alice = world.alice
    run_jobs()
    page = open_list(alice)
    assert page.one(class_="empty").one("h2").text == "You have no access to any organization of this portal"
    assert f"They are {world.alpha.name} and {world.beta.name}." in page.text
    assert page.one(id="pats").all(class_="alert") == []
    assert "have not been read yet" not in page.text
    assert "You have no tokens yet" not in page.text


def test_who_had_access_is_not_invited_to_create_a_token(world: World, alice: Person) -> None:
    set_access(alice, world, at=timezone.now(), **NO_LONGER)
    page = open_list(alice)
    assert "You have no access to any organization" in page.one(class_="empty").text
    assert "Not up to date" in page.one("summary", id="freshness-summary").text
    assert f"You no longer have access to {world.alpha.name} and {world.beta.name}" in alert_of(page).text


def test_a_membership_that_was_lost_is_told_with_what_it_means(world: World, alice: Person) -> None:
    read_at = timezone.now() - timedelta(hours=3)
    make_pats(world, alice, [f"pat {number}" for number in range(35)], organization=world.beta)
    make_pat(world, alice, "ended", organization=world.beta, ends_in=-timedelta(days=1))
    make_pat(world, alice, "elsewhere")
    change(world.beta, read_at=read_at, **NO_LONGER)
    page = open_list(alice)
    alert = alert_of(page)
    assert alert.one("h2").text == f"You no longer have access to {world.beta.name}"
    assert "The portal can no longer see or revoke your 35 active tokens there." in alert.text
    assert alert.all("time")[0]["datetime"] == read_at.isoformat()
    summary = page.one("summary", id="freshness-summary").text
    assert summary.startswith("Updated just now")
    assert summary.endswith(f"without {world.beta.name}")


def test_a_renamed_organization_is_told_in_the_same_way(world: World, alice: Person) -> None:
    make_pat(world, alice, "of beta", organization=world.beta)
    change(world.beta, state=OrganizationAccess.State.FAILED, error_code="organization_gone")
    page = open_list(alice)
    assert f"{world.beta.name}: renamed or deleted in Azure DevOps" in alert_of(page).text
    assert "your 1 active token there" in alert_of(page).text
    assert "Tell the people who run this portal." in alert_of(page).text
    assert f"without {world.beta.name}" in page.one("summary", id="freshness-summary").text


def test_what_never_was_open_stays_quiet(world: World, alice: Person) -> None:
    change(world.beta, read_at=None, **NO_LONGER)
    page = open_list(alice)
    assert page.one(id="pats").all(class_="alert") == []
    assert "without" not in page.one("summary", id="freshness-summary").text
    assert "You have no tokens yet" in page.text


def test_an_organization_without_access_says_so_where_it_is_chosen(world: World, alice: Person) -> None:
    set_access(alice, world, at=timezone.now())
    OrganizationAccess.objects.filter(organization=world.beta).update(state="no_access", read_at=None)
    page = read(alice.browser.get("/", {"organization": world.beta.name}))
    chip = page.one(id=f"organization-{world.beta.name}")
    assert chip.text == f"{world.beta.name}: You have no access to this organization."
    assert f"You have no access to {world.beta.name}." in page.text
    assert "No token fits" not in page.text


# --- Failed reads --------------------------------------------------------------------------------------


def test_nobody_hears_that_they_have_no_tokens_beside_a_failed_read(world: World, alice: Person) -> None:
    change(world.beta, state=OrganizationAccess.State.FAILED, error_code="throttled")
    page = open_list(alice)
    assert page.one(class_="empty").one("h2").text == "No active token is known"
    assert "You have no tokens yet" not in page.text


def test_a_conditional_access_rule_comes_with_the_way_to_sign_in(world: World, alice: Person) -> None:
    change(world.beta, state=OrganizationAccess.State.FAILED, error_code="conditional_access")
    alert = alert_of(open_list(alice))
    assert "Sign in again on a device and network that your organization accepts." in alert.text
    assert alert.one("a")["href"] == AGAIN


def test_where_access_ends_with_the_visit_the_list_says_so_and_asks_for_nothing(
    world: World, settings: Any
) -> None:
    settings.BACKGROUND_ACCESS = "off"
    person = world.sign_in("alice")
    run_jobs()
    words = "acts for you only for about an hour"
    assert words not in open_list(person).text
    Grant.objects.update(access_ends_at=timezone.now())
    OrganizationAccess.objects.update(requested_at=None, finished_at=None)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert words in open_list(person).text
    assert waiting_jobs() == []
