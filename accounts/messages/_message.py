"""How a message is written down here, and the next steps that several of them share."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from patportal.lib.problems import Message
from patportal.lib.texts import Text

AGAIN = _("Sign in again to go on.")
START_AGAIN = _("Start again.")
OPERATORS = _("Tell the people who run this portal, and give them the reference below.")
ADMINISTRATORS = _("Ask your organization's administrators, with the reference below.")
OTHER_ACCOUNT = _("Choose “Use another account” and sign in with your work account.")


def message(
    title: Text,
    sentence: Text,
    next_step: Text,
    status: HTTPStatus = HTTPStatus.FORBIDDEN,
    tone: str = "warn",
) -> Message:
    """Return a message; most of them refuse something, and somebody can do something about it."""
    return Message(title, sentence, next_step, status, tone)
