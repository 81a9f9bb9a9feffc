"""How a message is written down here."""

from http import HTTPStatus

from patportal.lib.problems import Message
from patportal.lib.texts import Text


def message(
    title: Text,
    sentence: Text,
    next_step: Text,
    status: HTTPStatus = HTTPStatus.BAD_GATEWAY,
    tone: str = "bad",
    *,
    can_sign_in_help: bool = False,
) -> Message:
    """Return a message; most of them tell of something that failed elsewhere."""
    return Message(title, sentence, next_step, status, tone, can_sign_in_help)
