"""Foreign text inside our sentences: a name written from right to left must not turn the words around it.

Foreign text stands between two marks. HTML shows them as `<bdi>`, plain text leaves them out.
"""

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

OPEN, CLOSE = "\u2068", "\u2069"
# A text could otherwise end its own isolation.
_MARKS = re.compile("[\u2066-\u2069]")
_ISOLATED = re.compile(f"{OPEN}(.*?){CLOSE}", re.DOTALL)


def isolated(text: str) -> str:
    """Return `text` between marks, without any of its own."""
    return f"{OPEN}{_MARKS.sub('', text)}{CLOSE}"


def as_text(marked: str) -> str:
    """Return a marked sentence as plain text."""
    return _MARKS.sub("", marked)


def as_html(marked: str) -> SafeString:
    """Return a marked sentence as HTML, everything in it escaped."""
    parts = enumerate(_ISOLATED.split(marked))
    return format_html_join(
        "", "{}", ((format_html("<bdi>{}</bdi>", part) if number % 2 else part,) for number, part in parts)
    )
