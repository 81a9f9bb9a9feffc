"""Rotating many: what the page says before it begins, and what it gives to the script."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tests.tokens.views.rotation import known_pat
from tests.tokens.views.rows import make_operation, make_pat, make_pats
from tokens import rules
from tokens.models import Operation, Pat

PATH = "/bulk/rotate"


@pytest.fixture
def pats(world: World, alice: Person) -> list[Pat]:
    """Two PATs of Alice's."""
    return make_pats(world, alice, ["one", "two"])


def open_page(person: Person, pats: list[Pat]) -> Page:
    answer = person.browser.get(PATH, {"pat": [str(pat.pk) for pat in pats]})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return read(answer)


def test_other_methods_are_answered_with_405(alice: Person) -> None:
    for method in ("post", "put", "patch", "delete"):
        assert getattr(alice.browser, method)(PATH).status_code == 405


def test_whoever_is_not_signed_in_is_sent_to_the_sign_in_page(client: Client) -> None:
    assert client.get(PATH)["Location"] == "/sign-in?next=%2Fbulk%2Frotate"


def test_somebody_elses_are_left_out_as_if_nobody_had_them(bob: Person, pats: list[Pat]) -> None:
    texts = set()
    for foreign in (str(pats[0].pk), str(uuid4())):
        page = read(bob.browser.get(PATH, {"pat": foreign}))
        assert page.names() == []
        texts.add(page.one("main").text)
    assert len(texts) == 1


def test_it_says_before_what_closing_the_page_does(world: World, alice: Person, pats: list[Pat]) -> None:
    page = open_page(alice, pats)
    assert page.heading == "Rotate 2 tokens"
    assert "This page has to stay open" in page.text
    assert "stops the rotations that have not begun" in page.text
    assert "shown here once" in page.text
    assert world.tenant.requests("pats") == []
    assert Operation.objects.count() == 0


def test_each_has_a_form_of_its_own_with_what_was_seen(alice: Person, pats: list[Pat]) -> None:
    page = open_page(alice, pats)
    forms = {pat.name: page.form(f"/tokens/{pat.pk}/rotate") for pat in pats}
    assert len({form.value("key") for form in forms.values()}) == len(pats)
    for name, form in forms.items():
        assert (form.method, form.value("as")) == ("post", "row")
        assert json.loads(form.value("seen"))["name"] == name


def test_each_has_a_link_for_those_without_a_script(alice: Person, pats: list[Pat]) -> None:
    page = open_page(alice, pats)
    links = {one["href"] for one in page.one("ul", class_="rotations").all("a")}
    assert links == {f"/tokens/{pat.pk}/rotate" for pat in pats}


def test_overlap_and_life_are_chosen_once(alice: Person, pats: list[Pat]) -> None:
    page = open_page(alice, pats)
    chosen = {
        name: [
            one["value"] for one in page.all("input", type="radio", name=name) if "checked" in one.attributes
        ]
        for name in ("overlap", "expires")
    }
    assert chosen == {"overlap": [rules.DEFAULT_OVERLAP], "expires": ["same"]}
    assert [one["value"] for one in page.all("input", name="overlap")] == list(rules.OVERLAPS)


def test_those_that_cannot_be_rotated_together_are_left_out_with_the_reason(
    world: World, alice: Person, pats: list[Pat]
) -> None:
    replaced = make_pat(world, alice, "replaced")
    others = [
        make_pat(world, alice, "over", ends_in=-timedelta(days=1)),
        make_pat(world, alice, "everywhere", is_global=True, ends_in=timedelta(days=2)),
        replaced,
    ]
    make_pat(world, alice, "successor", replaces=replaced, received_at=timezone.now())
    page = open_page(alice, [*pats, *others])
    assert page.heading == "Rotate 2 tokens"
    left_out = page.one("ul", class_="left-out").text
    for sentence in (
        "Create a replacement on its own page",
        "Its own page leads out of that",
        "replaced already",
    ):
        assert sentence in left_out


def left_out_of(person: Person, pat: Pat) -> tuple[str, dict[str, str]]:
    """Return why one PAT is left out, and the addresses of the links that are there."""
    line = open_page(person, [pat]).one("ul", class_="left-out")
    return line.text, {one.text: one["href"] for one in line.all("a")}


def test_one_whose_rotation_is_not_finished_leads_to_where_it_is(world: World, alice: Person) -> None:
    old = make_pat(world, alice, "old")
    new = make_pat(world, alice, "old", replaces=old, issued_at=timezone.now())
    text, links = left_out_of(alice, old)
    assert "Its rotation is not finished" in text
    assert "replaced already" not in text
    assert links["Finish or undo it: old"] == f"/tokens/{new.pk}"


@pytest.mark.parametrize("relation", ["pat", "replaces"])
def test_one_with_something_on_its_way_is_left_out_until_that_is_known(
    world: World, alice: Person, relation: str
) -> None:
    pat = make_pat(world, alice, "lost")
    verb = Operation.Verb.ROTATE if relation == "replaces" else Operation.Verb.UPDATE
    operation = make_operation(world, alice, verb=verb, **{relation: pat})
    text, links = left_out_of(alice, pat)
    assert "Something else is on its way with it" in text
    assert links["See what becomes of it: lost"] == f"/operations/{operation.pk}"
    Operation.objects.update(state=Operation.State.REFUSED, finished_at=timezone.now())
    assert open_page(alice, [pat]).heading == "Rotate 1 token"


def test_what_the_script_posts_is_answered_with_the_secret_of_one(world: World, alice: Person) -> None:
    pat = known_pat(world, "deploy")
    form = open_page(alice, [pat]).form(f"/tokens/{pat.pk}/rotate")
    answer = form.submit(alice.browser, overlap="day", expires="same", expires_date="")
    page = read(answer)
    assert answer.status_code == 200
    assert page.all("html") == []
    assert page.one("section", class_="secret")
    assert page.one("form", data_stored="").get("action").endswith("/received")
    again = form.submit(alice.browser, overlap="day", expires="same", expires_date="")
    assert read(again).all("section", class_="secret") == []
    assert len(world.tenant.requests("pats", verb="create")) == 1
