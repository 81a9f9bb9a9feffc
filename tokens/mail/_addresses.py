"""Whom mail may go to, and how names from outside may stand in one.

Names of people and PATs are text from outside: they come on one line, and as something that no mail program
makes a link of.
"""

import re
import unicodedata

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

_NAME_LENGTH = 200
# People are named in the middle of sentences, and no line of a mail may be longer than 998 bytes.
_PERSON_LENGTH = 60
# An invisible character that breaks what mail programs take for an address or a host.
_WORD_JOINER = "\u2060"
_LINKABLE = re.compile(r"(?<=[.:/@])(?=\S)")
# What has one spelling alone: no quotes and no encoded words, no letters that fold into others, no literals.
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9._+'-]+@[A-Za-z0-9.-]+")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def is_recipient(address: str) -> bool:
    """Tell whether mail may go to `address`: it is one, and in one of `MAIL_DOMAINS` if there are any.

    Of several spellings of one address, one alone is accepted, so that whoever left is not asked by another.
    """
    if not _PLAIN_ADDRESS.fullmatch(address):
        return False
    try:
        validate_email(address)
    except ValidationError:
        return False
    domains = settings.MAIL_DOMAINS
    return not domains or address.rpartition("@")[2].lower() in domains


def person_name(person: object) -> str:
    """Return what somebody is called, as `one_line` does it, and shorter."""
    return one_line(str(person), length=_PERSON_LENGTH)


def one_line(text: str, *, length: int = _NAME_LENGTH) -> str:
    """Return a name as it may stand in a mail: one line, nothing hidden, nothing that becomes a link."""
    visible = "".join(" " if unicodedata.category(char) in _HIDDEN else char for char in text)
    short = " ".join(visible.split())
    if len(short) > length:
        short = f"{short[: length - 1]}…"
    return _LINKABLE.sub(_WORD_JOINER, short)
