"""Why somebody cannot be named as backup owner, in words; by the reason that the error gives."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from patportal.lib.problems import Message
from patportal.lib.texts import Text
from tokens.messages._message import message


def _refusal(sentence: Text, next_step: Text) -> Message:
    title = _("This backup owner cannot be named")
    return message(title, sentence, next_step, HTTPStatus.UNPROCESSABLE_ENTITY, "warn")


BACKUP_MESSAGES: dict[str, Message] = {
    "outside": _refusal(
        _("The portal may not send mail to this address. Nothing was changed."),
        _("Name a person with an address of your organization, or leave the field empty."),
    ),
    "left": _refusal(
        _("Whoever reads mail there has declined to be a backup owner, or has left. Nothing was changed."),
        _("Name somebody else, or leave the field empty."),
    ),
    "changed": _refusal(
        _(
            "Another backup owner stands there, or none, than when you opened this page: whoever was named "
            "may have left. Nothing was changed."
        ),
        _("The field shows who is named now. Check it, then save once more."),
    ),
    "yourself": _refusal(
        _("A backup owner is somebody else, who is asked when you do not answer. Nothing was changed."),
        _("Name a colleague, or leave the field empty."),
    ),
    "too_many": _refusal(
        _("You have invited as many new people today as one person may. Nothing was changed."),
        _("Name somebody who signs in to this portal, or try again tomorrow."),
    ),
}
