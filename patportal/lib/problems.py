"""What people read when something did not work, as values: the message of a code, and one case of it."""

from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Message:
    """What happened, what to do next, the HTTP status that fits, and how serious it is."""

    title: str
    sentence: str
    next_step: str
    status: HTTPStatus
    tone: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One message on a page, with what belongs to the case.

    `reference` is the id that support asks for, `service_code` what Azure DevOps calls it, `service_text`
    what it says about it (text from outside, in any language), `sign_in_url` where signing in again is the
    fix.
    """

    message: Message
    reference: str = ""
    service_code: str = ""
    sign_in_url: str = ""
    service_text: str = ""

    @property
    def title(self) -> str:
        return self.message.title

    @property
    def sentence(self) -> str:
        return self.message.sentence

    @property
    def next_step(self) -> str:
        return self.message.next_step

    @property
    def tone(self) -> str:
        return self.message.tone

    @property
    def status(self) -> HTTPStatus:
        return self.message.status
