"""Pages of the audit log: each event once, in order, with the filters kept, and nothing counted."""

from typing import Any

import pytest

from patportal.lib.actors import system_actor
from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tokens import audit
from tokens.models import AuditEvent, EventType

LIST = "/admin/tokens/auditevent/"


def open_list(person: Person, address: str = "") -> Page:
    answer = person.browser.get(f"{LIST}{address}")
    assert answer.status_code == 200
    return read(answer)


def shown(page: Page) -> list[int]:
    return [int(cell.one("a")["href"].split("/")[4]) for cell in page.all("th", class_="field-moment")]


def links(page: Page) -> dict[str, str]:
    """Return the links to the pages beside this one."""
    pages = page.all("nav", aria_label="Pages")
    return {one.text: one["href"] for part in pages for one in part.all("a")}


@pytest.fixture
def many(world: World) -> list[int]:
    """120 events of one moment: the ids alone part them."""
    audit.record_all(
        audit.build(EventType.PAT_KEPT, actor=system_actor("test"), pat_name=f"pat {number}")
        for number in range(120)
    )
    return list(
        AuditEvent.objects.filter(type="pat.kept").order_by("-at", "-id").values_list("pk", flat=True)
    )


def test_every_event_is_on_one_page_there_and_back(world: World, many: list[int]) -> None:
    page = open_list(world.carol, "?type=pat.kept&q=pat")
    there = [page]
    while "Older events" in links(there[-1]):
        there.append(open_list(world.carol, links(there[-1])["Older events"]))
    assert [event for one in there for event in shown(one)] == many
    assert [len(shown(one)) for one in there] == [50, 50, 20]
    back = open_list(world.carol, links(there[-1])["Newer events"])
    assert shown(back) == shown(there[1])
    assert shown(open_list(world.carol, links(back)["Newer events"])) == shown(there[0])
    assert shown(open_list(world.carol, links(back)["Newest events"])) == shown(there[0])


def test_links_keep_filters_and_search_and_no_other_place(world: World, many: list[int]) -> None:
    page = open_list(world.carol, "?type=pat.kept&q=pat&from=2020-01-01")
    second = open_list(world.carol, links(page)["Older events"])
    for address in links(second).values():
        for kept in ("type=pat.kept", "q=pat", "from=2020-01-01"):
            assert kept in address
        assert address.count("older=") + address.count("newer=") <= 1
    form = second.one("form", class_="filter-form")
    assert "older" not in {one.get("name") for one in form.elements()}
    search = second.one("form", id="changelist-search")
    assert {one["name"] for one in search.all("input", type="hidden")} == {"type", "from"}


def test_new_events_do_not_move_an_older_page(world: World, many: list[int]) -> None:
    page = open_list(world.carol, "?type=pat.kept")
    address = links(page)["Older events"]
    before = shown(open_list(world.carol, address))
    audit.record(EventType.PAT_KEPT, actor=system_actor("test"))
    assert shown(open_list(world.carol, address)) == before


def test_without_other_pages_there_are_no_links(world: World) -> None:
    page = open_list(world.carol)
    assert links(page) == {}
    assert len(shown(page)) == AuditEvent.objects.count()


def test_a_list_that_is_empty_says_so(world: World) -> None:
    page = open_list(world.carol, "?q=nobody-is-called-so")
    assert "No event matches the search and the filters." in page.text


@pytest.mark.parametrize(
    "query",
    [
        "?q=%00",
        "?type=nonsense",
        "?o=99",
        "?o=x.1",
        "?p=9999",
        "?all=",
        "?outcome=%27",
        "?e=1",
        "?older=x",
        "?older=20261124T090000000000-",
        "?newer=20261124T090000000000-99999999999999999999999",
        "?older=20261324T090000000000-1",
        "?older=20261124T090000000000-1&newer=20261124T090000000000-1",
    ],
)
def test_odd_queries_do_no_harm(world: World, query: str) -> None:
    answer = world.carol.browser.get(f"{LIST}{query}")
    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["user_agent__contains", "data", "actor_label", "id__gt", "at__year"])
def test_a_condition_that_is_no_filter_is_refused(world: World, name: str) -> None:
    answer: Any = world.carol.browser.get(f"{LIST}?{name}=1")
    assert answer.status_code == 400


def test_a_filter_that_postgres_cannot_hold_is_a_bad_request(world: World) -> None:
    for parameter in ("type", "organization", "older"):
        assert world.carol.browser.get(f"{LIST}?{parameter}=%00").status_code == 400
