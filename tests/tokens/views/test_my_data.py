"""What the portal holds for a person: shown, downloaded, and forgotten."""

import json
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Grant
from tests.people import Person, World
from tests.tokens.views.page import read
from tests.tokens.views.rows import make_bulk, make_feed, make_operation, make_pat, make_pats

PAGES = ("/settings/data", "/settings/disconnect")


def test_other_methods_are_answered_with_405(alice: Person) -> None:
    for method in ("put", "patch", "delete"):
        for address in (*PAGES, "/settings/data/download"):
            assert getattr(alice.browser, method)(address).status_code == 405
    assert alice.browser.post("/settings/data").status_code == 405
    assert alice.browser.get("/settings/data/download").status_code == 405


def test_signed_out_they_lead_to_the_sign_in_page(world: World, client: Client) -> None:
    for address in PAGES:
        assert client.get(address).status_code == 302
    answer = client.post("/settings/data/download")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=%2Fsettings%2Fdata")
    assert client.post("/settings/disconnect", {"is_sure": "1"})["Location"].startswith("/sign-in")


def test_nobody_sees_or_ends_what_is_somebody_elses(world: World, alice: Person, bob: Person) -> None:
    make_pat(world, bob, "bob's own", ends_at=timezone.now() + timedelta(hours=1))
    for address in PAGES:
        assert "bob's own" not in read(alice.browser.get(address)).text
    assert "bob" not in alice.browser.post("/settings/data/download").content.decode()
    alice.browser.post("/settings/disconnect", {"is_sure": "1", "user": str(bob.user.pk)})
    assert [grant.user for grant in Grant.objects.all()] == [bob.user]


def test_it_shows_every_kind_with_its_period(world: World, alice: Person) -> None:
    make_pats(world, alice, ["one", "two"])
    page = read(alice.browser.get("/settings/data"))
    assert page.heading == "What the portal holds for you"
    assert "2 tokens" in page.text
    assert [one.text for one in page.all("h2")][:3] == ["Profile", "Access", "Tokens"]
    assert "/settings/disconnect" in {one["href"] for one in page.all("a")}
    assert page.one("nav", aria_label="Portal").one("a", aria_current="true").text == "Settings"


def test_it_costs_a_fixed_number_of_queries(world: World, alice: Person) -> None:
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            alice.browser.get(address)
        return len(captured)

    few = [queries(address) for address in PAGES]
    for pat in make_pats(world, alice, [f"pat {number}" for number in range(20)], issued_at=timezone.now()):
        make_operation(world, alice, pat=pat)
    assert [queries(address) for address in PAGES] == few
    assert max(few) <= 20


def test_the_download_is_a_file_of_ones_own_that_nobody_keeps(world: World, alice: Person) -> None:
    make_pat(world, alice, "ci-deploy")
    form = read(alice.browser.get("/settings/data")).form("/settings/data/download")
    answer = form.submit(alice.browser)
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == 'attachment; filename="pat-portal-my-data.json"'
    assert "no-store" in answer["Cache-Control"]
    data = json.loads(answer.content)
    assert [pat["name"] for pat in data["tokens"]] == ["ci-deploy"]
    assert data["events"][0]["type"] == "data.downloaded"
    assert "You downloaded what is stored about you." in read(alice.browser.get("/activity")).text


def test_before_anything_is_forgotten_what_is_unfinished_is_shown(world: World, alice: Person) -> None:
    assert "Nothing is under way." in read(alice.browser.get("/settings/disconnect")).text
    make_operation(world, alice, name="half made")
    make_pat(world, alice, "old one", ends_at=timezone.now() + timedelta(hours=1))
    bulk = make_bulk(world, alice, [make_pat(world, alice, "unseen", issued_at=timezone.now())])
    for address in PAGES:
        page = read(alice.browser.get(address))
        assert page.all("h2")[0].text == "What is unfinished", address
        for name in ("half made", "old one", "unseen"):
            assert name in page.text
        assert f"/bulk/{bulk.pk}" in {one["href"] for one in page.all("a")}
    links = {one["href"] for one in page.all("a")}
    assert {f"/bulk/{bulk.pk}", "/tokens/revoke-everything", "/settings"} <= links
    assert Grant.objects.exists()


def test_without_a_tick_nothing_is_forgotten(alice: Person) -> None:
    answer = alice.browser.post("/settings/disconnect")
    assert answer.status_code == 422
    assert "Tick the box to confirm that your access is to be forgotten." in read(answer).text
    assert Grant.objects.exists()


def test_disconnecting_forgets_the_access_and_signs_out(world: World, alice: Person) -> None:
    make_pat(world, alice)
    make_feed(alice)
    form = read(alice.browser.get("/settings/disconnect")).form("/settings/disconnect")
    answer = form.submit(alice.browser, is_sure="1")
    assert answer.status_code == 302
    assert "/logout?" in answer["Location"]
    assert not Grant.objects.exists()
    assert "deleted what let it act for you" in read(alice.browser.get("/signed-out")).text
    assert "deleted what let it act for you" not in read(alice.browser.get("/signed-out")).text
    assert alice.browser.get("/settings/data").status_code == 302
    again = world.sign_in("alice")
    assert Grant.objects.filter(user=again.user).exists()
    activity = read(again.browser.get("/activity")).text
    assert "You deleted what lets the portal act for you" in activity
    assert "You ended your calendar address" in activity
