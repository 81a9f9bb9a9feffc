"""Find the claims challenge among the `WWW-Authenticate` headers of a refusal, however they are written.

Several headers arrive as one text with commas between; fields have no order, values may lack their quotes or
be empty. Strict parsers raise on such text, and a challenge that is overlooked locks a person out: this one
takes what it can find and never raises.
"""

import re
from collections.abc import Iterator

_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~/-]++"
# A word alone names a scheme; with a value it is a field of the scheme before it.
_PIECE = re.compile(rf'({_WORD})(?:\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"?|([^\s,"]*+)))?', re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/=_-]{1,16384}")


def claims_in(header: str) -> str:
    """Return the claims of a Bearer challenge as sent (base64), empty if there are none."""
    found = [fields for fields in _bearer_challenges(header) if _BASE64.fullmatch(fields.get("claims", ""))]
    # More than one would be odd; the one that says what it is goes first.
    found.sort(key=lambda fields: fields.get("error") != "insufficient_claims")
    return found[0]["claims"] if found else ""


def _bearer_challenges(header: str) -> Iterator[dict[str, str]]:
    fields: dict[str, str] = {}
    is_bearer = False
    for match in _PIECE.finditer(header):
        name, quoted, plain = match.groups()
        if quoted is not None or plain is not None:
            if is_bearer:
                fields.setdefault(name.lower(), _value(quoted, plain))
            continue
        if is_bearer:
            yield fields
        fields, is_bearer = {}, name.lower() == "bearer"
    if is_bearer:
        yield fields


def _value(quoted: str | None, plain: str | None) -> str:
    return plain or "" if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL).strip()
