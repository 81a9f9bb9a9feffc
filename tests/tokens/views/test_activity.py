"""A person's own activity: their events alone, in days and pages, in the second person."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from patportal.lib.actors import Actor, ActorKind, Origin, system_actor
from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tests.tokens.views.rows import make_pat
from tokens import audit
from tokens.models import EventType, Outcome


def open_page(person: Person, address: str = "/activity") -> Page:
    answer = person.browser.get(address)
    assert answer.status_code == 200
    return read(answer)


def lines(page: Page) -> list[str]:
    return [one.all("p")[0].text for part in page.all("ol", class_="activity") for one in part.all("li")]


def test_other_methods_are_answered_with_405(alice: Person) -> None:
    for method in ("post", "put", "patch", "delete"):
        assert getattr(alice.browser, method)("/activity").status_code == 405


def test_signed_out_it_leads_to_the_sign_in_page(client: Client) -> None:
    answer = client.get("/activity")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=%2Factivity")


def test_somebody_elses_events_are_not_shown(world: World, alice: Person, bob: Person) -> None:
    audit.record(EventType.PAT_KEPT, actor=bob.actor, owner=bob.user, pat_name="secret plans")
    audit.record(EventType.AUDIT_EXPORTED, actor=system_actor("nobody's"))
    elsewhere = alice.user
    elsewhere.tenant_id = bob.user.object_id
    audit.record(EventType.PAT_KEPT, actor=bob.actor, owner=elsewhere, pat_name="namesake's")
    text = open_page(alice).text
    for hidden in ("secret plans", "exported", "namesake"):
        assert hidden not in text


def test_it_can_tell_of_one_pat_alone(world: World, alice: Person, bob: Person) -> None:
    pat, other = make_pat(world, alice, "<b>ci</b>"), make_pat(world, alice, "other")
    for number in range(51):
        audit.record(EventType.PAT_KEPT, actor=system_actor(str(number)), owner=alice.user, pat=pat)
    audit.record(EventType.PAT_KEPT, actor=alice.actor, owner=alice.user, pat=other)
    detail = open_page(alice, f"/tokens/{pat.pk}")
    address = next(one["href"] for one in detail.all("a") if "All that was recorded" in one.text)
    page = open_page(alice, address)
    assert page.one("h1").text == "Activity of <b>ci</b>"
    assert (len(lines(page)), "other" in page.text) == (50, False)
    older = next(one["href"] for one in page.all("a") if one.text == "Older")
    assert len(lines(open_page(alice, older))) == 1
    assert bob.browser.get(address).status_code == 404


@pytest.mark.parametrize("text", ["x", "00000000-0000-0000-0000-000000000000"])
def test_a_pat_that_is_not_there_has_no_activity(alice: Person, text: str) -> None:
    assert alice.browser.get("/activity", {"pat": text}).status_code == 404


def test_it_tells_what_one_did_and_what_the_portal_found(world: World, alice: Person) -> None:
    pat = make_pat(world, alice, "<b>ci</b>")
    audit.record(EventType.PAT_VANISHED, actor=system_actor("sync"), owner=alice.user, pat=pat)
    audit.record(EventType.PAT_KEPT, actor=alice.actor, owner=alice.user, pat=pat)
    audit.record(
        EventType.PAT_REVOKE_REFUSED,
        actor=alice.actor,
        owner=alice.user,
        outcome=Outcome.REFUSED,
        pat_name="gone",
    )
    page = open_page(alice)
    where = f"in {world.alpha.name}"
    assert lines(page) == [
        "You tried to revoke “gone”; that was refused and nothing was changed.",
        f"You decided to keep “<b>ci</b>” {where}.",
        f"Azure DevOps no longer lists “<b>ci</b>” {where}.",
        "You signed in.",
    ]
    assert [one.text for one in page.all(class_="badge")] == ["Refused"]
    assert [one["href"] for one in page.all("a") if one.text.startswith("Open the token")] == [
        f"/tokens/{pat.pk}"
    ] * 2
    (day,) = page.all("h2")
    assert day.text.startswith("Today, ")
    assert page.one("a", aria_current="page").text == "Activity"


def test_one_part_of_the_log_is_shown_and_read_on_by_itself(alice: Person) -> None:
    audit.record_all(
        audit.build(EventType.PAT_KEPT, actor=alice.actor, owner=alice.user, pat_name=f"pat {number}")
        for number in range(52)
    )
    assert lines(open_page(alice, "/activity?kind=signing-in")) == ["You signed in."]
    first = open_page(alice, "/activity?kind=tokens")
    assert _link(first, "Older").startswith("/activity?kind=tokens&older=")
    older = open_page(alice, _link(first, "Older"))
    assert [_named(one) for one in lines(older)] == ["pat 1", "pat 0"]
    assert _link(older, "Newest") == "/activity?kind=tokens"
    chips = {one.text: one.get("aria-current") for one in older.all("a", class_="chip")}
    assert chips == {"Everything": "", "Tokens": "true", "Signing in": ""}
    assert lines(open_page(alice, "/activity?kind=<b>")) == lines(open_page(alice))


def test_one_sees_from_where_one_acted_and_not_from_where_others_did(alice: Person, bob: Person) -> None:
    mine = Origin(address="192.0.2.1", user_agent="curl/8")
    theirs = Origin(address="192.0.2.2", user_agent="wget")
    user = alice.user
    actor = Actor(
        kind=ActorKind.PERSON,
        label=str(user),
        tenant_id=user.tenant_id,
        object_id=user.object_id,
        origin=mine,
    )
    audit.record(EventType.PAT_KEPT, actor=actor, owner=user)
    stranger = Actor(kind=ActorKind.PERSON, label="bob@example.test", origin=theirs)
    audit.record(EventType.BACKUP_CONFIRMED, actor=stranger, owner=user)
    text = open_page(alice).text
    assert "192.0.2.1" in text
    assert "curl/8" in text
    assert "192.0.2.2" not in text
    assert "wget" not in text


def test_pages_go_on_where_the_one_before_ended(alice: Person) -> None:
    audit.record_all(
        audit.build(EventType.PAT_KEPT, actor=alice.actor, owner=alice.user, pat_name=f"pat {number}")
        for number in range(60)
    )
    first = open_page(alice)
    older = open_page(alice, _link(first, "Older"))
    assert len(lines(first)) == 50
    assert [_named(one) for one in lines(first)[:2]] == ["pat 59", "pat 58"]
    assert [_named(one) for one in lines(older)[:-1]] == [f"pat {number}" for number in range(9, -1, -1)]
    assert lines(open_page(alice, _link(older, "Newer"))) == lines(first)
    assert _link(older, "Newest") == "/activity"


def _link(page: Page, text: str) -> str:
    return next(one["href"] for one in page.one("nav", aria_label="Pages").all("a") if one.text == text)


def _named(line: str) -> str:
    return line.partition("“")[2].partition("”")[0]


def test_a_part_of_the_log_without_events_says_so(alice: Person) -> None:
    page = open_page(alice, "/activity?older=20000101T000000000000-1")
    assert "Nothing was recorded about you in this part of the log." in page.text
    assert _link(page, "Newest") == "/activity"


def test_it_costs_a_fixed_number_of_queries(world: World, alice: Person) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            open_page(alice)
        return [one["sql"] for one in captured if "SAVEPOINT" not in one["sql"]]

    record_about(world, alice, "the first")
    few = queries()
    for number in range(30):
        record_about(world, alice, f"pat {number}")
    many = queries()
    assert len(few) == len(many) <= 6, "\n".join(many)
    assert not any("COUNT(" in statement for statement in many)


def record_about(world: World, person: Person, name: str) -> Any:
    pat = make_pat(world, person, name)
    return audit.record(EventType.PAT_KEPT, actor=person.actor, owner=person.user, pat=pat)
