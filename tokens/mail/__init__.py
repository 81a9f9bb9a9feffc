"""Mails: whom they may go to, their words, and how one is handed to the mail server.

It knows nothing of jobs, claims and repetitions; `operations/_send_mail` decides when.
"""

from tokens.mail._addresses import is_recipient, one_line
from tokens.mail._delivery import (
    MailFailed,
    Postbox,
    deliver,
    deliver_checkpoint,
    longest_delivery,
)
from tokens.mail._kinds import letter_of
from tokens.mail._letter import Letter
from tokens.mail._reader import PROOF_AGE, PROOF_SALT, settings_address
from tokens.mail._unsubscribe import unsubscribe_address, user_of_link

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
    "longest_delivery",
    "one_line",
    "settings_address",
    "unsubscribe_address",
    "user_of_link",
]
