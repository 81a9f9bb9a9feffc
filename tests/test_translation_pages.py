"""In a language that puts every marked text in brackets, pages and mails say nothing outside of them."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from tests.people import Person, World
from tests.pseudo_language import CLOSE, HEADERS, LANGUAGE, OPEN, outside_brackets, pseudo_language, unmarked
from tests.tokens.mail.scene import Kind, mail_of, noted
from tests.tokens.views.page import read, read_html
from tests.tokens.views.rows import make_bulk, make_feed, make_operation, make_pat, set_access
from tokens.mail import letter_of
from tokens.models import Operation, Pat
from tokens.models.operation import CREATE_STATES

# Proper names; what they are called is the same in every language.
NAMES = {"PAT Portal", "Azure DevOps", "UTC"}
_MANY_SCOPES = ["vso.code_manage", "vso.build", "vso.work"]
# How a moment is written in a mail is a format of the language, with a word of its own in it.
FORMATS = {" at "}
# What Django's administration shows besides: names of models and columns, which follow from their classes,
# texts of its own templates, and names of groups.
OF_THE_ADMINISTRATION = {
    "Alarms",
    "Auditors",
    "Instance id",
    "Is active",
    "Name",
    "Operations",
    "Organization",
    "Organizations",
    "PAT",
    "PATs",
    "Portal administrators",
    "Reminders",
    "User",
    "User principal name",
    "Valid to",
    "aria-label=Organizations",
    "aria-label=PATs",
    "aria-label=s",
    "alt=False",
    "alt=Search",
    "alt=True",
    "s",
}


@pytest.fixture(autouse=True)
def _pseudo(settings: Any) -> Iterator[None]:
    cache.clear()
    with pseudo_language(settings):
        yield


@pytest.fixture
def pat(world: World) -> Pat:
    """A PAT of Alice about which everything is noted, beside others in every state."""
    alice, now = world.alice, timezone.now()
    set_access(alice, world, at=now)
    make_pat(world, alice, "ended-one", ends_in=-timedelta(days=2))
    make_pat(world, alice, "revoked-one", revoked_at=now - timedelta(days=1))
    make_pat(world, alice, "global-one", is_global=True, ends_in=timedelta(days=3))
    make_pat(world, alice, "powerful-one", scopes=["app_token"], ends_in=timedelta(days=5))
    make_pat(world, alice, "Git: https://dev.azure.com/alpha on PC")
    made = make_pat(
        world,
        alice,
        "noted-one",
        scopes=["vso.code_manage", "vso.build", "vso.work"],
        review_date=now.date(),
        issued_at=now,
    )
    return noted(made, purpose="a-purpose", places=["https://ci.example.com/x", "a-place", "another-place"])


def data_of(world: World) -> frozenset[str]:
    """Return what the test itself made up: names, addresses, organizations."""
    return frozenset(
        NAMES
        | {
            text
            for user in User.objects.all()
            for text in (
                str(user),
                user.email,
                user.user_principal_name,
                str(user.object_id),
                str(user.tenant_id),
            )
            if text
        }
        | {world.alpha.name, world.beta.name}
        | set(Pat.objects.values_list("name", flat=True))
        | {"a-purpose", "a-place", "another-place", "ci.example.com", "https://ci.example.com/x"}
    )


def shown(world: World, person: Person, path: str, *, status: int = 200, data: Any = None) -> list[str]:
    """Return what a page says without a mark."""
    browser = person.browser
    answer = browser.get(path, headers=HEADERS) if data is None else browser.post(path, data, headers=HEADERS)
    assert answer.status_code == status, (path, answer.status_code)
    page = read(answer)
    assert page.one("html")["lang"] == LANGUAGE
    assert OPEN in page.text
    return [f"{path}: {text}" for text in unmarked(page, data=data_of(world))]


def test_the_list(world: World, pat: Pat) -> None:
    make_operation(world, world.alice)
    make_operation(world, world.alice, state=Operation.State.AMBIGUOUS)
    paths = [
        "/",
        "/?status=all",
        "/?status=expired",
        "/?q=nobody",
        "/?by=machines",
        "/?sort=-name&status=revoked",
    ]
    assert [text for path in paths for text in shown(world, world.alice, path)] == []


def test_the_pages_of_one_token(world: World, pat: Pat) -> None:
    pages = ["", "/edit", "/extend", "/revoke", "/rotate", "/notes", "/mute"]
    found = [text for page in pages for text in shown(world, world.alice, f"/tokens/{pat.pk}{page}")]
    everywhere = Pat.objects.get(name="global-one")
    found += [
        text
        for page in ("", "/move", "/rotate")
        for text in shown(world, world.alice, f"/tokens/{everywhere.pk}{page}")
    ]
    assert found == []


def test_making_a_token(world: World, pat: Pat) -> None:
    alice = world.alice
    found = shown(world, alice, "/tokens/new") + shown(world, alice, "/tokens/new?template=build-agent")
    found += shown(world, alice, "/tokens/new?name=x&scope=vso.code_manage&days=900")
    found += shown(world, alice, "/tokens/new", status=422, data={"name": "", "expires": "custom"})
    found += shown(world, alice, "/tokens/new", data=world.form())
    assert found == []


def test_many_at_once(world: World, pat: Pat) -> None:
    alice = world.alice
    found = [
        text
        for verb in ("extend", "revoke", "rotate")
        for query in ("?all=1", f"?pat={pat.pk}", "")
        for text in shown(world, alice, f"/bulk/{verb}{query}")
    ]
    bulk = make_bulk(world, alice, [pat])
    found += shown(world, alice, f"/bulk/{bulk.pk}") + shown(world, alice, "/tokens/revoke-everything")
    assert found == []


def test_settings_and_what_is_held(world: World, pat: Pat) -> None:
    make_feed(world.alice)
    paths = ["/settings", "/settings/data", "/settings/disconnect", "/activity", "/backup", "/sessions"]
    assert [text for path in paths for text in shown(world, world.alice, path)] == []


@pytest.mark.parametrize("state", CREATE_STATES)
def test_what_became_of_a_creation(world: World, pat: Pat, state: str) -> None:
    made = make_operation(world, world.alice, state=state)
    assert shown(world, world.alice, f"/operations/{made.pk}") == []


def test_pages_for_strangers(world: World) -> None:
    stranger = Client()
    found = []
    for path in (
        "/sign-in",
        "/signed-out",
        "/help/sign-in",
        "/help/sign-in?code=AADSTS50105",
        "/help/sign-in?code=nothing-like-it",
        "/nothing-is-here",
        "/unsubscribe/nothing",
        "/getAToken?error=access_denied&state=x",
    ):
        page = read(stranger.get(path, headers=HEADERS))
        assert OPEN in page.text
        found += [f"{path}: {text}" for text in unmarked(page, data=frozenset(NAMES))]
    assert found == []


def test_the_administration(world: World, pat: Pat) -> None:
    dave = world.dave
    paths = ["tokens/auditevent/", "tokens/pat/", "tokens/organization/", "accounts/user/"]
    found = [text for path in paths for text in shown(world, dave, f"/admin/{path}")]
    # Counts, and the sign between the parts of a path, stand before a name.
    said = {re.sub(r"^[^:]*: [\W\d]*", "", text).lower() for text in found}
    assert said - {name.lower() for name in OF_THE_ADMINISTRATION} == set()


@pytest.mark.parametrize("kind", list(Kind))
def test_mails(world: World, pat: Pat, settings: Any, kind: Kind) -> None:
    mail = mail_of(kind, world, [pat])
    # Mails are written in the language of the portal, whoever asks.
    with pseudo_language(settings, settings.LANGUAGE_CODE), translation.override(settings.LANGUAGE_CODE):
        letter = letter_of(mail, now=timezone.now())
    assert letter
    data = data_of(world) | FORMATS
    lines = [outside_brackets(letter.subject, 0)[0], outside_brackets(letter.text, 0)[0]]
    assert [line for text in lines for line in text.splitlines() if is_said(line, data)] == []
    assert CLOSE in letter.text


def is_said(line: str, data: frozenset[str]) -> bool:
    """Tell whether a line of a mail says something that is neither data nor an address."""
    for word in sorted(data, key=len, reverse=True):
        line = line.replace(word, "")
    return any(character.isalpha() for word in line.split() if "://" not in word for character in word)


@pytest.mark.parametrize(
    "markup",
    [
        "<p>A text.</p>",
        f"<p>{OPEN}A text.{CLOSE} And more.</p>",
        f"<p>{OPEN}A <b>text</b>{CLOSE}<i>more</i></p>",
        '<a title="A text"></a>',
        '<input type="submit" value="Send">',
    ],
)
def test_what_stands_outside_of_brackets_is_found(markup: str) -> None:
    assert unmarked(read_html(markup))


@pytest.mark.parametrize(
    "markup",
    [
        f"<p>{OPEN}A <b>text</b> of <bdi>a-name</bdi>.{CLOSE} 12 · <code>git push</code></p>",
        f'<a title="{OPEN}A text{CLOSE}" class="one two">{OPEN}{OPEN}One{CLOSE} in another{CLOSE}</a>',
        "<script>const words = 1;</script>",
        "<p>a-datum</p>",
    ],
)
def test_what_stands_within_them_or_is_data_is_not_found(markup: str) -> None:
    assert unmarked(read_html(markup), data=frozenset({"a-datum"})) == []
