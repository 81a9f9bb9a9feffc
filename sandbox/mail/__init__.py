"""A stand-in for a mail server: takes whatever comes over SMTP, keeps it to be looked at, fails on demand."""

from sandbox.mail.desk import MailDesk
from sandbox.mail.mailbox import Mail, Mailbox

__all__ = ["Mail", "MailDesk", "Mailbox"]
