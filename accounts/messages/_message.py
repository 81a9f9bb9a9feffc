"""How a message is written down here, and the next steps that several of them share."""

from http import HTTPStatus

from patportal.lib.problems import Message

AGAIN = "Sign in again to go on."
START_AGAIN = "Start again."
OPERATORS = "Tell the people who run this portal, and give them the reference below."
ADMINISTRATORS = "Ask your organization's administrators, with the reference below."
OTHER_ACCOUNT = "Choose “Use another account” and sign in with your work account."


def message(
    title: str,
    sentence: str,
    next_step: str,
    status: HTTPStatus = HTTPStatus.FORBIDDEN,
    tone: str = "warn",
) -> Message:
    """Return a message; most of them refuse something, and somebody can do something about it."""
    return Message(title, sentence, next_step, status, tone)
