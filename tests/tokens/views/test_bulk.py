"""Many PATs at once: the pages that ask, and what they begin."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.views.page import Form, Page, read
from tests.tokens.views.rows import make_pat, make_pats
from tokens import rules
from tokens.models import BulkChange, BulkItem, Pat, Place, global_stop_at

PAGES = ("/bulk/extend", "/bulk/revoke")


@pytest.fixture
def pats(world: World, alice: Person) -> list[Pat]:
    """Three PATs of Alice's."""
    return make_pats(world, alice, ["one", "two", "three"])


def ids(pats: list[Pat]) -> list[str]:
    return [str(pat.pk) for pat in pats]


def ask(person: Person, path: str, pats: list[Pat], **params: str) -> Page:
    answer = person.browser.get(path, {"pat": ids(pats), **params})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return read(answer)


def test_other_methods_are_answered_with_405(alice: Person) -> None:
    for path in PAGES:
        for method in ("put", "patch", "delete"):
            assert getattr(alice.browser, method)(path).status_code == 405


def test_whoever_is_not_signed_in_is_sent_to_the_sign_in_page(pats: list[Pat], client: Client) -> None:
    for path in PAGES:
        assert client.get(path)["Location"] == f"/sign-in?next={path.replace('/', '%2F')}"
        answer = client.post(path, {"pat": ids(pats), "key": "k" * 32, "extend": "30"})
        assert answer["Location"].startswith("/sign-in?next=")
    assert BulkChange.objects.count() == 0


def test_looking_at_the_pages_changes_nothing(world: World, alice: Person, pats: list[Pat]) -> None:
    for path in PAGES:
        page = ask(alice, path, pats)
        assert set(page.names()) == {"one", "two", "three"}
        assert world.alpha.name in page.text
        alice.browser.head(path, {"pat": ids(pats)})
    assert BulkChange.objects.count() == 0
    assert world.tenant.requests("pats") == []


def test_without_a_choice_they_say_how_to_choose(alice: Person) -> None:
    for path in PAGES:
        page = ask(alice, path, [])
        assert "Select tokens in the list" in page.text
        assert page.all("form", method="post", action=path) == []


def test_revoking_begins_and_leads_to_the_progress(alice: Person, pats: list[Pat]) -> None:
    page = ask(alice, "/bulk/revoke", pats[:2])
    assert page.heading == "Revoke 2 tokens?"
    assert "stops working at once" in page.text
    answer = page.form("/bulk/revoke").submit(alice.browser)
    bulk = BulkChange.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/bulk/{bulk.id}")
    assert (bulk.user, bulk.verb, bulk.is_everything) == (alice.user, "revoke", False)
    assert {item.pat_id for item in bulk.items.all()} == {pat.pk for pat in pats[:2]}


def test_the_same_confirmation_twice_begins_once(alice: Person, pats: list[Pat]) -> None:
    for path in PAGES:
        form = ask(alice, path, pats).form(path) if path == "/bulk/revoke" else extension_form(alice, pats)
        first = form.submit(alice.browser)
        Pat.objects.update(revocation_sent_at=timezone.now())
        again = form.submit(alice.browser)
        assert first["Location"] == again["Location"]
        Pat.objects.update(revocation_sent_at=None)
    assert BulkChange.objects.count() == 2


def extension_form(person: Person, pats: list[Pat], **params: str) -> Form:
    page = ask(person, "/bulk/extend", pats, **params)
    (post,) = [
        one for one in page.all("form") if one.get("method") == "post" and one["action"] == "/bulk/extend"
    ]
    return Form(post)


def test_what_will_stop_is_named(world: World, alice: Person) -> None:
    pat = make_pat(world, alice, "deploy", purpose="nightly release")
    Place.objects.create(pat=pat, position=0, text="the build agents")
    page = ask(alice, "/bulk/revoke", [pat])
    assert "the build agents" in page.text
    assert "nightly release" in page.text
    assert f"{world.alpha.name} (1)" in page.text


def test_what_is_for_all_organizations_stops_in_all_of_them(world: World, alice: Person) -> None:
    """And works no longer than until Microsoft's day, whatever its own expiry says."""
    pats = [
        make_pat(world, alice, "everywhere", is_global=True, ends_in=timedelta(days=300)),
        make_pat(world, alice, "here"),
    ]
    page = ask(alice, "/bulk/revoke", pats)
    assert f"stops working at once: in all organizations (1), {world.alpha.name} (1)." in page.text
    first, second = (row.text for row in page.one("tbody").all("tr"))
    assert f"All organizations (kept in {world.alpha.name})" in first
    assert f"{global_stop_at():%-d %b %Y}, 00:00" in first
    assert "All organizations" not in second


def test_those_that_cannot_be_revoked_are_left_out_with_the_reason(world: World, alice: Person) -> None:
    now = timezone.now()
    made = [
        make_pat(world, alice, "works"),
        make_pat(world, alice, "gone", revoked_at=now),
        make_pat(world, alice, "over", ends_in=-timedelta(days=1)),
        make_pat(world, alice, "sent", revocation_sent_at=now),
    ]
    page = ask(alice, "/bulk/revoke", made)
    assert page.heading == "Revoke 1 token?"
    assert page.form("/bulk/revoke").data["pat"] == [str(made[0].pk)]
    left_out = page.one("ul", class_="left-out").text
    assert "gone in" in left_out
    assert "It has been revoked already." in left_out
    assert "there is nothing to revoke" in left_out
    assert "Its revocation was sent already." in left_out


def test_those_that_cannot_be_extended_are_left_out_with_the_reason(world: World, alice: Person) -> None:
    now = timezone.now()
    made = [
        make_pat(world, alice, "works"),
        make_pat(world, alice, "over", ends_in=-timedelta(days=1)),
        make_pat(world, alice, "ending", ends_at=now + timedelta(hours=1)),
        make_pat(world, alice, "everywhere", is_global=True),
        make_pat(world, alice, "long", ends_in=rules.MAX_LIFE),
    ]
    page = ask(alice, "/bulk/extend", made)
    left_out = page.one("ul", class_="left-out").text
    for sentence in (
        "Create a replacement.",
        "The portal is about to end it",
        "It works at least as long already.",
    ):
        assert sentence in left_out
    assert extension_form(alice, made).data["pat"] == [str(made[0].pk)]


@pytest.mark.parametrize("days", rules.EXTENSION_PRESETS_DAYS)
def test_the_new_end_that_is_shown_is_the_one_that_is_asked_for(
    world: World, alice: Person, days: int
) -> None:
    soon = make_pat(world, alice, "soon", ends_in=timedelta(days=3))
    late = make_pat(world, alice, "late", ends_in=timedelta(days=350))
    page = ask(alice, "/bulk/extend", [soon, late], extend=str(days))
    shown = [row.all("time")[-1]["datetime"] for row in page.one("table").one("tbody").all("tr")]
    extension_form(alice, [soon, late], extend=str(days)).submit(alice.browser)
    asked = {item.pat_id: item.asked_valid_to for item in BulkItem.objects.all()}
    for pat, text in zip((soon, late), shown, strict=True):
        found = asked[pat.pk]
        assert found is not None
        assert abs((found - parsed(text)).total_seconds()) < 60


@pytest.mark.parametrize("wish", [{"extend": "90"}, {"extend": "custom"}])
def test_the_expiry_that_was_shown_is_remembered(
    alice: Person, pats: list[Pat], wish: dict[str, str]
) -> None:
    day = {"extend_date": str(timezone.localdate() + timedelta(days=300))}
    form = extension_form(alice, pats, **wish, **day)
    Pat.objects.update(valid_to=timezone.now() + timedelta(days=200))
    assert form.submit(alice.browser).status_code == 302
    seen = {item.pat_id: item.seen_valid_to for item in BulkItem.objects.all()}
    assert seen == {pat.pk: pat.valid_to for pat in pats}


@pytest.mark.parametrize(
    "seen",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"%s": 5}',
        '{"%s": "2027-01-01T00:00:00"}',
        '{"%s": "0001-01-01T00:00:00+14:00"}',
        '{"%s": "9999-12-31T23:59:59+00:00"}',
        '{"x": "2027-01-01T00:00:00+00:00"}',
    ],
)
def test_what_nobody_was_shown_is_not_extended(alice: Person, pats: list[Pat], seen: str) -> None:
    given = seen.replace("%s", str(pats[0].pk))
    answer = extension_form(alice, pats[:1]).submit(alice.browser, seen=given)
    assert answer.status_code == 422
    assert "Nothing was begun." in read(answer).text
    assert BulkChange.objects.count() == 0


def parsed(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_one_date_for_all_is_the_end_of_that_day(world: World, alice: Person, pats: list[Pat]) -> None:
    day = timezone.localdate() + timedelta(days=100)
    form = extension_form(alice, pats, extend="custom", extend_date=str(day))
    assert form.submit(alice.browser).status_code == 302
    asked = {item.asked_valid_to for item in BulkItem.objects.all()}
    assert {timezone.localtime(at).date() for at in asked if at} == {day}


@pytest.mark.parametrize(
    "wish", [{"extend": "custom"}, {"extend": "custom", "extend_date": "2001-01-01"}, {"extend": "9999"}]
)
def test_a_wish_that_makes_no_sense_is_explained_and_begins_nothing(
    alice: Person, pats: list[Pat], wish: dict[str, str]
) -> None:
    assert ask(alice, "/bulk/extend", pats, **wish).all(class_="field-errors")
    answer = alice.browser.post("/bulk/extend", {"pat": ids(pats), "key": "k" * 32, **wish})
    assert answer.status_code == 422
    assert "Nothing was begun." in read(answer).text
    assert BulkChange.objects.count() == 0


def test_ids_of_others_are_left_out_as_if_nobody_had_them(
    world: World, alice: Person, bob: Person, pats: list[Pat]
) -> None:
    own = make_pat(world, bob, "bob's own")
    texts = []
    for foreign in (str(pats[0].pk), str(uuid4()), "nonsense", "\x00"):
        for path in PAGES:
            page = read(bob.browser.get(path, {"pat": [str(own.pk), foreign]}))
            assert page.names() == ["bob's own"]
            assert "One of the tokens that you chose was not found" in page.text
            answer = bob.browser.post(path, {"pat": [foreign], "key": uuid4().hex, "extend": "30"})
            assert answer.status_code == 422
            texts.append((path, read(answer).one("main").text))
    assert len(set(texts)) == len(PAGES)
    assert BulkChange.objects.count() == 0


def test_ids_of_others_among_ones_own_change_nothing_of_theirs(
    world: World, alice: Person, bob: Person, pats: list[Pat]
) -> None:
    own = make_pat(world, bob, "bob's own")
    answer = bob.browser.post(
        "/bulk/revoke", {"pat": [str(own.pk), str(pats[0].pk)], "key": uuid4().hex}, follow=True
    )
    assert "One of the tokens that you chose was not found" in read(answer).text
    assert [item.pat_id for item in BulkItem.objects.all()] == [own.pk]


def test_all_that_match_are_those_of_the_list_on_every_page(world: World, alice: Person) -> None:
    make_pats(world, alice, [f"build {number}" for number in range(60)])
    make_pat(world, alice, "other")
    page = read(alice.browser.get("/bulk/revoke", {"all": "1", "q": "build", "pat": str(uuid4())}))
    assert page.heading == "Revoke 60 tokens?"
    assert page.form("/bulk/revoke").submit(alice.browser).status_code == 302
    assert BulkItem.objects.count() == 60


def test_more_than_may_be_chosen_are_cut_and_that_is_said(world: World, alice: Person) -> None:
    make_pats(world, alice, [f"build {number}" for number in range(503)])
    page = read(alice.browser.get("/bulk/revoke", {"all": "1"}))
    assert page.heading == "Revoke 500 tokens?"
    assert "More than 500 tokens match." in page.text
    assert page.form("/bulk/revoke").submit(alice.browser).status_code == 302
    assert BulkItem.objects.count() == 500


def test_a_confirmation_without_a_proper_key_is_asked_again(alice: Person, pats: list[Pat]) -> None:
    for path in PAGES:
        for key in ("", "short", "\x00" * 20):
            answer = alice.browser.post(path, {"pat": ids(pats), "key": key, "extend": "30"})
            assert answer.status_code == 422
    assert BulkChange.objects.count() == 0


def test_a_key_that_was_used_for_other_tokens_is_asked_again(alice: Person, pats: list[Pat]) -> None:
    form = ask(alice, "/bulk/revoke", pats[:2]).form("/bulk/revoke")
    form.submit(alice.browser)
    answer = form.submit(alice.browser, pat=[str(pats[2].pk)])
    assert answer.status_code == 409
    assert "This form was sent before with other content" in read(answer).text
    assert BulkChange.objects.count() == 1


def test_a_name_with_markup_is_text(world: World, alice: Person) -> None:
    name = "<script>alert(1)</script>"
    pat = make_pat(world, alice, name, purpose=name)
    Place.objects.create(pat=pat, position=0, text=name)
    for path in (*PAGES, "/bulk/rotate"):
        answer = alice.browser.get(path, {"pat": str(pat.pk)})
        assert name not in answer.content.decode()
        assert name in read(answer).text


def test_what_was_chosen_before_a_sign_in_comes_back(world: World, alice: Person, pats: list[Pat]) -> None:
    client = Client()
    answer = client.post("/bulk/revoke", {"pat": ids(pats), "key": "k" * 32})
    page = read(client.get(answer["Location"]))
    back = page.form("/sign-in/start").value("next")
    again = world.sign_in("alice", client, next_path=back)
    assert set(read(again.browser.get(back)).names()) == {"one", "two", "three"}
    assert BulkChange.objects.count() == 0
    assert isinstance(pats[0].pk, UUID)
