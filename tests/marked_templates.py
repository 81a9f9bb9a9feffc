"""Finds what a template says without having marked it for translation.

It reads templates with Django's own lexer, leaves out what is marked, and reads the rest as a browser would.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
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
# What ends a run of text: an element that is a line or a field of its own; in plain text the end of a line.
_ENDS_OF_HTML = re.compile(
    r"(?=</?(?:p|div|section|article|header|ul|ol|li|table|thead|tbody|tr|t[dh]|form|h[1-6]|button|dl|dt|dd"
    r"|details|summary|label|legend|option|select|optgroup|template|title|nav|caption|noscript|main|aside"
    r"|script|style|fieldset|dialog|input|textarea|hr|pre|body|html|head|footer)\b)"
)
_ENDS_OF_TEXT = re.compile(r"\n")
_BRANCHES = {
    *("if", "elif", "else", "endif", "for", "empty", "endfor"),
    *("block", "endblock", "partialdef", "endpartialdef", "include"),
}
_TAGS = re.compile(r"<[^<>]*>|<[^<>]*$|^[^<>]*>")
_PUNCTUATION = re.compile(r"[,;:.()]+")
_GOES_ON = re.compile(r"[a-z,;:.)]")
_FINISHED = re.compile(r"[.?!:,…”)]$")
_LETTER = re.compile(r"[^\W\d_]")
# A name in code is one small word; words for people have a space between them or begin with a capital.
_WORDS = re.compile(r"[^\W\d_]\S*\s+\S*[^\W\d_]|^[A-Z][a-z]")


@dataclass(frozen=True)
class _Piece:
    """What stands in a line of text: a mark, a value or plain text."""

    kind: str
    text: str


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


def glued(source: str, *, is_html: bool = True) -> list[str]:
    """Return where a template puts a sentence together from marks and values that stand side by side.

    A mark begins in the midst of one, or breaks off before a value, or two values have nothing but
    punctuation between them: no other language could put them in another order. What halves
    Python gives it cannot see.
    """
    return [found for run in _runs(source, is_html=is_html) for found in _glued(run)]


def _glued(pieces: list[_Piece]) -> Iterator[str]:
    for before, piece, after in zip([None, *pieces], pieces, [*pieces[1:], None], strict=False):
        if piece.kind == "text" and before and after and _PUNCTUATION.fullmatch(piece.text):
            yield f"{before.text}{piece.text}{after.text}"
        elif piece.kind == "mark" and before and _GOES_ON.match(piece.text):
            yield f"{before.text} {piece.text}"
        elif piece.kind == "mark" and after and after.kind == "value" and not _FINISHED.search(piece.text):
            yield f"{piece.text} {after.text}"


class _Runs:
    """Gathers what a reader takes for one run of text: what no element of its own, branch or line parts."""

    def __init__(self, *, is_html: bool) -> None:
        self.found: list[list[_Piece]] = [[]]
        self._ends = _ENDS_OF_HTML if is_html else _ENDS_OF_TEXT
        self._is_html = is_html
        self._is_in_tag = False

    def end(self) -> None:
        self.found.append([])

    def add(self, kind: str, text: str) -> None:
        # What stands within a tag is the value of an attribute.
        if not self._is_in_tag:
            self.found[-1].append(_Piece(kind, " ".join(text.split())))

    def read(self, text: str) -> None:
        for number, part in enumerate(self._ends.split(text)):
            if number:
                self.end()
            said = _TAGS.sub(" ", part) if self._is_html else part
            opened, closed = part.rfind("<"), part.rfind(">")
            if self._is_html and (opened >= 0 or closed >= 0):
                self._is_in_tag = opened > closed
            if said.strip():
                self.add("text", said)


def _runs(source: str, *, is_html: bool) -> list[list[_Piece]]:
    runs = _Runs(is_html=is_html)
    mark: list[str] | None = None
    for token in Lexer(source).tokenize():
        name = _name(token)
        if name == _END and mark is not None:
            runs.add("mark", _TAGS.sub("", "".join(mark)))
            mark = None
        elif mark is not None or name == _MARK:
            mark = [*(mark or []), _shown(token)]
        elif token.token_type is TokenType.TEXT:
            runs.read(token.contents)
        elif name in _BRANCHES:
            runs.end()
        elif piece := _piece(token, name):
            runs.add(piece.kind, piece.text)
    return runs.found


def _shown(token: Token) -> str:
    """Return what a token within a mark puts into the sentence; a value stands as a name would."""
    if token.token_type is TokenType.VAR:
        return "X"
    return token.contents if token.token_type is TokenType.TEXT else ""


def _piece(token: Token, name: str) -> _Piece | None:
    if token.token_type is TokenType.VAR and token.contents != "block.super":
        return _Piece("value", f"{{{token.contents}}}")
    if name == "translate" and " as " not in token.contents:
        literal = _LITERAL.search(token.contents)
        return _Piece("mark", literal.group()[1:-1] if literal else "")
    return _Piece("value", f"{{{token.contents}}}") if name == "sentence" else None


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
