"""In a language that puts every marked text in brackets, pages and mails say nothing outside of them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.core.cache import cache
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Alarm, User
from tests.people import Person, World
from tests.pseudo_language import CLOSE, HEADERS, LANGUAGE, OPEN, outside_brackets, pseudo_language, unmarked
from tests.tokens.mail.scene import Kind, mail_of, noted
from tests.tokens.views.page import read, read_html
from tests.tokens.views.rows import make_bulk, make_feed, make_operation, make_pat, set_access
from tokens import enqueue
from tokens.mail import letter_of
from tokens.models import (
    AuditCheckpoint,
    AuditVerification,
    Operation,
    Pat,
    Reminder,
    ReminderSettings,
)
from tokens.models.operation import CREATE_STATES

# Proper names; what they are called is the same in every language.
NAMES = {"PAT Portal", "Azure DevOps", "UTC"}
_MANY_SCOPES = ["vso.code_manage", "vso.build", "vso.work"]
# How a moment is written in a mail is a format of the language, with a word of its own in it.
FORMATS = {" at "}
# What Django's own templates and icons say without a mark.
OF_DJANGO = {"alt=False", "alt=Search", "alt=True"}


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


@pytest.fixture
def registered(world: World, pat: Pat) -> dict[type[Model], Any]:
    """What Django's administration shows, with a row in each table."""
    now = timezone.now()
    make_operation(world, world.alice, state=Operation.State.FAILED, error_code="a-code", name=pat.name)
    Alarm.objects.create(code="scopes_differ", first_at=now, last_at=now)
    ReminderSettings.objects.create(user=world.alice.user, time_zone="UTC")
    Reminder.objects.create(pat=pat, valid_to=pat.valid_to, step_days=7, made_at=now)
    AuditCheckpoint.objects.create(position=1, hash=b"1" * 32, note="a-note")
    AuditVerification.objects.create(
        from_position=1, to_position=2, links=2, erased=0, faults=0, by="a-command"
    )
    enqueue.sync_pats(user_id=1, organization_id=2)
    request = RequestFactory().get("/admin/")
    request.user = world.dave.user
    # The queue's own page of its jobs is open to nobody.
    return {model: one for model, one in admin.site._registry.items() if one.has_view_permission(request)}


def test_the_administration(world: World, registered: dict[type[Model], Any]) -> None:
    assert [model for model in registered if not model._default_manager.exists()] == []
    lists = [reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist") for model in registered]
    found = [text for path in lists for text in shown(world, world.dave, path)]
    # An administrator's begins with what `doctor` finds, the same whoever reads it.
    found += shown(world, world.carol, "/admin/")
    assert {text.partition(": ")[2] for text in found} - OF_DJANGO - {"a-command", "a-code"} == set()


def test_names_in_the_administration(world: World, registered: dict[type[Model], Any]) -> None:
    request = RequestFactory().get("/admin/")
    request.user = world.dave.user
    with translation.override(LANGUAGE):
        found = {
            (model.__name__, str(name))
            for model, one in registered.items()
            for name in (
                model._meta.verbose_name,
                model._meta.verbose_name_plural,
                model._meta.app_config.verbose_name,
                *(label_for_field(field, model, one) for field in one.get_fields(request)),
            )
            if outside_brackets(str(name), 0)[0]
        }
    assert found == set()


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
