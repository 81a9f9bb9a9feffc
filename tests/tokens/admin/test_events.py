"""The audit log as auditors see it: a sentence for each event, and a page with everything that is known."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patportal.lib.actors import Actor, ActorKind, Origin, system_actor
from tests.people import Person, World
from tests.tokens.audit_scene import link_now
from tests.tokens.views.page import Element, Page, read
from tests.tokens.views.rows import make_pat
from tokens import audit
from tokens.models import AuditEvent, AuditLink, EventType, Outcome

LIST = "/admin/tokens/auditevent/"


def rows(person: Person, query: str = "") -> list[Element]:
    """Return the rows of the list that an auditor gets."""
    answer = person.browser.get(f"{LIST}{query}")
    assert answer.status_code == 200
    tables = read(answer).all("table", id="result_list")
    return tables[0].one("tbody").all("tr") if tables else []


def page_of(person: Person, event: AuditEvent) -> Page:
    answer = person.browser.get(f"{LIST}{event.pk}/change/")
    assert answer.status_code == 200
    return read(answer)


def told(row: Element) -> str:
    return row.one("td", class_="field-told").text


def test_the_audit_log_shows_who_did_what_to_which_pat(world: World) -> None:
    world.alice.browser.post("/tokens/new", world.form(name="<b>ci</b>"))
    answer = world.carol.browser.get(f"{LIST}?q=Alice")
    assert "<b>ci</b>" not in answer.content.decode()
    found = rows(world.carol, "?q=Alice")
    assert len(found) == 3  # signed in, asked for a PAT, got it
    assert told(found[0]).startswith(f"Alice Archer created “<b>ci</b>” in {world.alpha.name}; it expires ")
    assert told(found[1]) == f"Alice Archer asked Azure DevOps to create “<b>ci</b>” in {world.alpha.name}."
    assert told(found[2]) == "Alice Archer signed in."
    assert [found[0].one("td", class_=f"field-{name}").text for name in ("ended", "who", "pat")] == [
        "Success",
        "Alice Archer",
        "<b>ci</b>",
    ]
    assert found[0].one("td", class_="field-organization").text == world.alpha.name


def test_an_outcome_has_its_icon_and_its_code(world: World) -> None:
    audit.record(
        EventType.PAT_CREATE_FAILED,
        actor=world.carol.actor,
        outcome=Outcome.FAILED,
        error_code="service_unreachable",
    )
    (row,) = rows(world.carol, "?outcome=failed")
    cell = row.one("td", class_="field-ended")
    assert cell.text == "Failed service_unreachable"
    assert len(cell.all("svg")) == 1
    assert "tone-bad" in cell.all("span")[0]["class"]


def test_the_list_names_whom_an_event_concerns_where_another_acted(world: World) -> None:
    person = world.carol
    audit.record(EventType.SIGNED_OUT, actor=person.actor, owner=person.user)
    audit.record(EventType.GRANT_LOST, actor=system_actor("grants"), owner=person.user)
    audit.record(EventType.SIGN_IN_REFUSED, actor=system_actor("sign-in"))
    shown = [row.one("td", class_="field-who").text for row in rows(person)]
    assert shown[:3] == ["sign-in", f"grants, for {person.user}", str(person.user)]


def test_an_event_tells_its_time_to_the_second_with_the_zone(world: World) -> None:
    event = AuditEvent.objects.filter(owner_object_id=world.carol.user.object_id).latest("id")
    assert f"{event.at:%Y-%m-%d %H:%M:%S} UTC" in rows(world.carol)[0].text
    assert f"{event.at:%Y-%m-%d %H:%M:%S.%f} UTC" in page_of(world.carol, event).text


def test_a_page_of_the_list_costs_a_fixed_number_of_queries(world: World) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            world.carol.browser.get(f"{LIST}?type=pat.kept&from=2020-01-01&q=Carol")
        return [one["sql"] for one in captured if "SAVEPOINT" not in one["sql"]]

    audit.record(EventType.PAT_KEPT, actor=world.carol.actor, pat_name="one")
    link_now()
    few = queries()
    for number in range(70):
        audit.record(EventType.PAT_KEPT, actor=world.carol.actor, pat_name=f"one {number}")
    many = queries()
    assert len(few) == len(many) <= 12, "\n".join(many)
    assert not any("COUNT(" in statement for statement in many)


# --- One event ---------------------------------------------------------------------------------------


def test_one_event_shows_everything_that_was_recorded(world: World) -> None:
    world.alice.browser.post("/tokens/new", world.form(), headers={"User-Agent": "a browser"})
    event = AuditEvent.objects.get(type="pat.created")
    text = page_of(world.carol, event).text
    for shown in (
        "a browser",
        event.activity_id,
        event.request_id,
        str(event.authorization_id),
        str(event.operation_id),
        str(event.owner_object_id),
        "vso.code",
    ):
        assert shown in text


def test_one_event_leads_to_all_with_its_ids(world: World) -> None:
    pat = make_pat(world, world.alice)
    event = audit.record(EventType.PAT_KEPT, actor=world.alice.actor, owner=world.alice.user, pat=pat)
    audit.record(EventType.PAT_EXTENDED, actor=world.alice.actor, owner=world.alice.user, pat=pat)
    links = [one["href"] for one in page_of(world.carol, event).all("a") if "?q=" in one.get("href")]
    (to_pat,) = [one for one in links if str(pat.authorization_id) in one]
    assert len(rows(world.carol, to_pat.removeprefix(LIST))) == 2


def test_differences_stand_side_by_side(world: World) -> None:
    event = audit.record(
        EventType.PAT_UPDATED,
        actor=world.carol.actor,
        data={"name": ["<b>old</b>", "new"], "scopes": [["vso.code"], ["vso.work"]], "repeats": 1},
    )
    page = page_of(world.carol, event)
    table = page.one("table", aria_labelledby="changes-title")
    assert [cell.text for cell in table.one("thead").all("th")] == ["What", "Before", "After"]
    lines = [
        [cell.text for cell in row.elements() if cell.tag in {"th", "td"}] for row in table.all("tr")[1:]
    ]
    assert lines[0] == ["Name", "<b>old</b>", "new"]
    assert [line[0] for line in lines] == ["Name", "Scopes"]
    assert "Repeats" in page.text


def test_an_event_without_differences_has_no_empty_table(world: World) -> None:
    event = audit.record(EventType.SIGNED_OUT, actor=world.carol.actor)
    page = page_of(world.carol, event)
    assert page.all("table", aria_labelledby="changes-title") == []
    assert "What was recorded" not in page.text


def test_an_event_tells_what_it_recorded_in_lines(world: World) -> None:
    event = audit.record(
        EventType.SESSION_ENDED,
        actor=world.carol.actor,
        data={"reason": "signed_out_everywhere", "sessions": 3, "<b>odd</b>": ["<i>one</i>", "two"]},
    )
    answer = world.carol.browser.get(f"{LIST}{event.pk}/change/")
    lines = {
        line.one("dt").text: line.one("dd").text
        for part in read(answer).all("dl")
        for line in part.all("div")
    }
    assert lines["<b>odd</b>"] == "<i>one</i>, two"
    assert lines["Reason"] == "the person signed out everywhere"
    assert lines["Sessions ended"] == "3"
    for raw in ("<b>odd", "<i>one", "signed_out_everywhere", "{&quot;"):
        assert raw not in answer.content.decode()


def test_the_other_events_of_the_operation_and_of_the_request_are_listed_once(world: World) -> None:
    origin = Origin(request_id=uuid4().hex)
    actor = Actor(kind=ActorKind.OPERATOR, label="root (uid 0)", origin=origin)
    operation_id = uuid4()
    first = audit.record(
        EventType.PAT_REVOKE_REQUESTED, actor=actor, pat_name="mine", operation_id=operation_id
    )
    audit.record(EventType.PAT_REVOCATION_SENT, actor=actor, pat_name="mine", operation_id=operation_id)
    audit.record(EventType.PAT_REVOKED, actor=system_actor("settling"), operation_id=operation_id)
    audit.record(EventType.PAT_KEPT, actor=actor, pat_name="another")
    page = page_of(world.carol, first)
    lists = {one.one("h2").text: one.one("ol").all("li") for one in page.all(class_="event-relatives")}
    assert [len(lines) for lines in lists.values()] == [2, 1]
    operation, request = lists.values()
    assert "Azure DevOps lists a PAT as revoked." in operation[0].text
    assert "root (uid 0) sent the revocation of “mine” to Azure DevOps." in operation[1].text
    assert "root (uid 0) decided to keep “another”." in request[0].text


def test_an_event_shows_its_place_in_the_chain(world: World) -> None:
    event = audit.record(EventType.SIGNED_OUT, actor=world.carol.actor)
    assert "It has no place in the chain" in page_of(world.carol, event).text
    link_now()
    link = AuditLink.objects.get(event_id=event.pk)
    text = page_of(world.carol, event).text
    assert bytes(link.hash).hex() in text
    assert f"Position {link.position}" in text


def test_an_event_that_is_not_what_was_recorded_says_so(world: World) -> None:
    event = audit.record(EventType.PAT_KEPT, actor=world.carol.actor, pat_name="ci")
    link_now()
    assert "The event is as it was recorded." in page_of(world.carol, event).text
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tokens_auditevent DISABLE TRIGGER USER")
        cursor.execute("UPDATE tokens_auditevent SET outcome = 'failed' WHERE id = %s", [event.pk])
    page = page_of(world.carol, event)
    warning = page.one(class_="event-altered").text
    assert f'Event {event.pk} was altered (outcome was "success", is "failed").' in warning
    assert "as it was recorded." not in page.text


def test_an_erased_event_says_so_and_leads_to_the_erasure(world: World) -> None:
    person = world.bob
    event = audit.record(EventType.SIGNED_OUT, actor=person.actor, owner=person.user)
    told_by = audit.record(EventType.AUDIT_ERASED, actor=Actor(kind=ActorKind.OPERATOR, label="root"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tokens_audit_erase(%s, %s, %s, NULL)",
            [told_by.pk, person.user.tenant_id, person.user.object_id],
        )
    page = page_of(world.carol, event)
    assert page.heading == "Somebody (erased) signed out."
    notice = page.one(class_="event-erased")
    assert "The personal fields of this event were erased" in notice.text
    assert notice.one("a")["href"] == f"{LIST}{told_by.pk}/change/"
    (row,) = rows(world.carol, "?type=auth.signed_out")
    assert told(row) == "Somebody (erased) signed out."


@pytest.mark.parametrize("number", ["0", "999999999", "9" * 30, "x", "1;"])
def test_an_event_that_is_not_there_is_said_to_be_missing(world: World, number: str) -> None:
    answer = world.carol.browser.get(f"{LIST}{number}/change/")
    assert answer.status_code in {302, 404}
