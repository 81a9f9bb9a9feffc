"""Recognise and mask text that is shaped like a secret.

Used twice: to refuse what people paste into fields that are stored, and to mask log lines. It knows
shapes only; the shapes of Azure DevOps PATs are described by Microsoft's open `security-utilities`
rules (SEC101/102 and SEC101/201).
"""

import re

_NEW_PAT = r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}"
_SANDBOX_PAT = r"[A-Za-z0-9]{76}SIMU[A-Za-z0-9]{4}"
# What opens a calendar feed of ours.
_CALENDAR_ADDRESS = r"ppcal_[A-Za-z0-9_-]{43}"
_OLD_PAT = r"[a-z2-7]{52}"
_BASIC_NEW_PAT = r"[A-Za-z0-9+/]{104}WkRP[A-Za-z0-9+/]{6}=="
_BASIC_OLD_PAT = r"O[A-Za-z0-9+/]{70}="
# It looks ahead once for each run of letters, so that no text, however long, takes more than a moment.
_JWT = (
    r"(?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]++\.eyJ[A-Za-z0-9_-]{5,}+\.)"
    r"[A-Za-z0-9_-]*?eyJ[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*"
)
# As in a header, and as it is written in a dict or in JSON, quotes escaped or not.
_AUTHORIZATION = r"authorization[\\\"']*\s*[:=]\s*[\\\"']*(?:basic|bearer)\s+[^\s\"'\\]+"

# Alternatives are tried from left to right: the header first, so that its credential goes as a whole.
_SECRET_SHAPED = re.compile(
    rf"(?i:{_AUTHORIZATION})"
    rf"|{_JWT}"
    rf"|(?<![A-Za-z0-9+/])(?:{_BASIC_NEW_PAT}|{_BASIC_OLD_PAT})"
    rf"|{_CALENDAR_ADDRESS}"
    rf"|(?<![A-Za-z0-9])(?:{_NEW_PAT}|{_SANDBOX_PAT}|{_OLD_PAT})(?![A-Za-z0-9])"
)

# The password in an address such as the one that a repository is cloned from.
_ADDRESS_WITH_PASSWORD = re.compile(r"(://[^\s/?#@:]*+:)(?:[^\s/?#@]++@)++")

MASK = "[secret removed]"


def looks_like_secret(text: str) -> bool:
    """Tell whether `text` has the shape of a secret: a PAT, a JWT, an Authorization header, a password in an
    address, or the address of a calendar.
    """
    return _SECRET_SHAPED.search(text) is not None or _ADDRESS_WITH_PASSWORD.search(text) is not None


def redact(text: str) -> str:
    """Return `text` with everything shaped like a secret replaced by a mask."""
    return _ADDRESS_WITH_PASSWORD.sub(rf"\g<1>{MASK}@", _SECRET_SHAPED.sub(MASK, text))
