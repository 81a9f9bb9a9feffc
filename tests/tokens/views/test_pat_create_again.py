"""The same form again: double clicks, the back button, reloads, two tabs. One form makes one PAT."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.conf import settings

from accounts.models import User
from tests.people import Person, World
from tests.tokens.views.page import read
from tests.tokens.views.test_pat_create import form_of, typed
from tokens.delegation import remote_slot
from tokens.models import AuditEvent, Operation, Pat


def test_the_same_form_twice_makes_one_pat_and_says_so(world: World, alice: Person) -> None:
    sent = world.form()
    assert alice.browser.post("/tokens/new", sent).status_code == 200
    again = alice.browser.post("/tokens/new", sent)
    operation = Operation.objects.get()
    assert (again.status_code, again["Location"]) == (302, f"/operations/{operation.id}")
    assert len(world.tenant.pats()) == 1
    assert AuditEvent.objects.filter(type="pat.create_requested").count() == 1

    page = read(alice.browser.get(again["Location"]))
    assert page.heading == "The token was created"
    assert "was shown once" in page.text
    assert page.names() == ["ci-deploy"]
    assert world.tenant.pats()[0].secret not in page.text


def test_the_order_of_scopes_and_what_they_include_do_not_make_it_another_form(
    world: World, alice: Person
) -> None:
    sent = world.form(scopes=["vso.code_write", "vso.build"])
    alice.browser.post("/tokens/new", sent)
    again = alice.browser.post("/tokens/new", sent | {"scopes": ["vso.build", "vso.code", "vso.code_write"]})
    assert again.status_code == 302
    assert len(world.tenant.pats()) == 1


def test_going_back_and_changing_something_asks_first(world: World, alice: Person) -> None:
    sent = world.form(name="first", expires="60", scopes=["vso.build", "vso.code"])
    alice.browser.post("/tokens/new", sent)
    changed = alice.browser.post("/tokens/new", sent | {"name": "second"})
    assert changed.status_code == 409
    page = read(changed)
    assert "This form was sent before with other content" in page.text
    form = form_of(page)
    kept = typed(form)
    assert (kept["name"], kept["expires"], set(kept["scopes"])) == (
        ["second"],
        ["60"],
        {"vso.build", "vso.code"},
    )
    assert len(world.tenant.pats()) == 1

    assert form.value("key") != sent["key"]
    assert form.submit(alice.browser).status_code == 200
    assert {one.display_name for one in world.tenant.pats()} == {"first", "second"}


def test_each_thing_that_differs_makes_it_another_form(world: World, alice: Person) -> None:
    sent = world.form()
    alice.browser.post("/tokens/new", sent)
    for change in ({"organization": world.beta.name}, {"expires": "7"}, {"scopes": ["vso.build"]}):
        assert alice.browser.post("/tokens/new", sent | change).status_code == 409, change
    assert len(world.tenant.pats()) == 1


def test_sending_a_refused_form_again_says_what_became_of_it(world: World, alice: Person) -> None:
    sent = world.form()
    with world.tenant.fault("pats", verb="create", pat_error="fullScopePatPolicyViolation"):
        alice.browser.post("/tokens/new", sent)
    again = alice.browser.post("/tokens/new", sent)
    assert again.status_code == 302
    page = read(alice.browser.get(again["Location"]))
    assert page.heading == "The token was not created"
    assert world.tenant.pats() == []


def test_sending_a_lost_form_again_waits_for_the_first(world: World, alice: Person) -> None:
    sent = world.form()
    with world.tenant.fault("pats", verb="create", drop="after"):
        first = alice.browser.post("/tokens/new", sent)
    again = alice.browser.post("/tokens/new", sent)
    assert again["Location"] == first["Location"]
    assert len(world.tenant.pats()) == 1


def test_two_tabs_make_two_pats(world: World, alice: Person) -> None:
    tabs = [form_of(read(alice.browser.get("/tokens/new"))) for _ in range(2)]
    for tab in tabs:
        answer = tab.submit(alice.browser, name="twin", scopes=["vso.code"])
        assert answer.status_code == 200
    assert [one.display_name for one in world.tenant.pats()] == ["twin", "twin"]
    assert Pat.objects.count() == 2


def test_somebody_elses_key_is_unknown(world: World, alice: Person, bob: Person) -> None:
    sent = world.form(name="same")
    assert alice.browser.post("/tokens/new", sent).status_code == 200
    assert bob.browser.post("/tokens/new", sent).status_code == 200
    assert {one.person for one in world.tenant.pats()} == {"alice@example.test", "bob@example.test"}


@contextmanager
def all_places_taken() -> Iterator[None]:
    with ExitStack() as stack:
        for number in range(settings.REMOTE_CALLS_PER_PROCESS):
            stack.enter_context(remote_slot(User(pk=-number)))
        yield


def test_the_same_form_sent_while_all_places_are_taken_keeps_its_key(world: World, alice: Person) -> None:
    sent = world.form()
    with all_places_taken():
        busy = alice.browser.post("/tokens/new", sent)
    assert busy.status_code == 503
    assert form_of(read(busy)).value("key") == sent["key"]

    assert alice.browser.post("/tokens/new", sent).status_code == 200
    with all_places_taken():
        again = alice.browser.post("/tokens/new", sent)
    operation = Operation.objects.get()
    assert (again.status_code, again["Location"]) == (302, f"/operations/{operation.id}")
    assert len(world.tenant.pats()) == 1
