"""Mails: whom they may go to, their words, and how one is handed to the mail server.

It knows nothing of jobs, claims and repetitions; `operations/_send_mail` decides when.
"""

from tokens.mail._addresses import is_recipient, one_line
from tokens.mail._delivery import MailFailed, Postbox, deliver, deliver_checkpoint
from tokens.mail._kinds import PROOF_AGE, PROOF_SALT, letter_of
from tokens.mail._letter import Letter

__all__ = [
    "PROOF_AGE",
    "PROOF_SALT",
    "Letter",
    "MailFailed",
    "Postbox",
    "deliver",
    "deliver_checkpoint",
    "is_recipient",
    "letter_of",
    "one_line",
]
