"""How long credentials are good for, and the daily watch."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts.alarms import open_alarms
from accounts.credentials import Credential, CredentialKind
from accounts.diagnosis import days_finding, watch_credentials
from accounts.diagnosis._credentials import ending_soon
from patportal.lib.findings import Level

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CERTIFICATE = Credential(CredentialKind.CERTIFICATE, 0, "ENTRA_CLIENT_CERTIFICATE", subject="CN=portal")


@pytest.mark.parametrize(
    ("left", "level", "words"),
    [
        (timedelta(days=200), Level.OK, "in 200 days"),
        (timedelta(days=31), Level.OK, "in 31 days"),
        (timedelta(days=30), Level.WARNING, "in 30 days"),
        (timedelta(days=8), Level.WARNING, "in 8 days"),
        (timedelta(days=7), Level.PROBLEM, "in 7 days"),
        (timedelta(days=1), Level.PROBLEM, "in 1 day."),
        (timedelta(hours=3), Level.PROBLEM, "in less than a day"),
        (timedelta(0), Level.PROBLEM, "It ended on 01 June 2026"),
        (timedelta(days=-40), Level.PROBLEM, "It ended on 22 April 2026"),
    ],
)
def test_it_warns_a_month_ahead_and_is_a_problem_in_the_last_week(
    left: timedelta, level: Level, words: str
) -> None:
    finding = days_finding(replace(CERTIFICATE, expires_at=NOW + left), now=NOW)
    assert finding.level is level
    assert words in finding.found
    assert ("docs/operations.md" in finding.next_step) == (level is not Level.OK)


def test_a_secret_whose_end_nobody_told_is_warned_of_with_the_variable_to_fill_in() -> None:
    finding = days_finding(Credential(CredentialKind.SECRET, 0, "ENTRA_CLIENT_SECRET"), now=NOW)
    assert finding.level is Level.WARNING
    assert "ENTRA_CLIENT_SECRET_EXPIRES_ON" in finding.next_step


def test_a_former_secret_is_to_be_removed_some_day() -> None:
    finding = days_finding(Credential(CredentialKind.SECRET, 1, "ENTRA_CLIENT_SECRET_FALLBACK"), now=NOW)
    assert finding.level is Level.NOTE
    assert "Remove it" in finding.next_step


@pytest.mark.parametrize("kind", [CredentialKind.MANAGED_IDENTITY, CredentialKind.ASSERTION_FILE])
def test_what_the_platform_renews_needs_no_watching(kind: CredentialKind) -> None:
    ended = Credential(kind, 0, "ENTRA_VARIABLE", expires_at=NOW - timedelta(days=1))
    assert days_finding(ended, now=NOW).level is Level.OK


def test_what_cannot_be_used_at_all_is_a_problem() -> None:
    finding = days_finding(replace(CERTIFICATE, problem="ENTRA_CLIENT_CERTIFICATE holds no key."), now=NOW)
    assert finding.level is Level.PROBLEM
    assert finding.found == "ENTRA_CLIENT_CERTIFICATE holds no key."


SECRET = Credential(CredentialKind.SECRET, 1, "ENTRA_CLIENT_SECRET")
SOON, LATER, LATE = (NOW + timedelta(days=days) for days in (5, 20, 31))


@pytest.mark.parametrize(
    ("credentials", "expected"),
    [
        ([replace(SECRET, expires_at=SOON)], "ENTRA_CLIENT_SECRET"),
        ([replace(SECRET, expires_at=NOW)], "ENTRA_CLIENT_SECRET"),
        ([replace(SECRET, expires_at=LATE)], ""),
        ([SECRET], ""),
        # A roll-over: what replaces the other lasts.
        ([replace(CERTIFICATE, expires_at=LATE), replace(SECRET, expires_at=SOON)], ""),
        ([replace(CERTIFICATE, expires_at=SOON), replace(SECRET, expires_at=LATE)], ""),
        (
            [replace(CERTIFICATE, expires_at=LATER), replace(SECRET, expires_at=SOON)],
            "ENTRA_CLIENT_CERTIFICATE",
        ),
        ([replace(CERTIFICATE, expires_at=SOON), SECRET], "ENTRA_CLIENT_CERTIFICATE"),
        ([replace(CERTIFICATE, kind=CredentialKind.MANAGED_IDENTITY), replace(SECRET, expires_at=SOON)], ""),
    ],
)
def test_only_the_end_of_the_last_credential_is_worth_an_alarm(
    credentials: list[Credential], expected: str
) -> None:
    found = ending_soon(credentials, now=NOW)
    assert (found.variable if found else "") == expected


@pytest.mark.django_db
def test_the_daily_watch_raises_an_alarm_and_ends_it_after_the_roll_over(settings: Any) -> None:
    settings.ENTRA_CLIENT_SECRET_EXPIRES_ON = date(2026, 7, 1)
    watch_credentials(now=NOW)
    (alarm,) = open_alarms()
    assert (alarm.code, alarm.detail) == ("credential_expires", "ENTRA_CLIENT_SECRET: 2026-07-01")
    settings.ENTRA_CLIENT_SECRET_EXPIRES_ON = date(2027, 7, 1)
    watch_credentials(now=NOW + timedelta(days=1))
    assert open_alarms() == []
