"""Every sentence of this app that people read, by the code of what happened.

What a number of Entra's says more exactly stands in `aadsts.toml`.
"""

from accounts.messages._general import GENERAL
from accounts.messages._grants import SIGN_IN_NEEDED
from accounts.messages._refusals import REFUSED
from patportal.lib.problems import Message, Problem

__all__ = ["MESSAGES", "problem_for"]

MESSAGES: dict[str, Message] = {
    **{code.value: message for code, message in SIGN_IN_NEEDED.items()},
    **{code.value: message for code, message in REFUSED.items()},
    **GENERAL,
}


def problem_for(code: str, *, reference: str = "", sign_in_url: str = "") -> Problem:
    """Return the message of `code` for a template; raises `KeyError` for a code that nobody has."""
    return Problem(message=MESSAGES[code], reference=reference, sign_in_url=sign_in_url)
