"""Why somebody cannot be named as backup owner, in words; by the reason that the error gives."""

from http import HTTPStatus

from patportal.lib.problems import Message
from tokens.messages._message import message


def _refusal(sentence: str, next_step: str) -> Message:
    title = "This backup owner cannot be named"
    return message(
        title, f"{sentence} Nothing was changed.", next_step, HTTPStatus.UNPROCESSABLE_ENTITY, "warn"
    )


BACKUP_MESSAGES: dict[str, Message] = {
    "outside": _refusal(
        "The portal may not send mail to this address.",
        "Name a person with an address of your organization, or leave the field empty.",
    ),
    "left": _refusal(
        "Whoever reads mail there has declined to be a backup owner, or has left.",
        "Name somebody else, or leave the field empty.",
    ),
    "changed": _refusal(
        "Another backup owner stands there, or none, than when you opened this page: whoever was named may "
        "have left.",
        "The field shows who is named now. Check it, then save once more.",
    ),
    "yourself": _refusal(
        "A backup owner is somebody else, who is asked when you do not answer.",
        "Name a colleague, or leave the field empty.",
    ),
    "too_many": _refusal(
        "You have invited as many new people today as one person may.",
        "Name somebody who signs in to this portal, or try again tomorrow.",
    ),
}
