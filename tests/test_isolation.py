"""Who may reach what: every address of the project, called by nobody, by the wrong person and by each role.

An address without a row in the tables below fails the first test.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.alarms import AlarmCode
from accounts.models import Alarm, SignIn, User
from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tests.tokens.views.rows import make_bulk, make_feed, make_operation, make_pat, set_access
from tokens.models import (
    AuditCheckpoint,
    AuditEvent,
    AuditVerification,
    BackupContact,
    BulkChange,
    BulkItem,
    CalendarFeed,
    EndedCalendar,
    Operation,
    OutgoingMail,
    Pat,
    Place,
    Reminder,
    ReminderSettings,
)

# Open to everybody, signed in or not.
PUBLIC = {"sign-in": "GET", "sign-in/start": "POST", "getAToken": "GET", "sign-out": "POST"} | {
    "sign-out/front-channel": "GET",
    "signed-out": "GET",
    "help/sign-in": "GET",
}
# For whoever is signed in, about themselves.
PERSONAL = {"": "GET", "tokens/new": "GET POST", "tokens/refresh": "POST"} | {
    "tokens/new/check": "POST",
    "activity": "GET",
    "backup": "GET",
    "sessions": "GET",
    "sessions/end-all": "POST",
    "bulk/extend": "GET POST",
    "bulk/revoke": "GET POST",
    "bulk/rotate": "GET",
    "tokens/revoke-everything": "GET POST",
    "tokens/shortcuts": "POST",
    "settings": "GET",
    "settings/calendars": "POST",
    "settings/data": "GET",
    "settings/data/download": "POST",
    "settings/disconnect": "GET POST",
    "settings/days": "POST",
    "settings/time-zone": "POST",
    "settings/mute": "POST",
    "settings/unmute": "POST",
    "settings/test-mail": "POST",
}
# For the owner of the row that the address names.
OWNED = {
    "tokens/<uuid:pat_id>/revoke": "GET POST",
    "tokens/<uuid:pat_id>/received": "POST",
    "tokens/<uuid:pat_id>/keep": "POST",
    "tokens/<uuid:pat_id>/mute": "GET POST",
    "tokens/<uuid:pat_id>/unmute": "POST",
    "tokens/<uuid:pat_id>/notes": "GET POST",
    "tokens/<uuid:pat_id>": "GET",
    "tokens/<uuid:pat_id>/edit": "GET POST",
    "tokens/<uuid:pat_id>/edit/check": "POST",
    "tokens/<uuid:pat_id>/extend": "GET POST",
    "tokens/<uuid:pat_id>/rotate": "GET POST",
    "tokens/<uuid:pat_id>/keep-old": "GET POST",
    "tokens/<uuid:pat_id>/move": "GET",
    "tokens/<uuid:pat_id>/places/<int:place_id>/tick": "POST",
    "backup/<uuid:pat_id>/leave": "POST",
    "bulk/<uuid:bulk_id>": "GET",
    "bulk/<uuid:bulk_id>/stop": "POST",
    "bulk/<uuid:bulk_id>/repeat": "POST",
    "operations/<uuid:operation_id>": "GET",
    "operations/<uuid:operation_id>/dismiss": "POST",
    "sessions/<int:sign_in_id>/end": "POST",
    "settings/calendars/<uuid:feed_id>/end": "POST",
}
# Of these the owner gets a page in a state that the PAT of these tests is not in.
IN_A_STATE = {"tokens/<uuid:pat_id>/keep-old", "tokens/<uuid:pat_id>/move"}
# For whoever has the signed link of a mail; without one there is nothing. tests/tokens/views/test_backup.py
# and test_unsubscribe.py
BY_LINK = {"backup/answer/<str:proof>": "GET POST", "unsubscribe/<str:link>": "GET POST"} | {
    # And for whoever has the secret address of a calendar: tests/tokens/views/test_calendar.py
    "calendar/<str:address>.ics": "GET",
}
# The admin's own addresses, and who sees a page there.
ADMIN: dict[str, set[str]] = {
    "admin/": {"carol", "dave"},
    "admin/login/": set(),
    "admin/logout/": set(),
    "admin/password_change/": set(),
    "admin/password_change/done/": set(),
    "admin/autocomplete/": {"dave"},
    "admin/tokens/auditevent/export/": set(),
    "admin/jsi18n/": {"carol", "dave"},
    "admin/r/<path:content_type_id>/<path:object_id>/": set(),
    "admin/^(?P<app_label>accounts|procrastinate|tokens)/$": {"carol", "dave"},
    "admin/(?P<url>.*)$": set(),
}
# Each model in the admin, and who may look at it; nobody may do more.
ADMIN_MODELS: dict[str, set[str]] = {
    "tokens/auditevent": {"carol", "dave"},
    "tokens/auditverification": {"carol", "dave"},
    "tokens/auditcheckpoint": {"carol", "dave"},
    "tokens/pat": {"dave"},
    "tokens/operation": {"dave"},
    "tokens/organization": {"dave"},
    "tokens/queuedjob": {"dave"},
    "tokens/reminder": {"dave"},
    "tokens/remindersettings": {"dave"},
    "accounts/user": {"dave"},
    "accounts/alarm": {"dave"},
    "procrastinate/procrastinatejob": set(),
}
LOOKING = {"": "list", "<path:object_id>/change/": "one", "<path:object_id>/history/": "history"}
CHANGING = {"add/": "new", "<path:object_id>/delete/": "delete"}
SHORT_ADDRESS = "<path:object_id>/"
# Answered before any address is looked up.
HEALTH = ("/healthz", "/readyz")


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Return every route of the project as it is written down."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, route)
        elif isinstance(entry, URLPattern):
            # The admin lists its apps in any order.
            yield re.sub(r"(?<=<app_label>)[a-z|]+", lambda apps: "|".join(sorted(apps[0].split("|"))), route)


def model_routes() -> set[str]:
    return {
        f"admin/{model}/{ending}" for model in ADMIN_MODELS for ending in (*LOOKING, *CHANGING, SHORT_ADDRESS)
    }


def test_every_address_has_its_row() -> None:
    known = {*PUBLIC, *PERSONAL, *OWNED, *BY_LINK, *ADMIN} | model_routes()
    known |= {path.strip("/") for path in HEALTH}
    assert set(routes()) - known == set(), "addresses without a row"
    gone = known - set(routes()) - {path.strip("/") for path in HEALTH}
    assert gone == set(), "rows without an address"


class Mine:
    """Alice with one PAT, one operation and something in every table that the admin shows."""

    def __init__(self, world: World) -> None:
        self.alice = world.alice
        set_access(self.alice, world, at=timezone.now())
        self.pat = make_pat(world, self.alice, "only alice's", is_left_over=True, issued_at=timezone.now())
        self.operation = make_operation(
            world, self.alice, name="only alice's", state=Operation.State.NOTHING_MADE
        )
        self.bulk = make_bulk(world, self.alice, [self.pat])
        self.place = Place.objects.create(pat=self.pat, position=0, text="only alice's build")
        self.feed = make_feed(self.alice)
        self.elsewhere = world.sign_in("alice")
        self.ids = {
            "<uuid:pat_id>": str(self.pat.pk),
            "<uuid:operation_id>": str(self.operation.pk),
            "<uuid:bulk_id>": str(self.bulk.pk),
            "<uuid:feed_id>": str(self.feed.pk),
            "<int:place_id>": str(self.place.pk),
            "<int:sign_in_id>": str(self.elsewhere.browser.session["sign_in_id"]),
        }
        self.admin_ids = {
            "tokens/auditevent": str(AuditEvent.objects.order_by("id")[0].pk),
            "tokens/auditverification": str(_verification().pk),
            "tokens/auditcheckpoint": str(_checkpoint().pk),
            "tokens/pat": str(self.pat.pk),
            "tokens/operation": str(self.operation.pk),
            "tokens/organization": str(world.alpha.pk),
            "accounts/user": str(self.alice.user.pk),
            "accounts/alarm": str(_alarm().pk),
            "tokens/queuedjob": _first_job(),
            "tokens/reminder": str(_reminder(self.pat).pk),
            "tokens/remindersettings": str(ReminderSettings.objects.create(user=self.pat.user).pk),
            "procrastinate/procrastinatejob": _first_job(),
        }

    def path(self, route: str) -> str:
        """Return the address of a route with Alice's ids in it."""
        for place, value in self.ids.items():
            route = route.replace(place, value)
        return f"/{route}"

    def admin_path(self, model: str, ending: str) -> str:
        return f"/admin/{model}/{ending.replace('<path:object_id>', self.admin_ids[model])}"


def _alarm() -> Alarm:
    now = timezone.now()
    return Alarm.objects.create(code=AlarmCode.CREDENTIAL_EXPIRES, first_at=now, last_at=now)


def _verification() -> AuditVerification:
    return AuditVerification.objects.create(
        from_position=1, to_position=1, links=1, erased=0, faults=1, findings=["only alice's"], by="root"
    )


def _checkpoint() -> AuditCheckpoint:
    return AuditCheckpoint.objects.create(position=1, hash=bytes(32), note="only alice's")


def _reminder(pat: Pat) -> Reminder:
    return Reminder.objects.create(pat=pat, valid_to=pat.valid_to, step_days=7, made_at=timezone.now())


def _first_job() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM procrastinate_jobs")
        return str(cursor.fetchone()[0])


@pytest.fixture
def mine(world: World) -> Mine:
    return Mine(world)


def snapshot() -> dict[str, Any]:
    """Return every row that an attack could have changed."""
    rows: dict[str, Any] = {
        "users": list(User.objects.order_by("pk").values()),
        "alarms": list(Alarm.objects.order_by("pk").values()),
        "sign_ins": list(SignIn.objects.order_by("pk").values()),
        "pats": list(Pat.objects.order_by("pk").values()),
        "operations": list(Operation.objects.order_by("pk").values()),
        "bulk_changes": list(BulkChange.objects.order_by("pk").values()),
        "bulk_items": list(BulkItem.objects.order_by("pk").values()),
        "calendar_feeds": list(CalendarFeed.objects.order_by("pk").values()),
        "ended_calendars": list(EndedCalendar.objects.order_by("pk").values()),
        "places": list(Place.objects.order_by("pk").values()),
        "backup_contacts": list(BackupContact.objects.order_by("pk").values()),
        "mails": list(OutgoingMail.objects.order_by("pk").values()),
        "events": list(AuditEvent.objects.order_by("pk").values()),
        "verifications": list(AuditVerification.objects.order_by("pk").values()),
        "checkpoints": list(AuditCheckpoint.objects.order_by("pk").values()),
    }
    with connection.cursor() as cursor:
        for table in (
            "tokens_organization",
            "accounts_user_groups",
            "auth_group_permissions",
            "procrastinate_jobs",
        ):
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - names from above
            rows[table] = cursor.fetchall()
    return rows


def send(browser: Client, method: str, path: str, **data: Any) -> Any:
    return browser.get(path) if method == "GET" else browser.post(path, {"key": "k" * 32, **data})


def test_nobody_reaches_anything_without_signing_in(mine: Mine, client: Client) -> None:
    before = snapshot()
    for route, methods in (PERSONAL | OWNED).items():
        for method in methods.split():
            answer = send(client, method, mine.path(route))
            assert answer.status_code == 302, (method, route)
            target = urlsplit(answer["Location"])
            assert target.path == "/sign-in"
            (back,) = parse_qs(target.query)["next"]
            assert back.startswith("/")
            assert not back.startswith("//")
            assert b"only alice" not in answer.content
    assert snapshot() == before


def test_htmx_is_told_to_load_the_sign_in_page_as_a_whole(mine: Mine, client: Client) -> None:
    for route, methods in (PERSONAL | OWNED).items():
        for method in methods.split():
            send_it = client.get if method == "GET" else client.post
            answer = send_it(mine.path(route), headers={"HX-Request": "true"})
            assert answer.status_code == 200
            assert answer["HX-Redirect"].startswith("/sign-in?next=")
            assert answer.content == b""


def test_public_pages_open_for_everybody(world: World, mine: Mine, client: Client) -> None:
    for browser in (client, mine.alice.browser):
        for route, methods in PUBLIC.items():
            if methods == "GET" and route != "getAToken":
                assert browser.get(f"/{route}").status_code in {200, 302}, route
    assert client.get("/getAToken").status_code == 400
    for path in HEALTH:
        assert client.get(path).status_code == 200


def test_the_wrong_person_gets_what_does_not_exist(world: World, mine: Mine) -> None:
    others: list[Person] = [world.bob, world.carol, world.dave]
    for person in others:
        set_access(person, world, at=timezone.now())
    before = snapshot()
    for person in others:
        for route, methods in OWNED.items():
            for method in methods.split():
                answers = [
                    send(person.browser, method, mine.path(route)),
                    send(person.browser, method, _with_unknown_ids(route)),
                ]
                assert [one.status_code for one in answers] == [404, 404], (person.name, method, route)
                texts = [_without_ids(one) for one in answers]
                assert texts[0] == texts[1], (person.name, method, route)
    assert snapshot() == before


def _with_unknown_ids(route: str) -> str:
    for name in ("pat_id", "operation_id", "bulk_id", "feed_id"):
        route = route.replace(f"<uuid:{name}>", str(uuid4()))
    for name in ("sign_in_id", "place_id"):
        route = route.replace(f"<int:{name}>", "1000000")
    return f"/{route}"


def _without_ids(answer: Any) -> str:
    return read(answer).one("main").text.replace(answer["X-Request-ID"], "")


def test_the_owner_reaches_all_of_it(mine: Mine) -> None:
    for route, methods in (PERSONAL | OWNED).items():
        if "GET" in methods and route not in IN_A_STATE:
            assert mine.alice.browser.get(mine.path(route)).status_code == 200, route


def test_ids_in_form_fields_change_nobody_elses_rows(world: World, mine: Mine) -> None:
    bob = world.bob
    set_access(bob, world, at=timezone.now())
    own = make_pat(world, bob, "bob's own", is_left_over=True)
    pats = list(Pat.objects.filter(user=mine.alice.user).values())
    operations = list(Operation.objects.filter(user=mine.alice.user).values())
    sessions = list(SignIn.objects.filter(user=mine.alice.user).values())
    smuggled = {
        "pat_id": str(mine.pat.pk),
        "pat": str(mine.pat.pk),
        "id": str(mine.pat.pk),
        "authorization_id": str(mine.pat.authorization_id),
        "operation_id": str(mine.operation.pk),
        "sign_in_id": str(mine.elsewhere.browser.session["sign_in_id"]),
        "user": str(mine.alice.user.pk),
        "owner": str(mine.alice.user.pk),
    }
    for path in (
        f"/tokens/{own.pk}/keep",
        f"/tokens/{own.pk}/received",
        f"/tokens/{own.pk}/revoke",
        "/tokens/refresh",
        f"/sessions/{world.sign_in('bob').browser.session['sign_in_id']}/end",
    ):
        bob.browser.post(path, smuggled | {"key": uuid4().hex})
        bob.browser.post(
            f"{path}?pat_id={mine.pat.pk}&user={mine.alice.user.pk}", smuggled | {"key": uuid4().hex}
        )
    assert bob.browser.post("/tokens/new", smuggled | world.form(key=mine.operation.key)).status_code == 200
    assert list(Pat.objects.filter(user=mine.alice.user).values()) == pats
    assert list(Operation.objects.filter(user=mine.alice.user).values()) == operations
    assert {one.person for one in world.tenant.pats()} == {"bob@example.test"}
    assert {one.person for one in world.tenant.requests("pats")} == {"bob@example.test"}
    world.sign_in("bob").browser.post("/sessions/end-all", smuggled)
    assert list(SignIn.objects.filter(user=mine.alice.user).values()) == sessions


# --- The admin ---------------------------------------------------------------------------------------


def is_refused(answer: Any) -> bool:
    """Tell whether an answer of the admin shows nothing: 403, 404, or a redirect to the sign-in page."""
    return answer.status_code in {403, 404} or (
        answer.status_code == 302
        and answer["Location"].partition("?")[0] in {"/admin/login/", "/sign-in", "/"}
    )


def admin_paths(mine: Mine) -> Iterator[tuple[str, set[str]]]:
    """Return an address for every route of the admin with those who get something there."""
    yield from {
        "/admin/": ADMIN["admin/"],
        "/admin/login/": set(),
        "/admin/logout/": set(),
        "/admin/password_change/": set(),
        "/admin/password_change/done/": set(),
        "/admin/autocomplete/?app_label=tokens&model_name=pat&field_name=user": {"dave"},
        "/admin/jsi18n/": {"carol", "dave"},
        f"/admin/r/1/{mine.pat.pk}/": set(),
        "/admin/tokens/": {"carol", "dave"},
        "/admin/accounts/": {"dave"},
        "/admin/procrastinate/": set(),
        "/admin/auth/group/": set(),
        "/admin/nonsense": set(),
    }.items()
    for model, viewers in ADMIN_MODELS.items():
        for ending in LOOKING:
            yield mine.admin_path(model, ending), viewers
        for ending in CHANGING:
            yield mine.admin_path(model, ending), set()


def test_the_admin_shows_each_person_what_their_role_allows(world: World, mine: Mine, client: Client) -> None:
    browsers = {
        "nobody": client,
        "bob": world.bob.browser,
        "carol": world.carol.browser,
        "dave": world.dave.browser,
    }
    for path, viewers in admin_paths(mine):
        for name, browser in browsers.items():
            answer = browser.get(path)
            if name in viewers:
                assert answer.status_code == 200, (name, path)
            else:
                assert is_refused(answer), (name, path, answer.status_code)


def test_nobody_changes_anything_in_the_admin(world: World, mine: Mine) -> None:
    people = [world.bob, world.carol, world.dave]
    before = snapshot()
    for path, _ in admin_paths(mine):
        for person in people:
            for data in (
                {
                    "post": "yes",
                    "_save": "Save",
                    "name": "taken over",
                    "is_superuser": "on",
                    "is_staff": "on",
                },
                {"action": "delete_selected", "_selected_action": _last_id(path, mine), "post": "yes"},
            ):
                answer = person.browser.post(path, data)
                assert answer.status_code in {200, 302, 403, 404, 405}, (person.name, path)
    assert snapshot() == before


def _last_id(path: str, mine: Mine) -> str:
    return next((pk for model, pk in mine.admin_ids.items() if f"/{model}/" in path), "1")


def test_admin_pages_offer_no_change(world: World, mine: Mine) -> None:
    for model, viewers in ADMIN_MODELS.items():
        for ending in LOOKING if viewers else ():
            page = read(world.dave.browser.get(mine.admin_path(model, ending)))
            words = {one.text for one in page.all("a")} | {one.get("value") for one in page.all("input")}
            assert words.isdisjoint({"Save", "Delete", "Add", "Change"}), (model, ending)
            posts = [
                one["action"] for one in page.all("form") if one.get("method") == "post" and one.get("action")
            ]
            # An export changes nothing but the log that tells of it.
            exports = {f"{reverse('admin:tokens_auditevent_export')}?"}
            assert set(posts) <= {"/sign-out", *exports}, (model, ending)


def test_the_admin_signs_people_in_on_the_portals_own_page(client: Client) -> None:
    answer = client.get("/admin/tokens/auditevent/", follow=True)
    assert answer.request["PATH_INFO"] == "/sign-in"
    page = read(answer)
    assert page.form("/sign-in/start").value("next") == "/admin/tokens/auditevent/"
    assert page.all("input", type="password") == []


def test_a_person_without_a_role_is_told_that_the_admin_is_not_for_them(world: World) -> None:
    answer = world.bob.browser.get("/admin/", follow=True)
    assert answer.status_code == 403


def test_there_is_no_page_to_change_a_password(world: World) -> None:
    for person in (world.carol, world.dave):
        assert person.browser.get("/admin/password_change/").status_code == 404


def test_an_auditor_who_loses_the_role_loses_the_admin_at_the_next_sign_in(world: World) -> None:
    assert world.carol.browser.get("/admin/tokens/auditevent/").status_code == 200
    world.tenant.change_person("carol", roles=[])
    again = world.sign_in("carol")
    for browser in (again.browser, world.carol.browser):
        assert is_refused(browser.get("/admin/tokens/auditevent/"))


def test_nobody_is_superuser(world: World) -> None:
    for person in (world.alice, world.carol, world.dave):
        assert not person.user.is_superuser
    assert not User.objects.filter(is_superuser=True).exists()


def test_the_link_to_the_admin_is_shown_to_roles_alone(world: World) -> None:
    for person, is_shown in ((world.alice, False), (world.carol, True), (world.dave, True)):
        set_access(person, world, at=timezone.now())
        links = [one["href"] for one in read(person.browser.get("/")).all("a")]
        assert ("/admin/" in links) == is_shown, person.name


def test_admin_pages_need_nothing_that_the_content_policy_forbids(world: World, mine: Mine) -> None:
    for path, viewers in admin_paths(mine):
        if "dave" in viewers and "jsi18n" not in path:
            answer = world.dave.browser.get(path)
            assert forbidden_markup(read(answer)) == [], path


def forbidden_markup(page: Page) -> list[str]:
    """Return what `default-src 'none'` with `'self'` for scripts and styles would block."""
    found = []
    for one in page.elements():
        if one.tag == "script" and not one.get("src") and one.get("type") != "application/json":
            found.append(f"inline script {one.text[:40]}")
        if one.tag == "style" or "style" in one.attributes:
            found.append(f"inline style on {one.tag} {one.get('style')}")
        found += [f"{name} on {one.tag}" for name in one.attributes if name.startswith(("on", "hx-on"))]
        found += [
            f"{name} {value}"
            for name, value in one.attributes.items()
            if name in {"src", "href", "action"} and value.lower().startswith(("javascript:", "http:", "//"))
        ]
    return found


# --- Forms from elsewhere ------------------------------------------------------------------------------


def test_every_form_proves_that_it_comes_from_our_own_page(world: World, mine: Mine) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = mine.alice.browser.cookies
    before = snapshot()
    for route, methods in (PUBLIC | PERSONAL | OWNED).items():
        if "POST" not in methods:
            continue
        for data, headers in (
            ({}, {}),
            ({"csrfmiddlewaretoken": "x" * 64}, {}),
            ({}, {"Origin": "https://evil.example"}),
            ({}, {"X-CSRFToken": "x" * 64, "HX-Request": "true"}),
        ):
            answer = browser.post(mine.path(route), {"key": "k" * 32, **data}, headers=headers)
            assert answer.status_code == 403, route
            assert answer["X-Request-ID"] in read(answer).text
    assert snapshot() == before
    assert world.tenant.requests("pats") == []


def test_forms_of_our_own_pages_pass(world: World, mine: Mine) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = mine.alice.browser.cookies
    page = read(browser.get("/"))
    assert page.form("/tokens/refresh").submit(browser).status_code == 302
    assert page.form(f"/tokens/{mine.pat.pk}/keep").submit(browser).status_code == 302
    assert page.form(f"/operations/{mine.operation.pk}/dismiss").submit(browser).status_code == 302
    form = read(browser.get("/tokens/new")).form("/tokens/new")
    issued = form.submit(browser, name="by hand", scopes=["vso.code"])
    assert issued.status_code == 200
    assert (
        read(issued)
        .form(f"/tokens/{Pat.objects.latest('issued_at').pk}/received")
        .submit(browser)
        .status_code
        == 302
    )
    end = mine.path("sessions/<int:sign_in_id>/end")
    assert read(browser.get("/sessions")).form(end).submit(browser).status_code == 302
    confirm = read(browser.get(f"/tokens/{mine.pat.pk}/revoke")).form(f"/tokens/{mine.pat.pk}/revoke")
    assert confirm.submit(browser).status_code == 302
    assert page.form("/sign-out").submit(browser).status_code == 302


def test_a_form_of_ours_sent_from_elsewhere_is_refused(mine: Mine) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = mine.alice.browser.cookies
    form = read(browser.get("/tokens/new")).form("/tokens/new")
    answer = browser.post(form.action, form.data, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


# --- Addresses to return to ----------------------------------------------------------------------------

ELSEWHERE = [
    "https://evil.example/",
    "http://127.0.0.1:8000/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "\x00//evil.example",
    "\x08//evil.example",
    "http:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "?next=x",
    "",
    "/sign-in?next=//evil.example",
    "/sign-out",
    "/sign-out/front-channel?sid=x",
    "/getAToken?code=x",
    "//[",
]


def test_signing_in_never_leads_elsewhere(world: World, mine: Mine, client: Client) -> None:
    for address in ELSEWHERE:
        page = read(client.get("/sign-in", {"next": address}))
        assert page.form("/sign-in/start").value("next") == "/", address
        assert mine.alice.browser.get("/sign-in", {"next": address})["Location"] == "/", address
    for address in ELSEWHERE[:4]:
        browser = Client()
        started = browser.post("/sign-in/start", {"next": address})
        callback = urlsplit(world.tenant.sign_in(started["Location"], "alice"))
        assert browser.get(f"{callback.path}?{callback.query}")["Location"] == "/"


def test_htmx_cannot_be_told_to_return_elsewhere(client: Client) -> None:
    for address in ("https://evil.example//evil.example/", "//evil.example/x", "javascript:alert(1)"):
        answer = client.get("/", headers={"HX-Request": "true", "HX-Current-URL": address})
        back = parse_qs(urlsplit(answer["HX-Redirect"]).query)["next"][0]
        assert back in {"/", "/x"}, address
