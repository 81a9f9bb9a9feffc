"""What is said about a refusal by a code of Azure DevOps' own, from `service_codes.toml`."""

import tomllib
from http import HTTPStatus
from pathlib import Path

from patportal.lib.problems import Message
from tokens.messages._message import message


def _service_messages() -> tuple[dict[str, Message], dict[str, Message]]:
    texts = tomllib.loads((Path(__file__).parent.parent / "service_codes.toml").read_text("utf-8"))
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    of_extending = {code: text.pop("extend") for code, text in texts.items() if "extend" in text}
    general, special = (
        {code.lower(): message(**text, status=status) for code, text in some.items()}
        for some in (texts, of_extending)
    )
    return general, special


# Matched without regard to case; the list is open. Some codes say something else of an extension.
SERVICE_MESSAGES, EXTENSION_MESSAGES = _service_messages()
