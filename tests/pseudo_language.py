"""A language of the tests alone: every marked text stands in brackets, so what lacks them is not marked."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import trans_real

from tests.tokens.views.page import Element

LANGUAGE = "en-x-pseudo"
OPEN, CLOSE = "⟦", "⟧"
HEADERS = {"Accept-Language": LANGUAGE}
_LETTER = re.compile(r"[^\W\d_]")
_SPOKEN = {"aria-label", "title", "placeholder", "alt", "label", "data-label"}
# What is the same in every language: code, keys; data stands in `bdi` throughout the portal.
_SILENT = {"script", "style", "code", "kbd", "bdi", "mark", "pre"}


class PseudoTranslation(trans_real.DjangoTranslation):
    """Translates whatever it is asked for into itself, in brackets."""

    def gettext(self, message: str) -> str:
        # Django puts the context of a message before it.
        return f"{OPEN}{message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]}{CLOSE}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@contextmanager
def pseudo_language(settings: Any, language: str = LANGUAGE) -> Iterator[None]:
    """Let requests ask for the language while the block runs, or have another `language` be like it."""
    if language not in dict(settings.LANGUAGES):
        settings.LANGUAGES = [*settings.LANGUAGES, (language, "Pseudo")]
    known = vars(trans_real)["_translations"]  # where Django keeps each language that was asked for
    before = known.pop(language, None)
    known[language] = PseudoTranslation(language)
    try:
        yield
    finally:
        del known[language]
        if before is not None:
            known[language] = before


def unmarked(page: Element, *, data: frozenset[str] = frozenset()) -> list[str]:
    """Return what a page says outside of brackets, in its order; `data` are words of the test's own."""
    reader = _Reader(data)
    reader.read(page)
    return reader.found


class _Reader:
    """Follows the brackets through all text of a page, for a marked sentence may have elements inside."""

    def __init__(self, data: frozenset[str]) -> None:
        self.found: list[str] = []
        self._depth = 0
        self._data = sorted(data, key=len, reverse=True)

    def read(self, element: Element) -> None:
        for name, value in element.attributes.items():
            if name in _SPOKEN or (
                element.tag == "input" and name == "value" and element.get("type") == "submit"
            ):
                self._look_at(f"{name}=", value)
        # Time zones are called as their database calls them.
        if element.tag in _SILENT or element.get("name") == "time_zone":
            return
        for child in element.children:
            if isinstance(child, Element):
                self.read(child)
            else:
                outside, self._depth = outside_brackets(child, self._depth)
                self._report("", outside)

    def _look_at(self, place: str, text: str) -> None:
        self._report(place, outside_brackets(text, 0)[0])

    def _report(self, place: str, text: str) -> None:
        left = text
        for word in self._data:
            left = left.replace(word, "")
        if _LETTER.search(left):
            self.found.append(f"{place}{' '.join(text.split())}")


def outside_brackets(text: str, depth: int) -> tuple[str, int]:
    """Return what stands outside of brackets, `depth` being open before it, and how many are open after."""
    left = []
    for character in text:
        if character == OPEN:
            depth += 1
        elif character == CLOSE:
            depth -= 1
        elif depth == 0:
            left.append(character)
    return "".join(left), depth
