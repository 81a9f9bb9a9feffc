"""The panel that says whether the log is whole, and the pages behind it."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import timezone

from patportal.lib.actors import system_actor
from tests.people import World
from tests.tokens.audit_scene import link_now
from tests.tokens.views.page import Page, read
from tokens import audit
from tokens.admin._proof import proof
from tokens.audit_proof import notes
from tokens.audit_proof.notes import Checkpoint
from tokens.models import AuditCheckpoint, AuditLink, AuditVerification, EventType, Outcome


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


def sign(position: int, digest: bytes = b"") -> AuditCheckpoint:
    known = AuditLink.objects.filter(position=position).values_list("hash", flat=True).first()
    return AuditCheckpoint.objects.create(
        position=position, hash=digest or known or b"\xab" * 32, note="a\nsigned <note>"
    )


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


def test_a_part_that_is_whole_hides_no_fault_of_the_whole(world: World) -> None:
    verify(faults=3, findings=["event 5 is missing"])
    verify(from_position=1_000, links=235)
    shown = lines(panel(world))
    assert shown["Last verification"].startswith("This part is whole By root (uid 0): 235 links read")
    assert "3 faults" in shown["Last verification of everything"]
    assert "event 5 is missing" in shown["Last verification of everything"]


def test_a_part_alone_asks_for_the_whole(world: World) -> None:
    verify(from_position=1_000)
    assert "Never" in lines(panel(world))["Last verification of everything"]


KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "pats.example/audit"


def signed(position: int, digest: bytes) -> str:
    checkpoint = Checkpoint(origin=ORIGIN, position=position, hash=digest, signed_at=timezone.now())
    return notes.sign(checkpoint, KEY)


def test_a_checkpoint_that_nobody_signed_is_not_trusted(world: World, settings: Any) -> None:
    assert world.carol
    link_now()
    settings.AUDIT_PUBLIC_KEYS = [str(notes.public_half(ORIGIN, KEY))]
    head = AuditLink.objects.latest("position")
    digest = bytes(head.hash)
    for note, words in (
        ("trust me", "It was not made by the signing command: it has no signature."),
        (signed(head.position, digest).replace("— ", "— x"), "It was not made by the signing command"),
        (signed(head.position - 1, digest), "speaks of another position"),
    ):
        AuditCheckpoint.objects.create(position=head.position, hash=digest, note=note)
        shown = lines(panel(world))["Newest checkpoint"]
        assert (shown.startswith("Not to be trusted"), words in shown) == (True, True)
        AuditCheckpoint.objects.all().delete()
    AuditCheckpoint.objects.create(position=head.position, hash=digest, note=signed(head.position, digest))
    assert lines(panel(world))["Newest checkpoint"].startswith("Signed")


@pytest.mark.parametrize("ahead", [0, 9_000])
def test_a_checkpoint_of_another_log_is_not_trusted(world: World, ahead: int) -> None:
    assert world.carol
    link_now()
    sign(AuditLink.objects.latest("position").position + ahead, b"\xab" * 32)
    shown = lines(panel(world))["Newest checkpoint"]
    assert shown.startswith("Not to be trusted At position ")


def test_that_signing_was_refused_is_told_until_it_goes_on(world: World) -> None:
    carol = world.carol
    audit.record(
        EventType.AUDIT_SIGNING_REFUSED,
        actor=system_actor("test"),
        outcome=Outcome.REFUSED,
        data={"finding": "Event 5 is missing."},
    )
    link_now()
    shown = lines(panel(world))["Signing"]
    assert shown.startswith("Refused No further checkpoint is signed")
    assert "Event 5 is missing." in shown
    sign(AuditLink.objects.latest("position").position)
    assert "Signing" not in lines(read(carol.browser.get("/admin/tokens/auditevent/")))


def test_a_window_that_stays_open_is_a_warning(world: World) -> None:
    assert world.carol
    link_now()
    soon, late = (proof(now=timezone.now() + timedelta(minutes=minutes))[2] for minutes in (1, 20))
    assert (soon.state.tone, late.state.tone) == ("info", "warn")
    assert "No checkpoint was signed for over 15 minutes" in late.text


def test_a_checkpoint_shows_its_note_and_its_hash(world: World) -> None:
    checkpoint = sign(7_000)
    page = read(world.carol.browser.get(f"/admin/tokens/auditcheckpoint/{checkpoint.pk}/change/"))
    assert page.one("pre").text == "a signed <note>"
    assert "ab" * 32 in page.text
    assert "abababababababab…" in read(world.carol.browser.get("/admin/tokens/auditcheckpoint/")).text
