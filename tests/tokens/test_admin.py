"""The admin shows and never changes; who may look is tested with all other addresses in test_isolation."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import RequestFactory

from tests.people import World
from tests.tokens.views.page import read
from tests.tokens.views.rows import make_operation, make_pat
from tokens.admin import ReadOnlyAdmin
from tokens.models import AuditEvent


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
