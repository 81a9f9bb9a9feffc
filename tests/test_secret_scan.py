"""After everything that a person can do with it, a secret is found nowhere but in the one answer."""

import base64
import json
import logging
import re
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import structlog
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.http import HttpResponse
from django.utils import timezone

from accounts.models import Grant, User
from accounts.sealing import Sealed, unseal
from patportal.lib.actors import system_actor
from tests.job_runner import run_jobs
from tests.passing_time import pass_time
from tests.people import World
from tests.secret_scan import RecordingClient, Scanner, as_json, everything_logged, tables
from tests.tokens.views.page import read
from tests.tokens.views.shapes import secret_shapes
from tokens import audit
from tokens.models import EventType, Operation, Pat

_FAILING_OUTCOME = """
    CREATE FUNCTION a_test_fails() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'a test makes the outcome fail'; END $$;
    CREATE TRIGGER a_test_fails BEFORE INSERT ON tokens_auditevent FOR EACH ROW
    WHEN (NEW.type = 'pat.created') EXECUTE FUNCTION a_test_fails();
"""
_OUTCOME_WORKS = "DROP TRIGGER a_test_fails ON tokens_auditevent; DROP FUNCTION a_test_fails()"


class Journey:
    """Alice does everything that there is; what must stay hidden is collected on the way."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.browser = RecordingClient()
        self.secrets: dict[str, str] = {f"pasted {name}": text for name, text in secret_shapes().items()}
        self.secrets["client secret"] = world.tenant.client_secret
        self.issuing: list[Any] = []

    def go(self) -> None:
        self.sign_in()
        self.create_and_revoke()
        self.be_refused()
        self.lose_answers()
        self.lose_the_outcome()
        self.paste_secrets()
        self.come_back_after_the_session_ended()
        for pat in self.world.tenant.pats():
            self.secrets[f"secret of {pat.display_name}"] = pat.secret

    def sign_in(self) -> None:
        started = self.browser.post("/sign-in/start", {"next": "/"})
        callback = self.world.tenant.sign_in(started["Location"], "alice")
        query = urlsplit(callback).query
        self.secrets[f"code {len(self.secrets)}"] = re.findall(r"code=([^&]+)", query)[0]
        assert self.browser.get(f"{urlsplit(callback).path}?{query}").status_code == 302
        self.remember_grant()
        run_jobs()
        assert self.browser.get("/").status_code == 200

    def remember_grant(self) -> None:
        user = User.objects.get()
        grant = Grant.objects.get()
        place = f"accounts_grant/{user.pk}/{user.tenant_id}"
        text = unseal(Sealed(grant.key_id, bytes(grant.sealed_cache)), place=place, keys=settings.GRANT_KEYS)
        cache = json.loads(text)
        for kind in ("AccessToken", "RefreshToken"):
            for entry in cache[kind].values():
                self.secrets[f"{kind} {len(self.secrets)}"] = entry["secret"]

    def create(self, name: str) -> Any:
        form = read(self.browser.get("/tokens/new")).form("/tokens/new")
        self.form = {**form.data, "name": name, "scopes": ["vso.code"], "organization": self.world.alpha.name}
        return self.browser.post("/tokens/new", self.form)

    def create_and_revoke(self) -> None:
        issued = self.create("issued")
        assert issued.status_code == 200
        self.issuing.append(issued)
        assert self.browser.post("/tokens/new", self.form).status_code == 302
        pat = Pat.objects.get(name="issued")
        for path in (f"/tokens/{pat.pk}/received", f"/tokens/{pat.pk}/keep"):
            assert self.browser.post(path).status_code == 302
        self.look_around(pat)
        confirm = read(self.browser.get(f"/tokens/{pat.pk}/revoke")).form(f"/tokens/{pat.pk}/revoke")
        assert confirm.submit(self.browser).status_code == 302
        run_jobs()
        self.look_around(pat)

    def look_around(self, pat: Pat) -> None:
        for path in (
            "/",
            "/?status=all",
            "/?q=issued",
            f"/operations/{pat.operations.earliest('requested_at').pk}",
        ):
            assert self.browser.get(path).status_code == 200

    def be_refused(self) -> None:
        with self.world.tenant.fault("pats", verb="create", pat_error="fullScopePatPolicyViolation"):
            assert self.create("refused").status_code == 422
        with self.world.tenant.fault("pats", times=1, verb="create", status=401):
            issued = self.create("issued at the second try")
        assert issued.status_code == 200
        self.issuing.append(issued)
        self.remember_grant()

    def lose_answers(self) -> None:
        """Lose answers that were cut, and some that were garbled with the secret in them."""
        garbled = secret_shapes()["PAT of the sandbox"][::-1].replace("UMIS", "SIMU")
        self.secrets["garbled"] = garbled
        answers: list[dict[str, Any]] = [
            {"drop": "after"},
            {"effect": True, "status": 500, "body": {"patToken": {"token": garbled}, "message": garbled}},
            {"body": f'{{"patToken": {{"token": "{garbled}", "displayName": 7}}, "patTokenError": "none"}}'},
            {"body": f'{{"patToken": {{"token": "{garbled}"'},
            {"body": {"patToken": {"token": [garbled], "authorizationId": garbled}, "patTokenError": "none"}},
        ]
        for deed in answers:
            with self.world.tenant.fault("pats", verb="create", **deed):
                assert self.create("lost").status_code == 302
        self.settle()

    def settle(self) -> None:
        for _ in range(3):
            with connection.cursor() as cursor:
                pass_time(cursor, timedelta(minutes=15))
            run_jobs(until=timezone.now() + timedelta(minutes=1))
            self.browser.get("/?status=all")

    def lose_the_outcome(self) -> None:
        """Fail between the answer of Azure DevOps and the note of it: the traceback passes the secret."""
        with connection.cursor() as cursor:
            cursor.execute(_FAILING_OUTCOME)
        assert self.create("outcome lost").status_code == 500
        with connection.cursor() as cursor:
            cursor.execute(_OUTCOME_WORKS)
        self.settle()

    def paste_secrets(self) -> None:
        for secret in secret_shapes().values():
            self.browser.post("/tokens/new", self.world.form(name=secret))
            self.browser.post(f"/tokens/{Pat.objects.all()[0].pk}/revoke", {"key": secret})
        for field in ("organization", "expires", "expires_date", "scopes", "key"):
            self.browser.post("/tokens/new", self.world.form(**{field: secret_shapes()["old PAT"]}))

    def come_back_after_the_session_ended(self) -> None:
        session = self.browser.session
        session["last_seen_at"] = 0
        session.save()
        for secret in secret_shapes().values():
            assert self.browser.post("/tokens/new", self.world.form(name=secret)).status_code == 302
        self.sign_in()

    def sign_out(self) -> None:
        assert self.browser.post("/sign-out").status_code == 302


def test_a_secret_is_found_nowhere_but_in_its_one_answer(world: World) -> None:
    with everything_logged() as records:
        journey = Journey(world)
        journey.go()
        scanner = Scanner(journey.secrets)
        assert Session.objects.exists()
        findings = scanner.scan_database()
        journey.sign_out()
    others = [answer for answer in journey.browser.answers if answer not in journey.issuing]
    findings += [
        *scanner.scan_database(),
        *scanner.scan_logs(records),
        *scanner.scan_mails(mail.outbox),
        *scanner.scan_answers(others),
        *scanner.scan("cookies of the browser", journey.browser.cookies.output()),
        *(
            found
            for one in world.tenant.requests()
            for found in scanner.scan("address", [one.path, one.query])
        ),
    ]
    assert findings == [], as_json(findings)

    check_what_was_searched(journey, records)


def check_what_was_searched(journey: Journey, records: list[logging.LogRecord]) -> None:
    """Check that there was something to search, so that finding nothing means something."""
    assert {"secret of issued", "secret of lost", "secret of outcome lost"} <= set(journey.secrets)
    kinds = [re.sub(r" \d+$", "", name) for name in journey.secrets]
    assert kinds.count("AccessToken") >= 2
    assert kinds.count("RefreshToken") >= 2
    for answer, name in zip(journey.issuing, ("issued", "issued at the second try"), strict=True):
        own = journey.secrets[f"secret of {name}"]
        assert own in answer.content.decode()
        rest = Scanner({key: text for key, text in journey.secrets.items() if text != own})
        assert rest.scan_answers([answer]) == []
        assert Scanner({name: own}).scan_answers([answer])
    assert {
        "tokens_operation",
        "tokens_auditevent",
        "django_session",
        "procrastinate_jobs",
        "accounts_grant",
    } <= tables()
    states = set(Operation.objects.filter(name__in=["lost", "outcome lost"]).values_list("state", flat=True))
    assert Operation.State.ORPHANED in states
    assert Operation.State.REQUESTED not in states
    loggers = {record.name.partition(".")[0] for record in records}
    assert {"patportal", "accounts", "tokens", "procrastinate", "django"} <= loggers
    assert [record for record in records if record.exc_info and record.levelno >= logging.ERROR]


# --- The scanner finds what is there --------------------------------------------------------------------

PLANTED = secret_shapes()["PAT of the sandbox"]


@pytest.fixture
def scanner() -> Scanner:
    return Scanner({"planted": PLANTED})


def test_it_finds_a_secret_in_every_form(scanner: Scanner) -> None:
    plain = PLANTED.encode()
    forms: list[Any] = [
        f"before {PLANTED} after",
        PLANTED[30:],
        PLANTED[20:70],
        PLANTED[::-1],
        plain.hex(),
        base64.b64encode(plain),
        base64.b64encode(b":" + plain).decode(),
        base64.b64encode(b"ab:" + plain).decode(),
        base64.urlsafe_b64encode(b"a:" + plain),
        zlib.compress(plain),
        memoryview(plain),
        {"a": [{"b": ("c", PLANTED)}]},
        {PLANTED: 1},
        {PLANTED},
    ]
    for content in forms:
        assert scanner.scan("here", content), repr(content)[:60]


def test_it_finds_nothing_where_nothing_is(scanner: Scanner) -> None:
    assert scanner.scan("here", [None, 1, b"\x00\xff", "x" * 1_000, secret_shapes()["old PAT"]]) == []


def test_it_finds_a_secret_in_columns_of_every_type(world: World, scanner: Scanner) -> None:
    world.alice.browser.post("/tokens/new", world.form())
    assert scanner.scan_database() == []
    changes: dict[str, tuple[str, Any]] = {
        "accounts_user.display_name": ("UPDATE accounts_user SET display_name = %s", PLANTED),
        "accounts_grant.sealed_cache": ("UPDATE accounts_grant SET sealed_cache = %s", PLANTED.encode()),
        "tokens_pat.scopes": ("UPDATE tokens_pat SET scopes = ARRAY['vso.code', %s]", PLANTED),
        "procrastinate_jobs.args": (
            "UPDATE procrastinate_jobs SET args = jsonb_build_object('a', %s::text)",
            PLANTED,
        ),
    }
    for place, (statement, value) in changes.items():
        with connection.cursor() as cursor:
            cursor.execute(statement, [value])
        assert place in {one.place for one in scanner.scan_database()}, place
    event = audit.build(EventType.PAT_FOUND, actor=system_actor("a test"))
    event.data = {"scopes": [PLANTED]}  # past the masking that every writer goes through
    event.save()
    assert "tokens_auditevent.data" in {one.place for one in scanner.scan_database()}


def test_it_finds_a_secret_in_a_session_and_in_a_message_of_it(world: World, scanner: Scanner) -> None:
    session = world.alice.browser.session
    session["kept_forms"] = {"key": {"fields": [["name", [PLANTED]]]}}
    session.save()
    assert "session" in {one.place for one in scanner.scan_database()}

    session["kept_forms"] = {}
    session["_messages"] = json.dumps([["__json_message", 0, 25, f"made {PLANTED}", ""]])
    session.save()
    assert "session" in {one.place for one in scanner.scan_database()}


def test_it_finds_a_secret_in_log_records(scanner: Scanner) -> None:
    plain, structured = logging.getLogger("tokens.a_test"), structlog.get_logger("tokens.another_test")
    writers: dict[str, Callable[[], Any]] = {
        "text": lambda: plain.debug("made " + PLANTED),
        "argument": lambda: plain.info("made %s", PLANTED),
        "extra": lambda: plain.info("made", extra={"one": {"two": PLANTED}}),
        "structured": lambda: structured.debug("made", value=PLANTED),
        "nested": lambda: structured.info("made", value={"one": [PLANTED]}),
        "traceback": lambda: _fail_loudly(plain),
    }
    for name, write in writers.items():
        with everything_logged() as records:
            write()
        assert scanner.scan_logs(records), name
    with everything_logged() as records:
        plain.info("nothing here")
    assert scanner.scan_logs(records) == []


def _fail_loudly(logger: logging.Logger) -> None:
    try:
        raise ValueError(PLANTED)
    except ValueError:
        logger.exception("failed")


def test_it_finds_a_secret_in_mails(scanner: Scanner) -> None:
    mails = [
        mail.EmailMessage(subject=PLANTED[:60], body="x", to=["a@example.test"]),
        mail.EmailMessage(subject="x", body=f"made\n{PLANTED}\nfor you", to=["a@example.test"]),
        mail.EmailMessage(subject="x", body="x", to=["a@example.test"], headers={"X-Note": PLANTED[:60]}),
        mail.EmailMultiAlternatives(subject="x", body="é", to=["a@example.test"]),
    ]
    mails[3].attach("a.bin", PLANTED.encode(), "application/octet-stream")
    for one in mails:
        assert scanner.scan_mails([one]), one.subject
    assert scanner.scan_mails([mail.EmailMessage(subject="x", body="y", to=["a@example.test"])]) == []


def test_it_finds_a_secret_in_answers(scanner: Scanner) -> None:
    in_body, in_header, in_cookie, nowhere = (HttpResponse("x") for _ in range(4))
    in_body.content = f"<input value='{PLANTED}'>".encode()
    in_header["Location"] = f"/?q={PLANTED}"
    in_cookie.set_cookie("note", PLANTED)
    for answer in (in_body, in_header, in_cookie, nowhere):
        answer.request = {"REQUEST_METHOD": "GET", "PATH_INFO": "/"}  # type: ignore[attr-defined]
    found = [len(scanner.scan_answers([answer])) for answer in (in_body, in_header, in_cookie, nowhere)]
    assert found == [1, 1, 1, 0]


def test_the_browser_of_the_test_keeps_every_answer(world: World) -> None:
    browser = RecordingClient()
    world.sign_in("alice", browser)
    browser.get("/", follow=True)
    paths = [answer.request["PATH_INFO"] for answer in browser.answers]
    assert paths == ["/sign-in/start", "/getAToken", "/"]


def test_a_scanner_refuses_secrets_that_prove_nothing() -> None:
    with pytest.raises(AssertionError):
        Scanner({"short": "abc"})


def test_it_searches_every_table_that_there_is(db: None) -> None:
    assert {
        model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed
    } <= tables()
    assert {"procrastinate_jobs", "procrastinate_events", "django_migrations"} <= tables()
