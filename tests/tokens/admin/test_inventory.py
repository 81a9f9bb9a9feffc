"""The admin shows and never changes; who may look is tested with all other addresses in test_isolation."""

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import RequestFactory

from accounts.read_only_admin import ReadOnlyAdmin
from tests.people import World
from tests.tokens.views.page import read
from tests.tokens.views.rows import make_operation, make_pat
from tokens.models import Operation

# What may be done all the same: a job that runs twice changes nothing the second time.
DOING_NO_HARM = {"QueuedJob": {"run_again"}}


def test_every_table_of_the_app_is_read_only() -> None:
    request = RequestFactory().get("/admin/")
    registered = {
        model: one for model, one in admin.site._registry.items() if model._meta.app_label == "tokens"
    }
    names = {model.__name__ for model in registered}
    assert names == {
        "AuditCheckpoint",
        "AuditEvent",
        "AuditVerification",
        "Pat",
        "Operation",
        "Organization",
        "QueuedJob",
        "Reminder",
        "ReminderSettings",
    }
    for one in registered.values():
        assert isinstance(one, ReadOnlyAdmin)
        assert not one.has_add_permission(request)
        assert not one.has_change_permission(request)
        assert not one.has_delete_permission(request)
        if one.model.__name__ in DOING_NO_HARM:
            assert set(one.actions or []) == DOING_NO_HARM[one.model.__name__]
        else:
            assert one.get_actions(request) == {}


def test_rights_cannot_be_given_in_the_admin() -> None:
    assert not admin.site.is_registered(Group)
    assert not admin.site.is_registered(apps.get_model("auth", "Permission"))


def test_an_operation_shows_neither_its_key_nor_its_digest(world: World) -> None:
    operation = make_operation(world, world.alice, content_digest="d" * 64, pat=make_pat(world, world.alice))
    answer = world.dave.browser.get(f"/admin/tokens/operation/{operation.pk}/change/")
    assert answer.status_code == 200
    assert operation.key not in answer.content.decode()
    assert "d" * 64 not in answer.content.decode()


def test_a_table_that_sorts_says_by_which_column_and_which_way(world: World) -> None:
    make_pat(world, world.alice)
    for order, says in (("1", "ascending"), ("-1", "descending")):
        page = read(world.dave.browser.get("/admin/tokens/pat/", {"o": order}))
        heads = [one["aria-sort"] for one in page.all("th") if "aria-sort" in one.attributes]
        assert heads == [says]


def test_one_without_a_name_has_a_link_to_its_row(world: World) -> None:
    pat = make_pat(world, world.alice, " ")
    page = read(world.dave.browser.get("/admin/tokens/pat/"))
    link = page.one(class_="field-called").one("a")
    assert (link.text, link["href"]) == ("(no name)", f"/admin/tokens/pat/{pat.pk}/change/")


def test_an_operation_has_the_name_that_its_pat_is_called_by(world: World) -> None:
    shown = []
    for name in (" ", "ci", ""):
        Operation.objects.all().delete()
        make_operation(world, world.alice, name=name)
        page = read(world.dave.browser.get("/admin/tokens/operation/"))
        shown.append(page.one("td", class_="field-called").text)
    assert shown == ["(no name)", "ci", "-"]
