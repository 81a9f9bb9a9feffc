"""Mails about ends: what they tell of each PAT, in the words and the time zone of their reader."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import World
from tests.tokens.mail import scene
from tests.tokens.mail.scene import Kind
from tests.tokens.views.page import read_html
from tests.tokens.views.rows import make_pat, make_pats
from tokens.mail import Letter, letter_of
from tokens.models import BackupContact, OrganizationAccess, OutgoingMail, Pat, Place, ReminderSettings


def letter(mail: OutgoingMail) -> Letter:
    found = letter_of(mail, now=timezone.now())
    assert found is not None
    return found


def both(mail: OutgoingMail) -> tuple[str, str]:
    """Return the words of the text and those of the HTML, on one line each."""
    found = letter(mail)
    return " ".join(found.text.split()), " ".join(read_html(found.html).one("body").text.split())


def test_the_subject_names_the_soonest_its_organization_its_day_and_how_many_more(world: World) -> None:
    late = make_pat(world, world.alice, "late", ends_in=timedelta(days=6))
    soon = make_pat(world, world.alice, "soon", ends_in=timedelta(days=3))
    found = letter(scene.digest(world, [late, soon]))
    day = f"{soon.valid_to:%-d %B %Y}"
    assert found.subject == f"“soon” in {world.alpha.name} ends on {day}, and 1 more"
    alone = letter(scene.mail_of(Kind.REMINDER_DIGEST, world, [soon]))
    assert alone.subject == f"“soon” in {world.alpha.name} ends on {day}"


@pytest.mark.parametrize("kind", scene.OWN_ENDS)
def test_text_and_html_tell_the_same_of_each(world: World, kind: Kind) -> None:
    pat = make_pat(
        world, world.alice, "ci-deploy", ends_in=timedelta(days=3), scopes=["vso.code", "vso.work"]
    )
    scene.noted(pat, purpose="Deploys the shop.", places=["Pipeline shop-release", "build-3"])
    mail = scene.digest(world, [pat], kind=kind)
    for words in both(mail):
        assert "ci-deploy" in words
        assert f"Ends in 3 days: {pat.valid_to:%A %-d %B %Y at %H:%M} UTC" in words
        assert f"Organization: {world.alpha.name}" in words
        assert "Used for: Deploys the shop." in words
        assert "Used in: Pipeline shop-release" in words
        assert "Used in: build-3" in words
        assert "Stops then: its access to Code (read), Work items (read)" in words
        assert "nobody has noted" not in words
        assert "Times are those of UTC." in words
        assert "Azure DevOps also sends mails of its own" in words
        assert "You get this because these tokens are yours." in words


def test_links_lead_to_the_token_the_list_the_settings_and_to_stopping(world: World) -> None:
    pat = make_pat(world, world.alice, ends_in=timedelta(days=3))
    found = letter(scene.digest(world, [pat]))
    base = django_settings.PORTAL_BASE_URL
    in_html = {link["href"] for link in read_html(found.html).all("a")}
    in_text = set(re.findall(r"https?://\S+", found.text))
    assert in_html == in_text - {base}
    (stop,) = {one for one in in_text if "/unsubscribe/" in one}
    assert in_text == {base, f"{base}/tokens/{pat.pk}", f"{base}/", f"{base}/settings", stop}
    assert found.headers == {
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@pytest.mark.parametrize("kind", scene.OWN_ENDS)
def test_no_word_asks_for_what_cannot_be_done(world: World, kind: Kind) -> None:
    pat = make_pat(world, world.alice, ends_in=timedelta(days=30))
    for words in both(scene.digest(world, [pat], kind=kind)):
        assert "Extend or rotate" not in words
        assert "writes one mail a day" not in words
        assert "All tokens that end soon" not in words


def test_times_are_those_of_the_reader(world: World) -> None:
    ReminderSettings.objects.create(user=world.alice.user, time_zone="Asia/Tokyo")
    pat = make_pat(world, world.alice, ends_in=timedelta(days=3))
    for words in both(scene.digest(world, [pat])):
        local = pat.valid_to + timedelta(hours=9)
        assert f"{local:%A %-d %B %Y at %H:%M} JST" in words
        assert "Times are those of Asia/Tokyo." in words


def test_where_nobody_noted_a_place_it_says_so(world: World) -> None:
    plain = make_pat(world, world.alice, ends_in=timedelta(days=3), scopes=["vso.packaging"])
    full = make_pat(world, world.alice, "full", ends_in=timedelta(days=4), scopes=["app_token", "vso.code"])
    for words in both(scene.digest(world, [plain, full])):
        assert "its access to Packaging (read); nobody has noted where it is used" in words
        assert "its full access; nobody has noted where it is used" in words


def test_many_scopes_and_places_are_counted_and_moved_places_left_out(world: World) -> None:
    scopes = ["vso.build", "vso.code", "vso.packaging", "vso.release", "vso.test", "vso.work"]
    pat = make_pat(world, world.alice, ends_in=timedelta(days=3), scopes=scopes)
    scene.noted(pat, places=[f"place-{number}" for number in range(8)])
    Place.objects.filter(text="place-0").update(moved_at=timezone.now())
    for words in both(scene.digest(world, [pat])):
        assert "place-0" not in words
        assert "place-5" in words
        assert "place-6" not in words
        assert "and in 2 more" in words
        assert re.search(r"its access to ([^,]+, ){3}[^,]+ and 2 more", words)


def test_25_are_shown_soonest_first_and_the_others_counted(world: World) -> None:
    pats = [
        make_pat(world, world.alice, f"pat-{number:02d}", ends_in=timedelta(days=3, minutes=number))
        for number in range(37)
    ]
    found = letter(scene.digest(world, pats[::-1]))
    assert found.subject.endswith(", and 36 more")
    for words in (found.text, read_html(found.html).one("body").text):
        shown = re.findall(r"pat-\d\d", words)
        assert shown[-25:] == [f"pat-{number:02d}" for number in range(25)]
        assert "and 12 more" in words
    assert "25. pat-24" in found.text


def test_what_is_known_from_before_is_said_to_be(world: World) -> None:
    fresh = make_pat(world, world.alice, "fresh", ends_in=timedelta(days=5))
    stale = make_pat(world, world.alice, "stale", ends_in=timedelta(days=4), organization=world.beta)
    mail = scene.digest(world, [fresh, stale])
    read_at = timezone.now() - timedelta(days=3)
    OrganizationAccess.objects.filter(organization=world.beta).update(read_at=read_at)
    for words in both(mail):
        assert words.count(f"As of {read_at:%A %-d %B %Y at %H:%M} UTC: the portal could not look since") == 1
    assert letter(mail).subject == (
        f"“stale” in {world.beta.name} ends on {stale.valid_to:%-d %B %Y}, "
        f"as of {read_at:%-d %B %Y}, and 1 more"
    )


def test_without_background_access_it_says_why_it_is_old(world: World, settings: Any) -> None:
    settings.BACKGROUND_ACCESS = "off"
    mail = scene.digest(world, [make_pat(world, world.alice, ends_in=timedelta(days=4))])
    OrganizationAccess.objects.update(read_at=timezone.now() - timedelta(days=3))
    for words in both(mail):
        assert "UTC: the portal looks only while its owner uses it, and it may have changed." in words


def test_one_for_all_organizations_stops_on_its_own_day(world: World, settings: Any) -> None:
    stop = (timezone.now() + timedelta(days=5)).date()
    settings.GLOBAL_PATS_STOP_ON = stop
    pat = make_pat(world, world.alice, "old", ends_in=timedelta(days=90), is_global=True)
    ReminderSettings.objects.create(user=world.alice.user, time_zone="America/New_York")
    mail = scene.digest(world, [pat], kind=Kind.GLOBAL_STOP)
    eve = stop - timedelta(days=1)
    for words in both(mail):
        assert f"at the beginning of {stop:%-d %B %Y} (UTC), whatever its own expiry says" in words
        assert f"{eve:%A %-d %B %Y} at 19:00 EST" in words or f"{eve:%A %-d %B %Y} at 20:00 EDT" in words
        assert "cannot be extended" in words
    assert letter(mail).subject == f"“old” in {world.alpha.name} stops on {eve:%-d %B %Y}"


def test_nothing_left_to_announce_needs_no_mail(world: World) -> None:
    mail = scene.digest(world, [make_pat(world, world.alice, ends_in=timedelta(days=3))])
    Pat.objects.all().delete()
    assert letter_of(mail, now=timezone.now()) is None


def test_a_backup_owner_gets_no_link_to_what_they_may_not_open(world: World) -> None:
    pat = make_pat(world, world.alice, ends_in=timedelta(days=3))
    mail = scene.backup_reminder(world, [pat], scene.agreed_contact(world))
    found = letter(mail)
    assert found.address == "ops@example.com"
    assert found.subject.startswith(
        f"Tokens of {world.alice.user}: “ci-deploy” in {world.alpha.name} ends on "
    )
    assert str(pat.pk) not in found.text + found.html
    for words in both(mail):
        assert f"{world.alice.user} has not been in the portal for a while" in words
        assert "You can leave on this page" in words or "leave on this page" in words
    (leave,) = re.findall(r"http\S+/backup/answer/\S+", found.text)
    assert urlsplit(leave).path
    assert found.headers == {}


def test_a_backup_owner_of_the_portal_finds_them_on_their_page(world: World) -> None:
    pat = make_pat(world, world.alice, ends_in=timedelta(days=3))
    contact = BackupContact.objects.create(tenant_id=world.bob.user.tenant_id, user=world.bob.user)
    found = letter(scene.backup_reminder(world, [pat], contact))
    assert found.address == world.bob.user.mail_address
    assert f"{django_settings.PORTAL_BASE_URL}/backup\n" in found.text
    assert "/backup/answer/" not in found.text + found.html


def test_whoever_left_or_never_agreed_is_told_nothing(world: World) -> None:
    pat = make_pat(world, world.alice, ends_in=timedelta(days=3))
    mail = scene.backup_reminder(world, [pat], scene.agreed_contact(world))
    BackupContact.objects.update(confirmed_at=None)
    assert letter_of(mail, now=timezone.now()) is None


def test_it_costs_the_same_few_queries_however_many_it_announces(world: World) -> None:
    few = scene.digest(world, make_pats(world, world.alice, ["one"], ends_in=timedelta(days=3)))
    with CaptureQueriesContext(connection) as for_one:
        letter(few)
    names = [f"pat-{number}" for number in range(40)]
    many = scene.digest(world, make_pats(world, world.alice, names, ends_in=timedelta(days=3)))
    with CaptureQueriesContext(connection) as for_many:
        letter(many)
    assert len(for_many) == len(for_one)
