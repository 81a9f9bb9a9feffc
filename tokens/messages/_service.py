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
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    of_extending = {code: text.pop("extend") for code, text in texts.items() if "extend" in text}
    general, special = (
        {code.lower(): message(**_marked(text), status=status) for code, text in some.items()}
        for some in (texts, of_extending)
    )
    return general, special


def _marked(texts: dict[str, str]) -> dict[str, Text]:
    return {name: gettext_lazy(text) if text else "" for name, text in texts.items()}


def words() -> set[str]:
    """Return every text of the table in English."""
    known = [*SERVICE_MESSAGES.values(), *EXTENSION_MESSAGES.values()]
    with translation.override(None):
        texts = {str(text) for one in known for text in (one.title, one.sentence, one.next_step)}
    return texts - {""}


# Matched without regard to case; the list is open. Some codes say something else of an extension.
SERVICE_MESSAGES, EXTENSION_MESSAGES = _service_messages()
