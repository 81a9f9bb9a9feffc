"""The panel that says whether the log is whole, and the pages behind it."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from patportal.lib.actors import system_actor
from tests.people import World
from tests.tokens.audit_scene import link_now
from tests.tokens.views.page import Page, read
from tokens import audit
from tokens.admin._proof import proof
from tokens.models import AuditCheckpoint, AuditLink, AuditVerification, EventType


def panel(world: World) -> Page:
    answer = world.carol.browser.get("/admin/tokens/auditevent/")
    assert answer.status_code == 200
    return read(answer)


def lines(page: Page) -> dict[str, str]:
    return {line.one("dt").text: line.one("dd").text for line in page.one(class_="proof").all("div")}


def verify(**changes: Any) -> AuditVerification:
    fields = {
        "from_position": 1,
        "to_position": 1_234,
        "links": 1_234,
        "erased": 5,
        "faults": 0,
        "checkpoints": 2,
        "by": "root (uid 0)",
        **changes,
    }
    return AuditVerification.objects.create(**fields)


def sign(position: int) -> AuditCheckpoint:
    return AuditCheckpoint.objects.create(position=position, hash=b"\xab" * 32, note="a\nsigned <note>")


def test_before_anything_was_proved_it_says_what_to_do(world: World) -> None:
    shown = lines(panel(world))
    assert "Never" in shown["Last verification"]
    assert "python manage.py verify_audit" in shown["Last verification"]
    assert "python manage.py sign_audit" in shown["Newest checkpoint"]


def test_a_whole_log_is_told_with_who_looked_and_where_to(world: World) -> None:
    verify(faults=3, findings=["old"])
    newest = verify()
    page = panel(world)
    shown = lines(page)["Last verification"]
    assert shown.startswith("Whole By root (uid 0): 1,234 links read, positions 1 to 1,234; 5 erased events;")
    assert "2 checkpoints compared" in shown
    link = next(one for one in page.one(class_="proof").all("a") if "verification" in one["href"])
    assert link["href"] == f"/admin/tokens/auditverification/{newest.pk}/change/"


def test_faults_are_named_in_the_panel_and_all_on_their_page(world: World) -> None:
    findings = [f"event {number} is <b>missing</b>" for number in range(10)]
    verification = verify(faults=12, findings=findings)
    page = panel(world)
    assert "12 faults" in lines(page)["Last verification"]
    assert [one.text for one in page.one("ul", class_="findings").all("li")] == findings[:3]
    detail = read(world.carol.browser.get(f"/admin/tokens/auditverification/{verification.pk}/change/"))
    assert [one.text for one in detail.one("ul", class_="findings").all("li")] == findings
    assert "2 more are not kept here." in detail.text
    assert "12 faults" in read(world.carol.browser.get("/admin/tokens/auditverification/")).text


def test_the_window_after_the_newest_checkpoint_is_counted(world: World) -> None:
    assert world.carol
    link_now()
    head = AuditLink.objects.latest("position").position
    sign(head)
    assert "Nothing The checkpoint covers every event." in lines(panel(world))["Not yet covered"]
    for _ in range(3):
        audit.record(EventType.PAT_KEPT, actor=system_actor("test"))
    link_now()
    sign(head - 1)  # an older one says nothing new
    shown = lines(panel(world))["Not yet covered"]
    assert shown.startswith("3 events ")
    assert "just now" in shown


def test_a_window_that_stays_open_is_a_warning(world: World) -> None:
    assert world.carol
    link_now()
    soon, late = (proof(now=timezone.now() + timedelta(minutes=minutes))[2] for minutes in (1, 20))
    assert (soon.state.tone, late.state.tone) == ("info", "warn")
    assert "No checkpoint was signed for over 15 minutes" in late.text


def test_a_checkpoint_shows_its_note_and_its_hash(world: World) -> None:
    checkpoint = sign(7)
    page = read(world.carol.browser.get(f"/admin/tokens/auditcheckpoint/{checkpoint.pk}/change/"))
    assert page.one("pre").text == "a signed <note>"
    assert "ab" * 32 in page.text
    assert "abababababababab…" in read(world.carol.browser.get("/admin/tokens/auditcheckpoint/")).text
