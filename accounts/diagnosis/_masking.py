"""The last line of defence before an operator's terminal: what is shown holds no configured secret."""

import base64
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings

from patportal.lib.redaction import MASK, redact

_SECRET_SETTINGS = (
    "SECRET_KEY",
    "ENTRA_CLIENT_SECRET",
    "ENTRA_CLIENT_SECRET_FALLBACK",
    # Their content itself, or a path, which nobody has to see either.
    "ENTRA_CLIENT_CERTIFICATE",
    "ENTRA_CLIENT_CERTIFICATE_FALLBACK",
    "ENTRA_CLIENT_CERTIFICATE_PASSWORD",
    "ENTRA_CLIENT_CERTIFICATE_FALLBACK_PASSWORD",
    "EMAIL_HOST_PASSWORD",
)
# From its first line on a key is secret, however it goes on.
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)", re.DOTALL)
# User and password of an address, in whichever way they are encoded.
_LOGIN_IN_URL = re.compile(r"(?<=://)[^\s/@:]*:[^\s/]*@")
# Shorter ones are words of the language: to mask them would spoil every sentence.
_SHORTEST = 6


def without_secrets(text: str) -> str:
    """Return `text` with every configured secret, and all that is shaped like one, replaced by a mask."""
    found = {value for value in _configured() if isinstance(value, str) and len(value) >= _SHORTEST}
    for secret in sorted(found, key=len, reverse=True):
        text = text.replace(secret, MASK).replace(quote(secret, safe=""), MASK)
    return redact(_LOGIN_IN_URL.sub(f"{MASK}@", _PEM.sub(MASK, text)))


def _configured() -> Iterator[Any]:
    yield from (getattr(settings, name, None) for name in _SECRET_SETTINGS)
    yield from settings.SECRET_KEY_FALLBACKS
    yield from (base64.b64encode(key).decode("ascii") for key in settings.GRANT_KEYS.values())
    for login in (settings.DATABASES["default"], settings.DATABASE_OWNER):
        yield login.get("PASSWORD")
        yield from (login.get("OPTIONS", {}).get(name) for name in ("password", "sslpassword"))
    proxy_password = urlsplit(settings.OUTBOUND_PROXY or "").password or ""
    yield from (proxy_password, unquote(proxy_password))
