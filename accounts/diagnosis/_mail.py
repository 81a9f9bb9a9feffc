"""The mail server: whether it takes the portal's mails. Nothing is sent."""

import smtplib
import ssl

from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend

from patportal.lib.findings import Finding, Level
from patportal.lib.networks import is_loopback

_SECONDS = 10
_TITLE = "Mail server"


def mail_server() -> list[Finding]:
    """Connect, encrypt and sign in as for a mail, and hang up."""
    server = get_connection(timeout=_SECONDS)
    if not isinstance(server, EmailBackend):
        found = "EMAIL_URL names none: mails are kept or shown on this machine and reach nobody."
        return [Finding(Level.NOTE, _TITLE, found)]
    name = f"{server.host}:{server.port}"
    try:
        server.open()
    except OSError as exc:
        return [_refusal(name, exc), *_privacy(server)]
    finally:
        server.close()
    login = "takes the login" if server.username else "asks for no login"
    return [Finding(Level.OK, _TITLE, f"{name} answers and {login}. Nothing was sent."), *_privacy(server)]


def _privacy(server: EmailBackend) -> list[Finding]:
    if server.use_tls or server.use_ssl or is_loopback(server.host):
        return []
    login = ", and so does the login" if server.username else ""
    return [
        Finding(
            Level.WARNING,
            "Mail encryption",
            f"Mails to {server.host} travel unencrypted{login}.",
            "Begin EMAIL_URL with smtp+tls:// (port 587) or smtp+ssl:// (port 465).",
        )
    ]


def _refusal(name: str, failure: OSError) -> Finding:
    """Say what failed. Of a server's own words only the number is shown: they may repeat the login."""
    match failure:
        case smtplib.SMTPAuthenticationError():
            found = f"{name} refuses the login (SMTP code {failure.smtp_code})."
            step = "Correct user and password in EMAIL_URL; special characters in them must be URL-encoded."
        case smtplib.SMTPNotSupportedError():
            found = f"{name} does not offer what EMAIL_URL asks for (encryption by STARTTLS, or a login)."
            step = "Ask the mail server's operators which port and which kind of encryption it wants."
        case ssl.SSLCertVerificationError():
            found = f"The certificate of {name} is not trusted: {failure.verify_message}."
            step = "Use the name that the certificate was made for, or have this machine trust its issuer."
        case smtplib.SMTPException():
            found = f"{name} answers, but not as a mail server that takes mails ({type(failure).__name__})."
            step = "Correct host and port in EMAIL_URL."
        case _:
            found = f"{name} cannot be reached: {failure.strerror or type(failure).__name__}."
            step = "Correct host and port in EMAIL_URL, and see that a firewall lets this machine through."
    return Finding(Level.PROBLEM, _TITLE, found, step)
