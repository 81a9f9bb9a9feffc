"""The mail server, played by a few lines on loopback."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from accounts.diagnosis._mail import mail_server
from patportal.lib.findings import Finding, Level
from sandbox.children import free_port
from tests.sandbox_control import SandboxControl

SECRET = "sandbox-mail-password"


@contextmanager
def serving(
    answers: dict[str, str], greeting: str = "220 mail.example ESMTP"
) -> Iterator[tuple[int, list[str]]]:
    """Answer each command by its first word; yield the port and the commands that came."""
    heard: list[str] = []

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(f"{greeting}\r\n".encode())
            for line in self.rfile:
                heard.append(line.decode().strip())
                word = heard[-1].split()[0].lower()
                answer = answers.get(word, "221 bye" if word == "quit" else "250 mail.example")
                self.wfile.write(f"{answer}\r\n".encode())
                if word == "quit":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_address[1], heard
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def mail(settings: Any) -> Any:
    """The settings of a mail server on this machine, without encryption and login."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 25
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    return settings


def only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    return finding


def test_a_server_that_answers_is_fine_and_gets_no_mail(mail: Any) -> None:
    with serving({}) as (mail.EMAIL_PORT, heard):
        finding = only(mail_server())
    assert finding.level is Level.OK
    assert {line.split()[0].lower() for line in heard} <= {"ehlo", "helo", "quit"}


def test_a_login_that_is_taken_is_fine(mail: Any) -> None:
    mail.EMAIL_HOST_USER, mail.EMAIL_HOST_PASSWORD = "portal", SECRET
    answers = {"ehlo": "250-mail.example\r\n250 AUTH PLAIN", "auth": "235 welcome"}
    with serving(answers) as (mail.EMAIL_PORT, _):
        finding = only(mail_server())
    assert finding.level is Level.OK
    assert "takes the login" in finding.found


def test_a_refused_login_is_told_without_it(mail: Any) -> None:
    mail.EMAIL_HOST_USER, mail.EMAIL_HOST_PASSWORD = "portal", SECRET
    answers = {"ehlo": "250-mail.example\r\n250 AUTH PLAIN", "auth": f"535 not {SECRET}"}
    with serving(answers) as (mail.EMAIL_PORT, _):
        finding = only(mail_server())
    assert finding.level is Level.PROBLEM
    assert "535" in finding.found
    assert "EMAIL_URL" in finding.next_step
    assert SECRET not in str(finding)


def test_missing_encryption_is_told(mail: Any) -> None:
    mail.EMAIL_USE_TLS = True
    with serving({}) as (mail.EMAIL_PORT, _):
        finding = only(mail_server())
    assert finding.level is Level.PROBLEM
    assert "STARTTLS" in finding.found


def test_something_else_behind_the_port_is_told(mail: Any) -> None:
    with serving({}, greeting="500 this is no mail server") as (mail.EMAIL_PORT, _):
        finding = only(mail_server())
    assert finding.level is Level.PROBLEM
    assert "not as a mail server" in finding.found


def test_a_port_where_nobody_listens_is_told(mail: Any) -> None:
    mail.EMAIL_PORT = free_port()
    finding = only(mail_server())
    assert finding.level is Level.PROBLEM
    assert f"127.0.0.1:{mail.EMAIL_PORT} cannot be reached: Connection refused." in finding.found


def test_a_certificate_of_a_stranger_is_told(mail: Any, sandbox_control: SandboxControl) -> None:
    mail.EMAIL_PORT = int(sandbox_control.base_url.rpartition(":")[2])
    mail.EMAIL_USE_SSL = True
    finding = only(mail_server())
    assert finding.level is Level.PROBLEM
    assert "certificate" in finding.found


def test_mail_without_encryption_is_warned_of_outside_this_machine(mail: Any) -> None:
    mail.EMAIL_HOST, mail.EMAIL_PORT = "mail.invalid", 25
    mail.EMAIL_HOST_USER = "portal"
    unreachable, privacy = mail_server()
    assert unreachable.level is Level.PROBLEM
    assert privacy.level is Level.WARNING
    assert "and so does the login" in privacy.found


def test_mails_that_reach_nobody_are_noted(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert only(mail_server()).level is Level.NOTE
