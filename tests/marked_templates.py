"""Finds what a template says without having marked it for translation.

It reads templates with Django's own lexer, leaves out what is marked, and reads the rest as a browser would.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from django.template.base import Lexer, Token, TokenType

_MARK, _END = "blocktranslate", "endblocktranslate"
# What a browser says of an element besides its text; what scripts show stands in `data-…`.
_SPOKEN = {"aria-label", "aria-description", "aria-roledescription", "title", "placeholder", "alt", "label"}
_SILENT = {"script", "style", "code", "kbd"}
# Filters whose argument is shown; `pluralize` and `yesno` know English alone, whatever stands there.
_SHOWN_ARGUMENT = re.compile(r"\|(?:default|default_if_none|join|add):(\"[^\"]*\"|'[^']*')")
_ENGLISH = re.compile(r"\|(?:pluralize|yesno)\b")
# Neither marked nor an argument of a filter.
_LITERAL = re.compile(r"(?<!_\()(?<!:)(\"[^\"]*\"|'[^']*')")
_STRUCTURE = re.compile(r"</?(?:p|div|section|ul|ol|li|table|tr|t[dh]|form|h[1-6]|button|dl|dt|dd|details)\b")
_LETTER = re.compile(r"[^\W\d_]")
# A name in code is one small word; words for people have a space between them or begin with a capital.
_WORDS = re.compile(r"[^\W\d_]\S*\s+\S*[^\W\d_]|^[A-Z][a-z]")


def unmarked(source: str, *, is_html: bool = True) -> list[str]:
    """Return every text of a template that people would read and that is not marked."""
    tokens = list(_outside_marks(Lexer(source).tokenize()))
    arguments = [text for token in tokens for text in _arguments(token)]
    rest = "".join(_left(token) for token in tokens)
    if not is_html:
        return [*(" ".join(line.split()) for line in rest.splitlines() if _LETTER.search(line)), *arguments]
    reader = _Reader()
    reader.feed(rest)
    reader.close()
    return [*reader.texts, *arguments]


def structure_in_marks(source: str) -> list[str]:
    """Return the marked texts of a template that hold more than a sentence: paragraphs, lists, forms."""
    return [text for text in _marked(source) if _STRUCTURE.search(text)]


def _marked(source: str) -> Iterator[str]:
    text: list[str] | None = None
    for token in Lexer(source).tokenize():
        name = _name(token)
        if name == _MARK:
            text = []
        elif name == _END and text is not None:
            yield "".join(text)
            text = None
        elif text is not None and token.token_type is TokenType.TEXT:
            text.append(token.contents)


def _outside_marks(tokens: list[Token]) -> Iterator[Token]:
    # The block that pages fill with a class of theirs holds no text.
    ends = {_MARK: _END, "comment": "endcomment", "block page_class": "endblock"}
    waits_for = ""
    for token in tokens:
        name = _name(token) if token.contents != "block page_class" else token.contents
        if waits_for:
            waits_for = "" if name == waits_for else waits_for
        elif name in ends:
            waits_for = ends[name]
            yield token
        else:
            yield token


def _name(token: Token) -> str:
    return token.contents.split(maxsplit=1)[0] if token.token_type is TokenType.BLOCK else ""


def _left(token: Token) -> str:
    # What a tag or a value becomes is another template's or Python's matter.
    return token.contents if token.token_type is TokenType.TEXT else ""


def _arguments(token: Token) -> Iterator[str]:
    """Yield words that a tag is given as they are: in values of an inclusion, and as arguments of filters."""
    if token.token_type not in {TokenType.BLOCK, TokenType.VAR}:
        return
    name = _name(token)
    if _ENGLISH.search(token.contents):
        yield token.contents
    if name == "include":
        values = token.contents.partition(" with ")[2]
        yield from (text[1:-1] for text in _LITERAL.findall(values) if _WORDS.search(text[1:-1]))
    elif name in {"with", "firstof"}:
        yield from (text[1:-1] for text in _LITERAL.findall(token.contents) if _WORDS.search(text[1:-1]))
    else:
        found = _SHOWN_ARGUMENT.findall(token.contents)
        yield from (text[1:-1] for text in found if _LETTER.search(text))


class _Reader(HTMLParser):
    """Collects what a browser would show or say."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if (name in _SPOKEN and _LETTER.search(value or "")) or (
                name.startswith("data-") and _WORDS.search(value or "")
            ):
                self.texts.append(f"{name}={value}")
        if tag in _SILENT:
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent and _LETTER.search(data):
            self.texts.append(" ".join(data.split()))
