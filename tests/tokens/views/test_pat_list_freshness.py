"""How old the list is, when it asks for news, and what it says where there are none."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.job_runner import run_jobs, waiting_jobs
from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tests.tokens.views.rows import make_operation, make_pat, set_access
from tokens.models import Operation, OrganizationAccess

MINUTE = timedelta(minutes=1)


def open_list(person: Person, address: str = "/", **headers: str) -> Page:
    answer = person.browser.get(address, headers=headers)
    assert answer.status_code == 200
    return read(answer)


def syncs() -> list[str]:
    return [name for name, _, _ in waiting_jobs() if "sync" in name]


def alerts(page: Page) -> str:
    return " ".join(one.text for one in page.all("li", class_="alert"))


def test_the_first_look_says_that_the_list_is_being_fetched(world: World) -> None:
    world.tenant.add_pat("alice", "alpha", "made before")
    page = open_list(world.alice)
    assert "Fetching your tokens for the first time" in page.text
    assert page.one(id="pats")["hx-trigger"] == "every 2s"
    assert page.all("table") == []

    run_jobs()
    page = open_list(world.alice)
    assert page.names() == ["made before"]
    assert "hx-trigger" not in page.one(id="pats").attributes


def test_the_fragment_polls_itself_until_the_news_are_there(world: World) -> None:
    page = open_list(world.alice, "/?status=all&sort=-name")
    region = page.one(id="pats")
    assert region["hx-get"] == "/?status=all&sort=-name"
    assert region["hx-headers"] == '{"X-Polling": "1"}'
    fragment = open_list(world.alice, region["hx-get"], **{"HX-Request": "true", "X-Polling": "1"})
    assert fragment.one(id="pats")["hx-get"] == region["hx-get"]

    run_jobs()
    fragment = open_list(world.alice, region["hx-get"], **{"HX-Request": "true", "X-Polling": "1"})
    assert "hx-get" not in fragment.one(id="pats").attributes


def test_it_says_how_old_it_is_by_the_oldest_organization(world: World, alice: Person) -> None:
    read_at = timezone.now() - timedelta(hours=3)
    OrganizationAccess.objects.filter(organization=world.beta).update(read_at=read_at)
    summary = open_list(alice).one("details", id="freshness-details").one("summary")
    assert summary.text.startswith("Updated 3 hours ago")
    assert summary.one("time")["datetime"] == read_at.isoformat()


def test_a_list_that_was_read_within_a_minute_asks_for_nothing(world: World, alice: Person) -> None:
    run_jobs()
    set_access(alice, world, at=timezone.now() - timedelta(seconds=50))
    open_list(alice)
    assert syncs() == []


def test_an_older_list_is_shown_and_asks_for_one_sync(world: World, alice: Person) -> None:
    run_jobs()
    make_pat(world, alice, "seen before")
    set_access(alice, world, at=timezone.now() - 2 * MINUTE)

    page = open_list(alice)
    assert page.names() == ["seen before"]
    assert page.one(id="pats")["hx-trigger"] == "every 2s"
    for _ in range(3):
        open_list(alice)
    assert syncs() == ["tokens.sync_person"]


def test_only_what_is_old_is_read_again(world: World, alice: Person) -> None:
    run_jobs()
    OrganizationAccess.objects.filter(organization=world.alpha).update(
        finished_at=timezone.now() - 2 * MINUTE, requested_at=timezone.now() - 2 * MINUTE
    )
    open_list(alice)
    world.tenant.forget_requests()
    run_jobs()
    assert {one.organization for one in world.tenant.requests("pats")} == {world.alpha.name}


def test_an_organization_that_is_configured_later_is_read_at_the_next_look(
    world: World, alice: Person, settings: Any
) -> None:
    run_jobs()
    OrganizationAccess.objects.filter(organization=world.beta).delete()
    world.tenant.add_pat("alice", "beta", "in the new one")
    page = open_list(alice)
    assert f"{world.beta.name}: Reading your tokens for the first time…" in page.text
    assert syncs() == ["tokens.sync_person"]
    run_jobs()
    assert open_list(alice).names() == ["in the new one"]
    settings.AZURE_DEVOPS_ORGANIZATIONS = [world.beta.name]
    assert world.alpha.name not in open_list(alice).text


def test_polling_asks_for_no_sync(world: World, alice: Person) -> None:
    run_jobs()
    set_access(alice, world, at=timezone.now() - 2 * MINUTE)
    for _ in range(3):
        open_list(alice, **{"HX-Request": "true", "X-Polling": "1"})
    assert syncs() == []


def test_it_says_when_nobody_works_on_the_refresh(world: World, alice: Person) -> None:
    asked_at = timezone.now() - 2 * MINUTE
    set_access(alice, world, at=asked_at, finished_at=asked_at - MINUTE, requested_at=asked_at)
    page = open_list(alice, **{"X-Polling": "1"})
    (alert,) = page.all("li", class_="alert")
    assert f"{world.alpha.name} and {world.beta.name}: the refresh has not begun" in alert.text
    assert "The portal's background worker may be down." in alert.text
    assert "hx-trigger" not in page.one(id="pats").attributes


def test_no_access_to_an_organization_is_said_quietly(world: World) -> None:
    world.tenant.change_organization("beta", members=["bob@example.test"])
    world.tenant.add_pat("alice", "alpha", "hers")
    run_jobs_for(world.alice)
    page = open_list(world.alice)
    assert page.names() == ["hers"]
    assert alerts(page) == ""
    assert f"{world.beta.name}: You have no access to this organization." in page.text
    assert OrganizationAccess.objects.get(organization=world.beta).state == "no_access"


def run_jobs_for(person: Person) -> None:
    assert person.browser.session.session_key
    run_jobs()


FAILURES: list[tuple[dict[str, Any], str]] = [
    ({"status": 500}, "an answer that makes no sense"),
    ({"status": 429, "headers": {"Retry-After": "0"}}, "asks to slow down"),
    ({"status": 403}, "a Conditional Access rule forbids reading your tokens"),
    ({"status": 404}, "renamed or deleted in Azure DevOps"),
    ({"body": "{garbage"}, "an answer that makes no sense"),
    ({"body": {"value": "nonsense"}}, "an answer that makes no sense"),
    ({"status": 400, "body": {"typeKey": "OddException", "message": "odd"}}, "Azure DevOps refused"),
    ({"status": 429, "headers": {"Retry-After": "3600"}}, "asks to slow down"),
]


def test_a_failed_organization_is_shown_with_its_activity_id_beside_the_others(
    world: World, alice: Person
) -> None:
    world.tenant.add_pat("alice", "alpha", "of alpha")
    make_pat(world, alice, "of beta, seen before", organization=world.beta)
    for deed, sentence in FAILURES:
        asked_at = timezone.now() - 2 * MINUTE
        set_access(alice, world, at=asked_at)
        with world.tenant.fault("pats", organization=world.beta.name, **deed):
            alice.browser.post("/tokens/refresh")
            world.tenant.forget_requests()
            run_jobs()
        page = open_list(alice)
        assert shown(page) == {"of alpha", "of beta, seen before"}, deed
        (alert,) = page.all("li", class_="alert")
        assert world.beta.name in alert.text
        assert sentence in alert.text, deed
        assert alert.one("code").text in {
            one.activity_id for one in world.tenant.requests("pats") if one.organization == world.beta.name
        }


def shown(page: Page) -> set[str]:
    return set(page.names())


def test_an_unreachable_azure_devops_leaves_the_list_as_it_was(world: World, alice: Person) -> None:
    make_pat(world, alice, "seen before")
    with world.tenant.fault("pats", drop="before"):
        alice.browser.post("/tokens/refresh")
        run_jobs()
    page = open_list(alice)
    assert page.names() == ["seen before"]
    (alert,) = page.all("li", class_="alert")
    assert f"{world.alpha.name} and {world.beta.name}: Azure DevOps cannot be reached" in alert.text
    assert "Use Refresh in a few minutes." in alert.text


def test_sign_in_pages_in_place_of_answers_mean_no_access(world: World, alice: Person) -> None:
    make_pat(world, alice, "seen before", organization=world.beta)
    for deed in ({"html": True}, {"status": 401}, {"html": True, "status": 203}):
        with world.tenant.fault("pats", organization=world.beta.name, **deed):
            alice.browser.post("/tokens/refresh")
            run_jobs()
        page = open_list(alice)
        assert page.names() == ["seen before"]
        assert f"{world.beta.name}: You have no access to this organization." in page.text


def test_refresh_answers_post_only(alice: Person) -> None:
    for method in ("get", "head", "put", "delete"):
        assert getattr(alice.browser, method)("/tokens/refresh").status_code == 405


def test_refresh_asks_for_every_organization_and_returns_to_the_same_list(
    world: World, alice: Person
) -> None:
    run_jobs()
    world.tenant.add_pat("alice", "beta", "new elsewhere")
    address = f"/?status=all&organization={world.beta.name}&q=new&sort=-name"
    answer = open_list(alice, address).form("/tokens/refresh").submit(alice.browser)
    assert answer.status_code == 302
    assert answer["Location"] == address
    assert syncs() == ["tokens.sync_person"]
    run_jobs()
    assert open_list(alice, answer["Location"]).names() == ["new elsewhere"]


def test_refresh_twice_syncs_once(alice: Person) -> None:
    run_jobs()
    alice.browser.post("/tokens/refresh")
    alice.browser.post("/tokens/refresh")
    assert syncs() == ["tokens.sync_person"]


def test_refresh_leads_nowhere_but_to_the_list(alice: Person) -> None:
    form = {"next": "//evil.example/", "q": "a b&c", "status": "https://evil.example", "page": "2"}
    assert alice.browser.post("/tokens/refresh", form)["Location"] == "/?q=a+b%26c&page=2"


def test_refresh_without_a_session_comes_back_to_the_list(world: World, client: Any) -> None:
    answer = client.post("/tokens/refresh", {"q": "kept out of it"})
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=%2F")
    assert waiting_jobs() == []


def test_a_lost_creation_is_told_until_it_is_settled_and_put_away(world: World, alice: Person) -> None:
    operation = make_operation(world, alice, name="<b>odd</b>")
    page = open_list(alice)
    (alert,) = page.all("li", class_="alert")
    assert alert.text.startswith(
        f"Note: “<b>odd</b>” in {world.alpha.name}: the answer of Azure DevOps was lost."
    )
    assert alert.one("a")["href"] == f"/operations/{operation.id}"
    assert alert.all("form") == []  # nobody may put away what is still going on

    Operation.objects.update(state=Operation.State.NOTHING_MADE, finished_at=timezone.now())
    (alert,) = open_list(alice).all("li", class_="alert")
    assert "no token was made" in alert.text
    page = open_list(alice)
    answer = page.form(f"/operations/{operation.id}/dismiss").submit(alice.browser)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert open_list(alice).all("li", class_="alert") == []


def test_notices_are_ones_own(world: World, alice: Person, bob: Person) -> None:
    make_operation(world, bob, name="bobs")
    assert alerts(open_list(alice)) == ""


def test_a_revocation_that_is_not_confirmed_is_told(world: World, alice: Person) -> None:
    make_operation(
        world,
        alice,
        verb=Operation.Verb.REVOKE,
        state=Operation.State.FAILED,
        error_code="revocation_not_confirmed",
        name="stubborn",
    )
    assert "“stubborn”" in alerts(open_list(alice))
    assert "does not list it as revoked" in alerts(open_list(alice))


def test_a_revocation_that_is_being_confirmed_keeps_the_page_looking(world: World, alice: Person) -> None:
    make_pat(world, alice, "ending", revocation_sent_at=timezone.now() - timedelta(seconds=5))
    page = open_list(alice)
    assert page.one(class_="badge").text == "Revocation sent"
    assert page.one(id="pats")["hx-trigger"] == "every 2s"
    make_pat(world, alice, "stuck", revocation_sent_at=timezone.now() - timedelta(hours=1))
    assert "hx-trigger" not in open_list(alice, "/?q=stuck").one(id="pats").attributes
