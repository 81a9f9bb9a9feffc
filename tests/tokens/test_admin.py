"""The admin shows and never changes; who may look is tested with all other addresses in test_isolation."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import RequestFactory

from accounts.read_only_admin import ReadOnlyAdmin
from patportal.lib.actors import system_actor
from tests.people import World
from tests.tokens.views.page import read
from tests.tokens.views.rows import make_operation, make_pat
from tokens import audit
from tokens.models import AuditEvent, EventType


def test_every_table_of_the_app_is_read_only() -> None:
    request = RequestFactory().get("/admin/")
    registered = {
        model: one for model, one in admin.site._registry.items() if model._meta.app_label == "tokens"
    }
    assert {model.__name__ for model in registered} == {"AuditEvent", "Pat", "Operation", "Organization"}
    for one in registered.values():
        assert isinstance(one, ReadOnlyAdmin)
        assert not one.has_add_permission(request)
        assert not one.has_change_permission(request)
        assert not one.has_delete_permission(request)
        assert one.get_actions(request) == {}


def test_rights_cannot_be_given_in_the_admin() -> None:
    assert not admin.site.is_registered(Group)
    assert not admin.site.is_registered(apps.get_model("auth", "Permission"))


def test_the_audit_log_shows_who_did_what_to_which_pat(world: World) -> None:
    world.alice.browser.post("/tokens/new", world.form(name="<b>ci</b>"))
    answer = world.carol.browser.get("/admin/tokens/auditevent/?q=Alice")
    page = read(answer)
    table = page.one("table", id="result_list")
    assert "<b>ci</b>" not in answer.content.decode()
    rows = [row.text for row in table.one("tbody").all("tr")]
    assert len(rows) == 3  # signed in, asked for a PAT, got it
    assert "PAT created" in rows[0]
    assert "<b>ci</b>" in rows[0]
    assert "Alice Archer" in rows[0]
    assert world.alpha.name in rows[0]


def test_one_event_shows_everything_that_was_recorded(world: World) -> None:
    world.alice.browser.post("/tokens/new", world.form(), headers={"User-Agent": "a browser"})
    event = AuditEvent.objects.get(type="pat.created")
    page = read(world.carol.browser.get(f"/admin/tokens/auditevent/{event.pk}/change/"))
    text = page.one("main").text if page.all("main") else page.text
    for shown in ("a browser", event.activity_id, event.request_id, str(event.authorization_id), "vso.code"):
        assert shown in text


def test_the_list_names_whom_an_event_concerns_where_another_acted(world: World) -> None:
    person = world.carol
    audit.record(EventType.SIGNED_OUT, actor=person.actor, owner=person.user)
    audit.record(EventType.GRANT_LOST, actor=system_actor("grants"), owner=person.user)
    audit.record(EventType.SIGN_IN_REFUSED, actor=system_actor("sign-in"))
    page = read(person.browser.get("/admin/tokens/auditevent/"))
    shown = [cell.text for cell in page.all("td") if cell.get("class") == "field-who"]
    assert shown[:3] == ["sign-in", f"grants, for {person.user}", str(person.user)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("session", {"auth.session_ended"}),
        ("SESSIONS ended", {"auth.session_ended"}),
        ("role", {"auth.roles_changed", "pat.kept"}),
        ("signed out", {"auth.signed_out"}),
        ('"signed out"', {"auth.signed_out"}),
        ("signed", {"auth.signed_out", "auth.signed_in"}),
        ("session role", set()),
        ("sessions kept", set()),
        ("auditor-role", {"pat.kept"}),
        ("kept auditor", {"pat.kept"}),
        ("%", set()),
        ("'", set()),
        ("\\", set()),
    ],
)
def test_the_search_finds_events_by_the_words_that_people_see(
    world: World, query: str, found: set[str]
) -> None:
    person = world.carol
    for event_type in (EventType.SESSION_ENDED, EventType.ROLES_CHANGED, EventType.SIGNED_OUT):
        audit.record(event_type, actor=system_actor("test"))
    audit.record(EventType.PAT_KEPT, actor=system_actor("test"), pat_name="auditor-role")
    page = read(person.browser.get("/admin/tokens/auditevent/", {"q": query}))
    labels = {cell.text for cell in page.all("td") if cell.get("class") == "field-type_in_words"}
    assert labels == {EventType(value).label for value in found}


def test_the_search_asks_for_types_and_not_for_their_words() -> None:
    request = RequestFactory().get("/admin/")
    one: Any = admin.site._registry[AuditEvent]
    found, is_doubtful = one.get_search_results(request, AuditEvent.objects.all(), "session")
    assert str(found.query).count("auth.session_ended") == 1
    assert not is_doubtful


def test_an_event_tells_what_it_recorded_in_lines(world: World) -> None:
    person = world.carol
    event = audit.record(
        EventType.SESSION_ENDED,
        actor=person.actor,
        data={"reason": "signed_out_everywhere", "sessions": 3, "<b>odd</b>": ["<i>one</i>", "two"]},
    )
    answer = person.browser.get(f"/admin/tokens/auditevent/{event.pk}/change/")
    lines = [line.text for line in read(answer).one("dl").all("div")]
    assert lines == [
        "<b>odd</b>: <i>one</i>, two",
        "Reason: the person signed out everywhere",
        "Sessions ended: 3",
    ]
    for raw in ("<b>odd", "<i>one", "signed_out_everywhere", "{&quot;"):
        assert raw not in answer.content.decode()


def test_an_event_that_recorded_nothing_more_says_so(world: World) -> None:
    event = audit.record(EventType.SIGNED_OUT, actor=world.carol.actor)
    page = read(world.carol.browser.get(f"/admin/tokens/auditevent/{event.pk}/change/"))
    (row,) = (one for one in page.all("div") if "field-details" in one.get("class"))
    assert row.text == "Details: -"


@pytest.mark.parametrize(
    "query", ["?q=%00", "?type__exact=nonsense", "?o=99", "?p=9999", "?outcome__exact=%27", "?e=1"]
)
def test_odd_queries_do_no_harm(world: World, query: str) -> None:
    answer = world.carol.browser.get(f"/admin/tokens/auditevent/{query}")
    assert answer.status_code in {200, 302}


def test_an_operation_shows_neither_its_key_nor_its_digest(world: World) -> None:
    operation = make_operation(world, world.alice, content_digest="d" * 64, pat=make_pat(world, world.alice))
    answer = world.dave.browser.get(f"/admin/tokens/operation/{operation.pk}/change/")
    assert answer.status_code == 200
    assert operation.key not in answer.content.decode()
    assert "d" * 64 not in answer.content.decode()


def test_a_filter_that_postgres_cannot_hold_is_a_bad_request(world: World) -> None:
    for parameter in ("type", "organization"):
        answer = world.carol.browser.get(f"/admin/tokens/auditevent/?{parameter}=%00")
        assert answer.status_code == 400


def test_an_event_tells_its_time_to_the_second_with_the_zone(world: World) -> None:
    event = AuditEvent.objects.filter(owner_object_id=world.carol.user.object_id).latest("id")
    for path in ("/admin/tokens/auditevent/", f"/admin/tokens/auditevent/{event.pk}/change/"):
        page = read(world.carol.browser.get(path))
        assert f"{event.at:%Y-%m-%d %H:%M:%S} UTC" in page.text
