"""The list of one's own PATs: what it shows for which address."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tests.tokens.views.rows import make_pat, make_pats, set_access

DAY = timedelta(days=1)


def shown(page: Page) -> set[str]:
    return set(page.names())


def open_list(person: Person, address: str = "/") -> Page:
    answer = person.browser.get(address)
    assert answer.status_code == 200
    return read(answer)


def test_it_answers_reading_methods_only(alice: Person) -> None:
    for method in ("post", "put", "patch", "delete"):
        assert getattr(alice.browser, method)("/").status_code == 405


def test_it_sends_whoever_is_not_signed_in_to_the_sign_in_page_and_back(world: World, client: Client) -> None:
    answer = client.get("/?q=deploy&status=all")
    assert answer.status_code == 302
    target = urlsplit(answer["Location"])
    assert target.path == "/sign-in"
    assert parse_qs(target.query) == {"next": ["/?q=deploy&status=all"]}

    form = read(client.get(answer["Location"])).form("/sign-in/start")
    callback = urlsplit(world.tenant.sign_in(form.submit(client)["Location"], "alice"))
    back = client.get(f"{callback.path}?{callback.query}")
    assert back["Location"] == "/?q=deploy&status=all"


def test_it_never_shows_what_belongs_to_somebody_else(world: World, alice: Person, bob: Person) -> None:
    make_pat(world, bob, "bobs own")
    make_pat(world, bob, "bobs old", ends_in=-DAY)
    for address in ("/", "/?status=all", "/?q=bobs", "/?status=all&sort=-name"):
        page = open_list(alice, address)
        assert page.names() == []
        assert [one.text for one in page.all(class_="count-card-count")] == ["0"] * 6


def test_it_shows_what_one_needs_to_know_of_a_pat(world: World, alice: Person) -> None:
    pat = make_pat(world, alice, "ci-deploy", scopes=["vso.code_full", "vso.code"])
    page = open_list(alice)
    assert page.heading == "Personal access tokens"
    (row,) = page.rows()
    assert "ci-deploy" in row.text
    assert world.alpha.name in row.text
    assert "Code (full)" in row.text
    assert "Code (read)" not in row.text  # contained in the other
    assert "Active" in row.text
    assert "High privilege" in row.text
    assert [one["datetime"] for one in row.all("time")] == [
        pat.valid_to.isoformat(),
        pat.valid_from.isoformat(),
    ]
    assert row.one("a", id=f"revoke-{pat.id}")["href"] == f"/tokens/{pat.id}/revoke"


def test_it_shows_a_name_with_markup_as_text(world: World, alice: Person) -> None:
    name = "<script>alert(1)</script><b onclick='x'>\"&amp;"
    make_pat(world, alice, name)
    answer = alice.browser.get("/")
    assert "<script>alert(1)" not in answer.content.decode()
    assert name in read(answer).names()


def test_it_says_that_there_is_nothing_yet(alice: Person) -> None:
    page = open_list(alice)
    assert "You have no tokens yet" in page.text
    assert page.all("table") == []


@pytest.fixture
def one_of_each(world: World, alice: Person) -> Person:
    now = timezone.now()
    make_pat(world, alice, "working")
    make_pat(world, alice, "ending", ends_in=5 * DAY)
    make_pat(world, alice, "ended", ends_in=-5 * DAY)
    make_pat(world, alice, "taken back", revoked_at=now)
    make_pat(world, alice, "gone", vanished_at=now)
    make_pat(world, alice, "taken back and ended", revoked_at=now, ends_in=-DAY)
    return alice


def test_it_filters_by_status(one_of_each: Person) -> None:
    expected = {
        "active": {"working", "ending"},
        "expiring": {"ending"},
        "expired": {"ended"},
        "revoked": {"taken back", "gone", "taken back and ended"},
        "all": {"working", "ending", "ended", "taken back", "gone", "taken back and ended"},
    }
    for status, names in expected.items():
        page = open_list(one_of_each, f"/?status={status}")
        assert shown(page) == names, status
        assert page.one("a", aria_current="true", class_="count-card")["id"] == f"card-{status}"


def test_it_counts_every_status_whatever_is_shown(one_of_each: Person) -> None:
    for address in ("/", "/?status=revoked"):
        page = open_list(one_of_each, address)
        counts = {
            one["id"]: one.one(class_="count-card-count").text for one in page.all("a", class_="count-card")
        }
        assert counts == {
            "card-active": "2",
            "card-expiring": "1",
            "card-powerful": "0",
            "card-expired": "1",
            "card-revoked": "3",
            "card-all": "6",
        }


def test_it_marks_what_a_status_means(one_of_each: Person) -> None:
    page = open_list(one_of_each, "/?status=all&sort=name")
    badges = {row.one("bdi", class_="pat-name").text: row.one(class_="badge").text for row in page.rows()}
    assert badges == {
        "working": "Active",
        "ending": "Expiring soon",
        "ended": "Expired",
        "taken back": "Revoked",
        "gone": "No longer listed",
        "taken back and ended": "Revoked",
    }


def test_it_offers_to_revoke_only_what_still_works(one_of_each: Person) -> None:
    page = open_list(one_of_each, "/?status=all")
    offered = {row.one("bdi", class_="pat-name").text for row in page.rows() if "Revoke" in _actions(row)}
    assert offered == {"working", "ending"}


def _actions(row: object) -> str:
    cells = row.all("td", class_="cell-actions")  # type: ignore[attr-defined]
    return " ".join(link.text for cell in cells for link in cell.all("a"))


@pytest.fixture
def searchable(world: World, alice: Person) -> Person:
    names = [
        "Build agent Ämter",
        "deploy 100% done",
        "deploy 100 done",
        "snake_case",
        "snakeXcase",
        "back\\slash",
    ]
    make_pats(world, alice, names)
    return alice


SEARCHES: dict[str, set[str]] = {
    "build": {"Build agent Ämter"},
    "ÄMTER": {"Build agent Ämter"},
    "agent build": {"Build agent Ämter"},
    "  agent   BUI ": {"Build agent Ämter"},
    "agent deploy": set(),
    "100%": {"deploy 100% done"},
    "%": {"deploy 100% done"},
    "_": {"snake_case"},
    "e_c": {"snake_case"},
    "\\": {"back\\slash"},
    "snake\x00_case": {"snake_case"},
    "'; DROP TABLE tokens_pat; --": set(),
    "x" * 10_000: set(),
}


def test_it_searches_names_word_by_word(searchable: Person) -> None:
    for typed, found in SEARCHES.items():
        page = read(searchable.browser.get("/", {"q": typed}))
        assert shown(page) == found, typed[:40]
        kept = " ".join(typed.replace("\x00", "").split())[:200]
        assert page.one("input", id="search-text")["value"] == kept
        assert page.one("a", id="card-active").one(class_="count-card-count").text == str(len(found))


def test_it_says_when_nothing_matches_and_how_to_see_all(searchable: Person) -> None:
    page = open_list(searchable, "/?q=nothing+like+it")
    assert "Nothing matches" in page.text
    assert "/" in [one["href"] for one in page.all("a") if one.text == "Show all tokens"]


@pytest.fixture
def sortable(world: World, alice: Person) -> Person:
    now = timezone.now()
    facts = [
        ("Bravo", world.alpha, 30, 3, None),
        ("alpha", world.beta, 20, 1, None),
        ("charlie", world.alpha, 40, 2, None),
        ("delta", world.beta, -10, 5, None),
        ("echo", world.alpha, 50, 4, now),
    ]
    for name, organization, ends_in, age, revoked_at in facts:
        make_pat(
            world,
            alice,
            name,
            organization=organization,
            ends_in=ends_in * DAY,
            valid_from=now - age * DAY,
            revoked_at=revoked_at,
        )
    return alice


ORDERS = {
    "name": ["alpha", "Bravo", "charlie", "delta", "echo"],
    "organization": ["Bravo", "charlie", "echo", "delta", "alpha"],
    "status": ["alpha", "Bravo", "charlie", "delta", "echo"],
    "expires": ["delta", "alpha", "Bravo", "charlie", "echo"],
    "created": ["delta", "echo", "Bravo", "charlie", "alpha"],
    "-name": ["echo", "delta", "charlie", "Bravo", "alpha"],
    "-organization": ["delta", "alpha", "Bravo", "charlie", "echo"],
    "-status": ["echo", "delta", "alpha", "Bravo", "charlie"],
    "-expires": ["echo", "charlie", "Bravo", "alpha", "delta"],
    "-created": ["alpha", "charlie", "Bravo", "echo", "delta"],
}
COLUMNS = ("name", "organization", "status", "expires", "created")


def test_it_sorts_by_each_column_each_way(sortable: Person) -> None:
    for sort, order in ORDERS.items():
        page = open_list(sortable, f"/?status=all&sort={sort}")
        assert page.names() == order, sort
        said = {
            one.one("a")["id"]: one["aria-sort"] for one in page.all("th") if "aria-sort" in one.attributes
        }
        direction = "descending" if sort.startswith("-") else "ascending"
        assert said == {f"sort-{name}": "none" for name in COLUMNS} | {
            f"sort-{sort.removeprefix('-')}": direction
        }


def test_a_click_on_the_column_turns_the_order_around(sortable: Person) -> None:
    first = open_list(sortable, "/?status=all&sort=name")
    second = open_list(sortable, first.one("a", id="sort-name")["href"])
    assert second.names() == list(reversed(first.names()))
    third = open_list(sortable, second.one("a", id="sort-name")["href"])
    assert third.names() == first.names()


def test_it_filters_by_organization(world: World, sortable: Person) -> None:
    page = open_list(sortable, f"/?status=all&organization={world.beta.name.upper()}")
    assert set(page.names()) == {"alpha", "delta"}
    assert page.one("a", aria_current="true", class_="chip").text == world.beta.name
    assert page.one("a", id="card-all").one(class_="count-card-count").text == "2"


def test_it_leaves_out_organizations_that_are_no_longer_configured(
    world: World, sortable: Person, settings: object
) -> None:
    settings.AZURE_DEVOPS_ORGANIZATIONS = [world.alpha.name]  # type: ignore[attr-defined]
    assert set(open_list(sortable, "/?status=all").names()) == {"Bravo", "charlie", "echo"}
    assert set(open_list(sortable, f"/?status=all&organization={world.beta.name}").names()) == {
        "Bravo",
        "charlie",
        "echo",
    }


@pytest.fixture
def many(world: World, alice: Person) -> Person:
    make_pats(world, alice, [f"pat {number:03}" for number in range(120)])
    return alice


def test_it_shows_fifty_at_a_time(many: Person) -> None:
    names = [f"pat {number:03}" for number in range(120)]
    first = open_list(many, "/?sort=name")
    assert first.names() == names[:50]
    assert "1 to 50 of 120" in first.text
    assert "Page 1 of 3" in first.text
    assert first.all("a", id="page-previous") == []

    second = open_list(many, first.one("a", id="page-next")["href"])
    assert second.names() == names[50:100]

    third = open_list(many, second.one("a", id="page-next")["href"])
    assert third.names() == names[100:]
    assert third.all("a", id="page-next") == []
    assert open_list(many, third.one("a", id="page-previous")["href"]).names() == names[50:100]


def test_a_page_after_the_last_is_the_last(many: Person) -> None:
    for page in ("4", "999999"):
        assert open_list(many, f"/?sort=name&page={page}").names()[0] == "pat 100"


def test_what_is_no_page_is_the_first(many: Person) -> None:
    for page in ("9999999999999", "0", "-1", "x", "2.5", "²", "٣", "", "%00"):
        assert open_list(many, f"/?sort=name&page={page}").names()[0] == "pat 000", page


UNKNOWN_QUERIES = [
    "status=nonsense",
    "status=%00",
    "sort=nonsense",
    "sort=--name",
    "sort=user__email",
    "sort=-",
    "organization=nonsense",
    "organization=%00",
    "page=%00",
    "q=%ff%fe",
    "q=%ED%A0%80",
    "unknown=1&another=<script>",
    "status=active&status=revoked&status=",
    "status[]=revoked",
    "=",
    "&&&",
    "q=" + "%F0%9F%92%A9" * 300,
]


def test_parameters_that_it_does_not_know_do_no_harm(world: World, alice: Person) -> None:
    make_pat(world, alice, "ci-deploy")
    for query in UNKNOWN_QUERIES:
        page = open_list(alice, f"/?{query}")
        assert query.startswith("q=") or page.names() == ["ci-deploy"], query
        assert not [link for link in page.all("a") if "script" in link["href"]], query


def test_every_link_keeps_what_the_address_asks_for(world: World, many: Person) -> None:
    address = f"/?status=all&organization={world.alpha.name}&q=pat&sort=-name&page=2"
    page = open_list(many, address)
    said = {"status": ["all"], "organization": [world.alpha.name], "q": ["pat"], "sort": ["-name"]}
    assert _query(page.one("a", id="page-next")) == said | {"page": ["3"]}
    assert _query(page.one("a", id="page-previous")) == said
    assert _query(page.one("a", id="card-revoked")) == said | {"status": ["revoked"]}
    assert _query(page.one("a", id="sort-expires")) == {key: said[key] for key in said if key != "sort"}
    assert _query(page.one("a", id="sort-name")) == said | {"sort": ["name"]}
    assert _query(page.one("a", id=f"organization-{world.beta.name}")) == said | {
        "organization": [world.beta.name]
    }
    assert _query(page.one("a", id="organization-all")) == {
        key: said[key] for key in said if key != "organization"
    }
    search = page.form("/")
    assert (search.method, search.data) == ("get", said)


def _query(link: object) -> dict[str, list[str]]:
    return parse_qs(urlsplit(link["href"]).query)  # type: ignore[index]


def test_head_answers_like_get_without_a_body(alice: Person) -> None:
    answer = alice.browser.head("/")
    assert (answer.status_code, answer.content) == (200, b"")


def test_htmx_gets_the_table_alone(world: World, alice: Person) -> None:
    make_pat(world, alice, "ci-deploy")
    fragment = read(alice.browser.get("/", headers={"HX-Request": "true"}))
    assert [one.get("id") for one in fragment.children if not isinstance(one, str)] == ["pats"]
    assert fragment.names() == ["ci-deploy"]


def test_a_boosted_link_gets_the_whole_page(alice: Person) -> None:
    answer = alice.browser.get("/", headers={"HX-Request": "true", "HX-Boosted": "true"})
    assert read(answer).heading == "Personal access tokens"


def test_it_is_not_stored_by_browsers_and_proxies(alice: Person) -> None:
    control = alice.browser.get("/")["Cache-Control"]
    assert "no-store" in control
    assert "private" in control


def test_it_marks_what_may_be_left_over_and_offers_to_keep_it(world: World, alice: Person) -> None:
    pat = make_pat(world, alice, "left", is_left_over=True)
    make_pat(world, alice, "other")
    page = open_list(alice, "/?sort=name")
    assert page.one(class_="remark").text.startswith("Possibly left over")
    assert [one["action"] for one in page.all("form") if one.get("action").endswith("/keep")] == [
        f"/tokens/{pat.id}/keep"
    ]


def test_it_marks_a_secret_that_was_perhaps_never_seen(world: World, alice: Person) -> None:
    now = timezone.now()
    make_pat(world, alice, "unseen", issued_at=now - timedelta(minutes=11))
    make_pat(world, alice, "just made", issued_at=now - timedelta(minutes=9))
    make_pat(world, alice, "stored", issued_at=now - timedelta(minutes=11), received_at=now)
    remarks = {
        row.one("bdi", class_="pat-name").text: row.all(class_="remark") for row in open_list(alice).rows()
    }
    assert {name for name, found in remarks.items() if found} == {"unseen"}


def test_a_person_with_a_role_sees_their_own_pats_alone(world: World, alice: Person) -> None:
    make_pat(world, alice, "hers")
    set_access(world.dave, world, at=timezone.now())
    assert open_list(world.dave, "/?status=all").names() == []


def test_whoever_selects_one_can_jump_to_what_can_be_done_with_it(world: World, alice: Person) -> None:
    for name in ("one", "two"):
        make_pat(world, alice, name)
    page = read(alice.browser.get("/"))
    assert page.one("form", id="bulk")["tabindex"] == "-1"
    for row in page.rows():
        before = [one.get("name") or one.get("href") for one in row.one(class_="cell-choose").elements()]
        assert [what for what in before if what] == ["pat", "#bulk"]


@pytest.mark.parametrize(
    "address", ["/tokens/new", "/tokens/{}", "/tokens/{}/notes", "/tokens/revoke-everything", "/bulk/revoke"]
)
def test_the_menu_marks_tokens_on_the_pages_below_the_list(world: World, alice: Person, address: str) -> None:
    pat = make_pat(world, alice)
    (link,) = [
        one for one in read(alice.browser.get(address.format(pat.id))).all("a") if one.text == "Tokens"
    ]
    assert link["aria-current"] == "true"
    (link,) = [one for one in read(alice.browser.get("/backup")).all("a") if one.text == "Tokens"]
    assert "aria-current" not in link.attributes


def test_a_search_that_looks_like_a_secret_is_withheld_and_the_next_step_is_said(
    world: World, alice: Person
) -> None:
    secret = "a" * 76 + "SIMU" + "b" * 4
    make_pat(world, alice, "ci-deploy")
    answer = alice.browser.get("/", {"q": secret, "sort": "name"})
    assert (answer.status_code, answer["Location"]) == (302, "/?sort=name&withheld=1")
    page = open_list(alice, answer["Location"])
    assert "What you searched for looks like a secret" in page.text
    assert "/tokens/revoke-everything" in {
        link["href"] for link in page.one(id="pats").one(class_="alert").all("a")
    }
    assert "withheld" not in {one.get("name") for one in page.all("input")}
    assert "looks like a secret" not in open_list(alice).text


def test_a_search_while_typing_says_so_as_well_and_no_address_keeps_the_secret(
    world: World, alice: Person
) -> None:
    secret = "a" * 76 + "SIMU" + "b" * 4
    make_pat(world, alice, "ci-deploy")
    answer = alice.browser.get("/", {"q": secret}, headers={"HX-Request": "true"})
    assert answer["HX-Push-Url"] == "/"
    assert "What you searched for looks like a secret" in read(answer).text
    assert secret not in answer.content.decode()


def test_its_title_says_what_it_shows(many: Person) -> None:
    for address, title in (
        ("/", "Tokens \u2013 PAT Portal"),
        ("/?page=2", "Tokens: page 2 of 3 (120 tokens) \u2013 PAT Portal"),
        ("/?q=nothing&status=revoked", "Tokens: “nothing” and Status: revoked (no tokens) \u2013 PAT Portal"),
    ):
        page = read(many.browser.get(address))
        assert page.one("title").text == title
        assert page.one("div", id="pats")["data-title"] == title


def test_one_without_a_name_has_a_link_and_is_told_apart(world: World, alice: Person) -> None:
    pat = make_pat(world, alice, " ")
    assert read(alice.browser.get("/")).one(id=f"pat-{pat.id}").text == "(no name)"
    headings = {"": "(no name)", "/revoke": "Revoke (no name)?", "/notes": "Notes of (no name)"}
    for page, heading in headings.items():
        assert read(alice.browser.get(f"/tokens/{pat.id}{page}")).heading == heading
    # The form holds what Azure DevOps holds.
    assert read(alice.browser.get(f"/tokens/{pat.id}/edit")).one(id="field-name")["value"].strip() == ""


def test_each_mark_is_called_after_itself_and_its_token(world: World, alice: Person) -> None:
    pats = make_pats(world, alice, ["one", "two"], scopes=["app_token"])
    page = read(alice.browser.get("/"))
    for pat in pats:
        mark = page.one(id=f"mark-full_access-{pat.id}")
        names = [page.one(id=one).text for one in mark["aria-labelledby"].split()]
        assert names == ["Full access", pat.name]
