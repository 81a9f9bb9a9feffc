"""The doctor, on an installation that is fine and on broken ones; it hides nothing and shows no secret."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from patportal.lib.findings import Finding, Level, Look
from patportal.lib.redaction import MASK
from sandbox.children import free_port
from tests.installation import ROOT, Installation
from tests.sandbox_control import SandboxControl
from tests.sandbox_tenant import Tenant
from tests.secret_scan import Scanner
from tokens.management.commands.doctor import as_json, as_text, look_at_everything, verdict


@dataclass(frozen=True)
class Outcome:
    """What one run of the command ended with."""

    code: int
    output: str
    errors: str

    @property
    def findings(self) -> dict[str, list[dict[str, str]]]:
        """Return the findings of a run with --json, by title."""
        found: dict[str, list[dict[str, str]]] = {}
        for finding in json.loads(self.output)["findings"]:
            found.setdefault(finding["title"], []).append(finding)
        return found

    def levels(self, title: str) -> list[str]:
        """Return how serious the findings about one thing are."""
        return [finding["level"] for finding in self.findings.get(title, [])]


@pytest.fixture
def served(installation: Installation, sandbox_control: SandboxControl) -> Iterator[Tenant]:
    """A tenant for which the installation is set up."""
    tenant = sandbox_control.create_tenant()
    installation.serve(tenant)
    yield tenant
    tenant.remove()


def doctor(installation: Installation, *words: str, **variables: str) -> Outcome:
    ended = subprocess.run(
        [sys.executable, "manage.py", "doctor", *words],
        env=installation.environment() | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Outcome(ended.returncode, ended.stdout, ended.stderr)


def beat(installation: Installation) -> None:
    """Have it look as if a worker lived."""
    with installation.connect("DATABASE_OWNER_URL") as owner:
        owner.execute("DELETE FROM procrastinate_workers")
        owner.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")


@pytest.mark.usefixtures("served")
def test_an_installation_that_works_has_no_problem(installation: Installation) -> None:
    beat(installation)
    outcome = doctor(installation)
    assert outcome.code == 0, outcome.output + outcome.errors
    assert "  problem" not in outcome.output
    for told in (
        "PAT Portal",
        "as role patportal.",
        "ok       Migrations: All are applied.",
        "ok       Audit log:",
        "Entra accepts it",
        "belongs to the portal's tenant",
        "Result: ",
    ):
        assert told in outcome.output
    assert all(len(line) <= 100 or " " not in line.strip() for line in outcome.output.splitlines())


@pytest.mark.usefixtures("served")
def test_it_runs_as_the_owner_as_well(installation: Installation) -> None:
    beat(installation)
    outcome = doctor(installation, "--json", DATABASE_URL=installation.url("DATABASE_OWNER_URL"))
    assert outcome.code == 0, outcome.output + outcome.errors
    assert outcome.levels("Role") == ["warning"]
    assert outcome.levels("Audit log") == ["ok"]


SECRETS = {
    "client secret": "a-wrong-sandbox-client-secret",
    "mail password": "a-wrong-sandbox-mail-password",
    "key": "another-key-for-tests-" * 4,
}


def test_a_broken_installation_is_told_of_completely_and_without_secrets(
    installation: Installation, served: Tenant
) -> None:
    nobody = free_port()
    with installation.connect("DATABASE_OWNER_URL") as owner:
        owner.execute("DELETE FROM procrastinate_workers")
        owner.execute("ALTER TABLE tokens_auditevent ENABLE TRIGGER tokens_audit_no_change")
        try:
            broken = {
                "ENTRA_CLIENT_SECRET": SECRETS["client secret"],
                "SECRET_KEY": SECRETS["key"],
                "AZURE_DEVOPS_URL": f"https://127.0.0.1:{nobody}",
                "EMAIL_URL": f"smtp+tls://portal:{SECRETS['mail password']}@127.0.0.1:{nobody}",
            }
            outcome = doctor(installation, "--json", **broken)
            text = doctor(installation, **broken)
        finally:
            owner.execute("ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_no_change")
    assert (outcome.code, text.code) == (1, 1)
    assert outcome.levels("Client secret (ENTRA_CLIENT_SECRET)") == ["problem", "warning"]
    for title in ("Audit log", "Worker", f"Organization {served.organizations[0].name}", "Mail server"):
        assert outcome.levels(title) == ["problem"], title
    for title in ("Connection", "Migrations", "Role", "Tenant"):
        assert outcome.levels(title) == ["ok"], title
    for finding in json.loads(outcome.output)["findings"]:
        assert (finding["level"] in {"problem", "warning"}) <= bool(finding["next_step"]), finding
    assert text.output.count("What to do: ") >= 5
    scanner = Scanner(SECRETS | {"database": os.environ["DATABASE_URL"].split(":")[2].partition("@")[0]})
    assert [
        found for run in (outcome, text) for found in scanner.scan("the terminal", [run.output, run.errors])
    ] == []


@pytest.mark.usefixtures("served")
def test_without_a_database_everything_else_is_examined(installation: Installation) -> None:
    url = f"postgres://patportal:a-database-password@127.0.0.1:{free_port()}/patportal"
    outcome = doctor(installation, "--json", DATABASE_URL=url, DATABASE_OWNER_URL=url)
    assert outcome.code == 1, outcome.errors
    assert outcome.levels("Connection") == ["problem"]
    for title in ("Migrations", "Role", "Audit log", "Worker", "Jobs", "Alarms"):
        assert outcome.levels(title) == ["note"], title
    assert outcome.levels("Tenant") == ["ok"]
    assert "a-database-password" not in outcome.output + outcome.errors


def test_a_wrong_tenant_is_told_once_and_hides_nothing(installation: Installation, served: Tenant) -> None:
    authority = f"{served.control.base_url}/11111111-2222-3333-4444-555555555555"
    outcome = doctor(installation, "--json", ENTRA_AUTHORITY=authority)
    assert outcome.levels("Tenant") == ["problem"]
    assert "AADSTS90002" in outcome.findings["Tenant"][0]["found"]
    assert outcome.levels("Client secret (ENTRA_CLIENT_SECRET)") == ["note", "warning"]
    assert outcome.levels(f"Organization {served.organizations[0].name}") == ["problem"]


def _fine() -> list[Finding]:
    return [Finding(Level.OK, "Fine", "All is well.")]


def _broken() -> list[Finding]:
    raise LookupError("of no use to anybody")


def test_a_look_that_breaks_is_told_and_hides_no_other() -> None:
    looks = [
        Look("One", "Broken", _broken),
        Look("One", "Fine", _fine),
        Look("Two", "Broken", _broken, True),
        Look("Two", "Fine", _fine, True),
    ]
    found = look_at_everything(looks)
    assert [(area, finding.title, finding.level) for area, finding in found] == [
        ("One", "Broken", Level.PROBLEM),
        ("One", "Fine", Level.OK),
        ("Two", "Broken", Level.PROBLEM),
        ("Two", "Fine", Level.OK),
    ]
    assert all("of no use" not in finding.found for _, finding in found)
    assert all(finding.next_step for _, finding in found if finding.is_problem)


def test_a_secret_is_masked_before_it_is_wrapped_or_escaped(settings: Any) -> None:
    settings.ENTRA_CLIENT_SECRET = (
        'sandbox "secret" \\ of several wörds that no line holds as a whole ' + "x" * 60
    )
    finding = Finding(Level.NOTE, "Refusal", f"It said {settings.ENTRA_CLIENT_SECRET}, and no more.", "Wait.")
    (shown,) = json.loads(as_json([("One", finding)]))["findings"]
    assert shown["found"] == f"It said {MASK}, and no more."
    text = "\n".join(as_text([("One", finding)]))
    assert "wörds" not in text
    assert MASK in text


def test_findings_are_grouped_by_area_in_plain_lines() -> None:
    warning = Finding(Level.WARNING, "Clock", "It is late.", "Set it.\nThen look again.")
    lines = list(as_text([("One", warning), ("Two", _fine()[0])]))
    assert lines[1:] == [
        "",
        "One",
        "  warning  Clock: It is late.",
        "           What to do: Set it. Then look again.",
        "",
        "Two",
        "  ok       Fine: All is well.",
        "",
        "Result: 1 warning, no problem.",
    ]


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ([], "no warning, no problem"),
        ([Level.NOTE, Level.OK], "no warning, no problem"),
        ([Level.WARNING] * 2, "2 warnings, no problem"),
        ([Level.PROBLEM], "1 problem. The portal"),
        ([Level.WARNING, Level.PROBLEM, Level.PROBLEM], "2 problems and 1 warning. The portal"),
    ],
)
def test_the_last_line_counts(levels: list[Any], words: str) -> None:
    assert words in verdict(levels)
