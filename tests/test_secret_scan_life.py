"""After the whole life of PATs, a secret is found nowhere but in the one answer that shows it."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.utils import timezone

from tests.job_runner import run_jobs
from tests.passing_time import pass_time
from tests.people import World
from tests.secret_scan import RecordingClient, Scanner, as_json, everything_logged
from tests.tokens.operations.scene import failing_event
from tests.tokens.views.page import Form, read
from tests.tokens.views.shapes import secret_shapes
from tokens.models import Operation, OrganizationAccess, OutgoingMail, Pat

NAME = "deploy"


class Life:
    """Alice goes through the life of her PATs; what must stay hidden is collected on the way."""

    issued = 4

    def __init__(self, world: World) -> None:
        self.world = world
        self.browser = RecordingClient()
        self.secrets = {f"pasted {name}": text for name, text in secret_shapes().items()}
        self.secrets["client secret"] = world.tenant.client_secret
        self.issuing: list[Any] = []

    def go(self) -> None:
        self.world.sign_in("alice", self.browser)
        self.world.tenant.add_pat("alice", "alpha", "everywhere", all_orgs=True)
        run_jobs()
        self.live()
        for number, pat in enumerate(self.world.tenant.pats()):
            self.secrets[f"secret {number} of {pat.display_name}"] = pat.secret

    def live(self) -> None:
        self.create_with_notes()
        self.change()
        self.rotate_and_keep()
        self.rotate_in_a_row()
        self.lose_answers()
        self.lose_the_outcome()
        self.leave_unconfirmed()
        self.paste_secrets()
        self.end_many()
        self.come_back_after_the_session_ended()
        self.look_around()

    def newest(self) -> Pat:
        return Pat.objects.exclude(issued_at=None).order_by("-issued_at")[0]

    def send(self, path: str, *, status: int, **changes: Any) -> Any:
        """Fill in the form that a page shows, and send it."""
        form = read(self.browser.get(path)).form(path)
        answer = form.submit(self.browser, **changes)
        assert answer.status_code == status, (path, answer.content.decode())
        return answer

    def page(self, pat: Pat, name: str) -> str:
        return f"/tokens/{pat.pk}/{name}"

    def rest(self, **span: float) -> None:
        """Let time pass, and the worker do what is due."""
        for _ in range(3):
            with connection.cursor() as cursor:
                pass_time(cursor, timedelta(**span))
            run_jobs(until=timezone.now() + timedelta(minutes=1))

    def create_with_notes(self) -> None:
        form = read(self.browser.get("/tokens/new")).form("/tokens/new")
        notes = {"purpose": "ships the shop", "places": "a pipeline\nhttps://wiki.example/deploy"}
        answer = form.submit(
            self.browser, name=NAME, scopes=["vso.code"], organization=self.world.alpha.name, **notes
        )
        assert answer.status_code == 200
        self.issuing.append(answer)
        self.receive(self.newest())

    def receive(self, pat: Pat, **fields: str) -> None:
        assert self.browser.post(self.page(pat, "received"), fields).status_code in {200, 302}

    def change(self) -> None:
        pat = self.newest()
        backup = f"colleague@{self.world.tenant.domain}"
        self.send(self.page(pat, "notes"), status=302, purpose="ships", places="one", backup_email=backup)
        self.send(self.page(pat, "edit"), status=302, scopes=["vso.code", "vso.build"])
        self.send(self.page(pat, "extend"), status=302, expires="7")
        run_jobs()

    def rotate(self, pat: Pat, *, status: int = 200, **changes: str) -> Any:
        """Rotate a PAT, and send the same form once more, as a second click does."""
        path = self.page(pat, "rotate")
        form = read(self.browser.get(path)).form(path)
        first = form.submit(self.browser, overlap="hour", **changes)
        assert first.status_code == status, first.content.decode()
        second = form.submit(self.browser, overlap="hour", **changes)
        assert second.status_code != 200
        if status == 200:
            self.issuing.append(first)
        return first

    def rotate_and_keep(self) -> None:
        old = self.newest()
        self.rotate(old)
        self.browser.get(self.page(old, "rotate"))
        self.receive(self.newest())
        run_jobs()
        self.browser.get(f"/tokens/{old.pk}")
        self.send(self.page(old, "keep-old"), status=302)

    def rotate_in_a_row(self) -> None:
        old = self.newest()
        assert self.browser.get(f"/bulk/rotate?pat={old.pk}").status_code == 200
        self.rotate(old, **{"as": "row"}, status=200)
        for _ in range(2):
            self.receive(self.newest(), **{"as": "row"})

    def lose_answers(self) -> None:
        """Lose answers that were cut, and some that were garbled with the secret in them."""
        garbled = self.secrets["garbled"] = secret_shapes()["PAT of the sandbox"][::-1].replace(
            "UMIS", "SIMU"
        )
        answers: list[dict[str, Any]] = [
            {"drop": "after"},
            {"effect": True, "status": 500, "body": {"patToken": {"token": garbled}, "message": garbled}},
            {"body": f'{{"patToken": {{"token": "{garbled}"'},
        ]
        for deed in answers:
            with self.world.tenant.fault("pats", verb="create", **deed):
                self.rotate(self.newest(), status=302)
            self.rest(minutes=15)

    def lose_the_outcome(self) -> None:
        """Fail between the answer of Azure DevOps and the note of it: the traceback passes the secret."""
        path = self.page(self.newest(), "rotate")
        form = read(self.browser.get(path)).form(path)
        with failing_event("pat.rotated"):
            assert form.submit(self.browser, overlap="hour").status_code == 500
        self.rest(minutes=15)

    def leave_unconfirmed(self) -> None:
        self.rotate(self.newest())
        self.rest(minutes=11)
        assert OutgoingMail.objects.filter(sent_at__isnull=False).exists()

    def paste_secrets(self) -> None:
        """Paste what looks like a secret into every field of every form."""
        pat, everywhere = self.newest(), self.everywhere()
        fields = {
            "edit": ("name", "scopes", "seen", "key"),
            "extend": ("expires", "expires_date", "seen", "key"),
            "rotate": ("expires", "expires_date", "overlap", "seen", "key"),
            "notes": ("purpose", "places", "review_date", "backup_email"),
        }
        for secret in secret_shapes().values():
            for page, names in fields.items():
                filled = self.filled(pat, page)
                for name in names:
                    self.browser.post(self.page(pat, page), {**filled, name: secret})
            path = self.page(everywhere, "rotate")
            self.browser.post(path, {**self.filled(everywhere, "rotate"), "organization": secret})
            for page in ("extend", "revoke", "rotate"):
                self.browser.post(f"/bulk/{page}", {"pat": secret, "key": secret, "extend": secret})
            self.browser.post("/tokens/revoke-everything", {"key": secret, "is_sure": secret})
            self.browser.post("/tokens/new", self.world.form(purpose=secret, places=secret))

    def filled(self, pat: Pat, page: str) -> dict[str, Any]:
        """Return what the form of a page would send, if the page has one now."""
        path = self.page(pat, page)
        found = [one for one in read(self.browser.get(path)).all("form") if one.get("action") == path]
        return dict(read(self.browser.get(path)).form(path).data) if found else {}

    def end_many(self) -> None:
        pats = [str(pk) for pk in Pat.objects.active(now=timezone.now()).values_list("pk", flat=True)]
        for path, changes in (("/bulk/extend", {"extend": "7"}), ("/bulk/revoke", {})):
            address = f"{path}?{'&'.join(f'pat={pk}' for pk in pats)}"
            (form,) = read(self.browser.get(address)).one("main").all("form", method="post", action=path)
            begun = Form(form).submit(self.browser, **changes)
            assert begun.status_code == 302, begun.content.decode()
            run_jobs()
            assert self.browser.get(begun["Location"]).status_code == 200
        self.rest(minutes=15)

    def come_back_after_the_session_ended(self) -> None:
        pat = self.newest()
        session = self.browser.session
        session["last_seen_at"] = 0
        session.save()
        for secret in secret_shapes().values():
            for page in ("edit", "rotate", "notes"):
                content = {"name": secret, "purpose": secret, "places": secret, "expires_date": secret}
                assert self.browser.post(self.page(pat, page), content).status_code == 302
        self.world.sign_in("alice", self.browser)
        run_jobs()

    def look_around(self) -> None:
        for pat in Pat.objects.all():
            assert self.browser.get(f"/tokens/{pat.pk}").status_code == 200
        for path in ("/", "/?status=all", "/backup", f"/tokens/{self.everywhere().pk}/move"):
            assert self.browser.get(path).status_code == 200, path
        for operation in Operation.objects.all():
            assert self.browser.get(f"/operations/{operation.pk}").status_code == 200

    def everywhere(self) -> Pat:
        return Pat.objects.get(is_global=True)


class Replacements(Life):
    """Alice replaces what has ended and what is for all organizations, and then revokes everything."""

    issued = 3

    def live(self) -> None:
        self.replace_what_ended()
        self.replace_everywhere()
        self.end_everything()
        self.look_around()

    def replace(self, pat: Pat, **changes: str) -> None:
        """Make a successor where no overlap is chosen, send the form once more, and store the secret."""
        path = self.page(pat, "rotate")
        form = read(self.browser.get(path)).form(path)
        answer = form.submit(self.browser, **changes)
        assert answer.status_code == 200, answer.content.decode()
        assert form.submit(self.browser, **changes).status_code != 200
        self.issuing.append(answer)
        self.receive(self.newest())

    def replace_what_ended(self) -> None:
        made, over = timezone.now() - timedelta(days=40), timezone.now() - timedelta(days=10)
        ended = self.world.tenant.add_pat("alice", "alpha", "ended", valid_from=made, valid_to=over)
        OrganizationAccess.objects.update(requested_at=timezone.now(), ended_read_at=None)
        self.browser.post("/tokens/refresh")
        run_jobs()
        self.replace(Pat.objects.get(authorization_id=ended.authorization_id))

    def replace_everywhere(self) -> None:
        """Go the way out of a token for all organizations, but for its revocation."""
        old = self.everywhere()
        self.send(self.page(old, "notes"), status=302, places="a pipeline")
        self.replace(old, organization=self.world.alpha.name)
        place = old.places.get()
        ticked = self.browser.post(f"/tokens/{old.pk}/places/{place.pk}/tick", {"moved": "yes"})
        assert ticked.status_code == 302
        assert self.browser.get(self.page(old, "move")).status_code == 200

    def end_everything(self) -> None:
        self.create_with_notes()
        self.send("/tokens/revoke-everything", status=302, is_sure="1")
        self.rest(minutes=15)
        assert not Pat.objects.active(now=timezone.now()).exists()


@pytest.mark.parametrize("kind", [Life, Replacements])
def test_a_secret_is_found_nowhere_but_in_its_one_answer(world: World, kind: type[Life]) -> None:
    with everything_logged() as records:
        life = kind(world)
        life.go()
        scanner = Scanner(life.secrets)
        assert Session.objects.exists()
    others = [answer for answer in life.browser.answers if answer not in life.issuing]
    findings = [
        *scanner.scan_database(),
        *scanner.scan_logs(records),
        *scanner.scan_mails(mail.outbox),
        *scanner.scan_answers(others),
        *scanner.scan("cookies of the browser", life.browser.cookies.output()),
        *(
            found
            for one in world.tenant.requests()
            for found in scanner.scan("address", [one.path, one.query])
        ),
    ]
    assert findings == [], as_json(findings)
    check_what_was_searched(life, records)


def check_what_was_searched(life: Life, records: list[logging.LogRecord]) -> None:
    """Check that there was something to search, so that finding nothing means something."""
    of_pats = {text for name, text in life.secrets.items() if name.startswith("secret ")}
    assert len(life.issuing) == life.issued
    for answer in life.issuing:
        shown = [text for text in of_pats if text in answer.content.decode()]
        assert len(shown) == 1
    if type(life) is Life:
        check_what_went_wrong(records)


def check_what_went_wrong(records: list[logging.LogRecord]) -> None:
    """Check that the failures of a life were among what was searched."""
    assert {letter.subject for letter in mail.outbox}
    rotations = Operation.objects.filter(verb="rotate").values_list("state", flat=True)
    assert {"done", "orphaned"} <= set(rotations)
    assert "requested" not in set(rotations)
    assert [record for record in records if record.exc_info and record.levelno >= logging.ERROR]
