"""Exports from the admin: for those who may read the log, by POST, recorded, and of what the list shows."""

import json
from typing import Any

import pytest
from django.utils import timezone

from tests.people import World
from tests.tokens.audit_scene import link_now
from tests.tokens.views.page import read
from tokens import audit
from tokens.models import AuditEvent, EventType

EXPORT = "/admin/tokens/auditevent/export/"
LIST = "/admin/tokens/auditevent/"


def content_of(answer: Any) -> str:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()


@pytest.mark.parametrize("person", ["carol", "dave"])
def test_whoever_may_read_the_log_gets_the_chain(world: World, person: str) -> None:
    who = world.sign_in(person)
    link_now()
    answer = who.browser.post(EXPORT, {"format": "jsonl"})
    assert "no-store" in answer["Cache-Control"]
    lines = content_of(answer).splitlines()
    head, end = json.loads(lines[0]), json.loads(lines[-1])
    assert (head["from_position"], end["events"]) == (1, len(lines) - 2)
    event = AuditEvent.objects.get(type=EventType.AUDIT_EXPORTED)
    assert (event.actor_object_id, event.owner_object_id) == (who.user.object_id, who.user.object_id)


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_nobody_else_gets_anything(world: World, kind: str) -> None:
    assert world.alice.browser.post(EXPORT, {"format": kind}).status_code in {302, 403, 404}
    assert not AuditEvent.objects.filter(type=EventType.AUDIT_EXPORTED).exists()


def test_a_link_exports_nothing(world: World) -> None:
    assert world.carol.browser.get(EXPORT, {"format": "csv"}).status_code == 405
    assert not AuditEvent.objects.filter(type=EventType.AUDIT_EXPORTED).exists()


def test_a_table_holds_what_the_list_shows(world: World) -> None:
    audit.record(EventType.PAT_CREATED, actor=world.alice.actor, owner=world.alice.user, pat_name="ci-deploy")
    page = read(world.carol.browser.get(f"{LIST}?type=pat.created&q=alice"))
    form = next(one for one in page.all("form") if "export" in one.get("action", ""))
    answer = world.carol.browser.post(form["action"], {"format": "csv"})
    assert answer["Content-Disposition"].endswith('.csv"')
    text = content_of(answer)
    assert "Alice Archer created “ci-deploy”" in text
    assert "signed in" not in text
    event = AuditEvent.objects.get(type=EventType.AUDIT_EXPORTED)
    assert event.personal_data == {"filters": {"type": "pat.created", "search": "alice"}}


@pytest.mark.parametrize("query", ["", "?from={today}", "?from={today}&to={today}"])
def test_days_choose_a_range_of_the_chain(world: World, query: str) -> None:
    world.carol.browser.get("/")
    link_now()
    count = AuditEvent.objects.count()
    path = EXPORT + query.format(today=timezone.localdate().isoformat())
    lines = content_of(world.carol.browser.post(path, {"format": "jsonl"})).splitlines()
    assert json.loads(lines[-1])["events"] == count


def test_days_without_events_are_told(world: World) -> None:
    answer = world.carol.browser.post(f"{EXPORT}?to=2001-01-01", {"format": "jsonl"}, follow=True)
    assert "There is nothing to export on these days." in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "content"),
    [("", {}), ("", {"format": "xml"}), ("?q=%00", {"format": "csv"}), ("?error_code=x", {"format": "csv"})],
)
def test_what_is_no_export_is_refused(world: World, query: str, content: dict[str, str]) -> None:
    assert world.carol.browser.post(f"{EXPORT}{query}", content).status_code == 400
