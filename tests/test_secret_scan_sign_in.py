"""After signing in in every way, what proves who the portal or a person is, is found nowhere."""

import io
import logging
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.grants import access_token_for
from accounts.models import Alarm, Grant, SignIn, User
from tests.job_runner import run_jobs
from tests.people import World
from tests.sandbox_certificates import assertion, key_pair, private_pem, public_pem, rsa_key
from tests.secret_scan import RecordingClient, Scanner, as_json, everything_logged

_PASSWORD = "a password of the certificate's file"


class Proving:
    """Alice signs in while operators change credentials; what must stay hidden is collected on the way."""

    def __init__(self, world: World, settings: Any, folder: Path) -> None:
        self.world, self.settings, self.folder = world, settings, folder
        self.browsers = [RecordingClient(), RecordingClient()]
        self.secrets = {"client secret": world.tenant.client_secret, "password": _PASSWORD}
        self.doctor = ""

    def go(self) -> None:
        self.with_a_certificate()
        self.with_an_assertion()
        self.with_credentials_that_are_refused()
        self.with_a_challenge()
        self.leave()

    def sign_in(self, browser: RecordingClient, *, status: int = 302) -> None:
        started = browser.post("/sign-in/start", {"next": "/"})
        callback = urlsplit(self.world.tenant.sign_in(started["Location"], "alice"))
        self.secrets[f"code {len(self.secrets)}"] = re.findall(r"code=([^&]+)", callback.query)[0]
        assert browser.get(f"{callback.path}?{callback.query}").status_code == status

    def with_a_certificate(self) -> None:
        """Sign in with a PFX of which only the second of two works, then with one that works."""
        pair, stranger = key_pair(), key_pair(key_name="stranger")
        for name, one in (("pair", pair), ("stranger", stranger)):
            lines = private_pem(one.key).splitlines()
            self.secrets |= {f"key {name} {number}": lines[number] for number in range(2, 6)}
            (self.folder / name).write_bytes(one.pfx(_PASSWORD))
        self.world.tenant.add_certificate(pair.certificate_pem)
        self.settings.ENTRA_CLIENT_SECRET = None
        self.settings.ENTRA_CLIENT_CERTIFICATE = str(self.folder / "stranger")
        self.settings.ENTRA_CLIENT_CERTIFICATE_FALLBACK = str(self.folder / "pair")
        self.settings.ENTRA_CLIENT_CERTIFICATE_PASSWORD = _PASSWORD
        self.settings.ENTRA_CLIENT_CERTIFICATE_FALLBACK_PASSWORD = _PASSWORD
        self.sign_in(self.browsers[0])
        run_jobs()

    def with_an_assertion(self) -> None:
        audience = "api://AzureADTokenExchange"
        text = assertion("https://platform.example", "pat-portal", audience)
        self.secrets |= {"assertion": text, "signature": text.rpartition(".")[2]}
        self.world.tenant.trust(
            "https://platform.example", "pat-portal", audience=audience, public_key=public_pem(rsa_key())
        )
        file = self.folder / "assertion"
        file.write_text(text)
        self.settings.ENTRA_CLIENT_CERTIFICATE = self.settings.ENTRA_CLIENT_CERTIFICATE_FALLBACK = None
        self.settings.ENTRA_CLIENT_ASSERTION_FILE = str(file)
        self.sign_in(self.browsers[1])

    def with_credentials_that_are_refused(self) -> None:
        """Meet a wrong secret and a wrong password: on the page, in alarms, in the doctor's words."""
        self.settings.ENTRA_CLIENT_ASSERTION_FILE = None
        self.settings.ENTRA_CLIENT_SECRET = self.secrets["wrong secret"] = "a secret that nobody registered"
        self.settings.ENTRA_CLIENT_CERTIFICATE = str(self.folder / "pair")
        self.settings.ENTRA_CLIENT_CERTIFICATE_PASSWORD = self.secrets["wrong password"] = (
            "not the password of this file"
        )
        self.sign_in(RecordingClient(), status=502)
        self.sign_in(self.browsers[0], status=502)
        out = io.StringIO()
        with pytest.raises((CommandError, SystemExit)):
            call_command("doctor", stdout=out, stderr=out)
        self.doctor = out.getvalue()
        self.settings.ENTRA_CLIENT_CERTIFICATE = None
        self.settings.ENTRA_CLIENT_SECRET = self.world.tenant.client_secret

    def with_a_challenge(self) -> None:
        """Be challenged by Azure DevOps, so that the grant is refreshed, lost, and found again."""
        self.remember_grant()
        self.world.tenant.challenge("alice", kind="mfa")
        form = self.world.form()
        assert self.browsers[0].post("/tokens/new", form).status_code == 302
        assert Grant.objects.get().lost_code
        self.sign_in(self.browsers[0])
        self.remember_grant()

    def remember_grant(self) -> None:
        user = User.objects.get(display_name="Alice Archer")
        self.secrets[f"AccessToken {len(self.secrets)}"] = access_token_for(user, now=timezone.now())

    def leave(self) -> None:
        assert self.browsers[0].get("/sessions").status_code == 200
        assert self.browsers[0].get("/help/sign-in?code=AADSTS50105").status_code == 200
        assert self.browsers[0].post("/sessions/end-all").status_code == 302
        assert self.browsers[1].get("/").status_code == 302


def test_no_proof_is_found_anywhere(world: World, settings: Any, tmp_path: Path) -> None:
    with everything_logged() as records:
        journey = Proving(world, settings, tmp_path)
        journey.go()
    dave = RecordingClient()
    world.sign_in("dave", dave)
    assert dave.get("/admin/").status_code == 200
    answers = [answer for browser in (*journey.browsers, dave) for answer in browser.answers]
    scanner = Scanner(journey.secrets)
    findings = [
        *scanner.scan_database(),
        *scanner.scan_logs(records),
        *scanner.scan_answers(answers),
        *scanner.scan("doctor", journey.doctor),
    ]
    assert findings == [], as_json(findings)
    check_what_was_searched(journey, records)


def check_what_was_searched(journey: Proving, records: list[logging.LogRecord]) -> None:
    """Check that every way was gone, so that finding nothing means something."""
    assert {"assertion", "password", "wrong secret", "key pair 2", "key stranger 5"} <= set(journey.secrets)
    assert sum(name.startswith("AccessToken") for name in journey.secrets) == 2
    assert Alarm.objects.filter(code="portal_misconfigured", detail__contains="password").exists()
    assert "AADSTS7000215" in journey.doctor
    assert SignIn.objects.exclude(sid_hash="").exists()
    assert any("entra_fallback_credential_serves" in str(record.msg) for record in records)
    assert any("entra_credential_failed" in str(record.msg) for record in records)
