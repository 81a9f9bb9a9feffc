"""What people read when something did not work, as values: the message of a code, and one case of it."""

from dataclasses import dataclass
from http import HTTPStatus

from patportal.lib.texts import Text


@dataclass(frozen=True, slots=True)
class Message:
    """What happened, what to do next, the HTTP status that fits, and how serious it is.

    `can_sign_in_help` is for what another sign-in may mend; of a message with status 401 that goes without
    saying.
    """

    title: Text
    sentence: Text
    next_step: Text
    status: HTTPStatus
    tone: str
    can_sign_in_help: bool = False

    @property
    def asks_for_sign_in(self) -> bool:
        """Whether the way on leads over the sign-in page."""
        return self.can_sign_in_help or self.status == HTTPStatus.UNAUTHORIZED


@dataclass(frozen=True, slots=True)
class Problem:
    """One message on a page, with what belongs to the case.

    `reference` is the id that support asks for, `service_code` what Azure DevOps calls it, `service_text`
    what it says about it (text from outside, in any language), `sign_in_url` where to sign in again: the way
    out where the message asks for it, else what is left once somebody else has mended the cause.
    """

    message: Message
    reference: str = ""
    service_code: str = ""
    sign_in_url: str = ""
    service_text: str = ""

    @property
    def title(self) -> Text:
        return self.message.title

    @property
    def sentence(self) -> Text:
        return self.message.sentence

    @property
    def next_step(self) -> Text:
        return self.message.next_step

    @property
    def asks_for_sign_in(self) -> bool:
        return self.message.asks_for_sign_in

    @property
    def tone(self) -> str:
        return self.message.tone

    @property
    def status(self) -> HTTPStatus:
        return self.message.status
