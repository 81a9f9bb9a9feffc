"""What is said about a refusal by a code of Azure DevOps' own, from `service_codes.toml`.

Its words are marked for translation here, where they are read; `words` tells all of them to whoever makes a
catalogue.
"""

import tomllib
from http import HTTPStatus
from pathlib import Path

from django.utils import translation
from django.utils.translation import gettext_lazy

from patportal.lib.problems import Message
from patportal.lib.texts import Text
from tokens.messages._message import message


def _service_messages() -> tuple[dict[str, Message], dict[str, Message]]:
    texts = tomllib.loads((Path(__file__).parent.parent / "service_codes.toml").read_text("utf-8"))
    of_extending = {code: text.pop("extend") for code, text in texts.items() if "extend" in text}
    general, special = (
        {code.lower(): _message(text) for code, text in some.items()} for some in (texts, of_extending)
    )
    return general, special


def _message(texts: dict[str, str]) -> Message:
    title, sentence, next_step = (_marked(texts[name]) for name in ("title", "sentence", "next_step"))
    return message(title, sentence, next_step, HTTPStatus.UNPROCESSABLE_ENTITY)


def _marked(text: str) -> Text:
    return gettext_lazy(text) if text else ""


def words() -> set[str]:
    """Return every text of the table in English."""
    known = [*SERVICE_MESSAGES.values(), *EXTENSION_MESSAGES.values()]
    with translation.override(None):
        texts = {str(text) for one in known for text in (one.title, one.sentence, one.next_step)}
    return texts - {""}


# Matched without regard to case; the list is open. Some codes say something else of an extension.
SERVICE_MESSAGES, EXTENSION_MESSAGES = _service_messages()
