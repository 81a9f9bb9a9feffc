"""The last line of defence before an operator's terminal: what is shown holds no configured secret."""

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings

from patportal.lib.redaction import MASK, redact

_SECRET_SETTINGS = (
    "SECRET_KEY",
    "ENTRA_CLIENT_SECRET",
    "ENTRA_CLIENT_SECRET_FALLBACK",
    "ENTRA_CLIENT_CERTIFICATE_PASSWORD",
    "ENTRA_CLIENT_CERTIFICATE_FALLBACK_PASSWORD",
    "EMAIL_HOST_PASSWORD",
)
# Shorter ones are words of the language: to mask them would spoil every sentence.
_SHORTEST = 6


def without_secrets(text: str) -> str:
    """Return `text` with every configured secret, and all that is shaped like one, replaced by a mask."""
    found = {value for value in _configured() if isinstance(value, str) and len(value) >= _SHORTEST}
    for secret in sorted(found, key=len, reverse=True):
        text = text.replace(secret, MASK).replace(quote(secret, safe=""), MASK)
    return redact(text)


def _configured() -> Iterator[Any]:
    yield from (getattr(settings, name, None) for name in _SECRET_SETTINGS)
    yield from settings.SECRET_KEY_FALLBACKS
    yield from (base64.b64encode(key).decode("ascii") for key in settings.GRANT_KEYS.values())
    yield from (login.get("PASSWORD") for login in (settings.DATABASES["default"], settings.DATABASE_OWNER))
    yield urlsplit(settings.OUTBOUND_PROXY or "").password
