"""Finds text for people that a module has not marked for translation, and marks that cannot be translated.

It reads the syntax tree alone. What is words for people and what is not is told by shape (words with a space
between them) and by place: docstrings, logs, what is raised, queries and patterns are none.
"""

import ast
import re

MARKS = {
    "_",
    "gettext",
    "gettext_lazy",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "npgettext",
    "npgettext_lazy",
}
# How many of a mark's arguments are text, context included.
_TEXTS = {name: 1 + name.startswith("n") + ("pgettext" in name) for name in MARKS}
# Raised to be shown beside a field; whatever else is raised has its words in `messages`.
_SHOWN_ERRORS = {"ValidationError"}
_SILENT_CALLS = re.compile(
    r"^(?:log|logger|structlog)\.|^(?:re|warnings)\.|\.(?:execute|bind|debug|info|warning|error|exception)$"
    r"|^(?:written|RunSQL|RawSQL|TypeVar|getLogger|compile)$|\.(?:strftime|strptime)$"
)
_SQL = re.compile(
    r"^\s*(?:SELECT|UPDATE|INSERT|DELETE|WITH|ALTER|CREATE|LOCK|SET|DECLARE|DISCARD|FETCH|CLOSE|VALUES)\b"
)
_WORD = re.compile(r"[A-Za-z]{2,}")
# Words with a space between them, or a piece that is put beside another one.
_WORDS = re.compile(r"\S\s+\S|[a-z]\s|\s[A-Za-z]")
_MARKUP = re.compile(r"<[^>]*>")
_LONE_WORD = re.compile(r"^[A-Z][a-z]{2,}$")
_UNNAMED = re.compile(r"%(?!\()|\{\}")
# Something stands before or after it that it was made for; what stands between the members of a list may.
_HALF = re.compile(r"^[\s,;:.)]|\s$")
_SEPARATOR = ", "


def unmarked(source: str, *, lone_words: bool = False) -> list[str]:
    """Return every text of a module that looks like words for people and is not marked.

    `lone_words`: single words with a capital count as well, as labels are.
    """
    reader = _Reader(lone_words=lone_words)
    reader.visit(ast.parse(source))
    return reader.found


def broken_marks(source: str) -> list[str]:
    """Return the marks that are no good: of pieces or halves, of a variable, with nameless placeholders."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [ast.unparse(call) for call in calls if _name(call.func) in MARKS and _is_broken(call)]


def _is_broken(call: ast.Call) -> bool:
    texts = call.args[: _TEXTS[_name(call.func)]]
    if any(not isinstance(text, ast.Constant) for text in texts):
        return True
    values = [str(text.value) for text in texts if isinstance(text, ast.Constant)]
    return any(
        _UNNAMED.search(value.replace("%%", "")) or (value != _SEPARATOR and _HALF.search(value))
        for value in values
    )


def _name(function: ast.expr) -> str:
    """Return how a call names its function, for instance `log.info`; marks by their last name."""
    written = ast.unparse(function)
    last = written.rpartition(".")[2]
    return last if last in MARKS else written


class _Reader(ast.NodeVisitor):
    """Walks a module and leaves out whatever is not said to people."""

    def __init__(self, *, lone_words: bool) -> None:
        self.found: list[str] = []
        self._lone_words = lone_words

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if [ast.unparse(target) for target in node.targets] != ["__all__"]:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        # How a row calls itself in shells and logs, by its ids.
        if node.name not in {"__str__", "__repr__"}:
            for part in (*node.args.defaults, *node.args.kw_defaults, *node.decorator_list, *node.body):
                if part is not None:
                    self.visit(part)

    def visit_Call(self, node: ast.Call) -> None:
        name = _name(node.func)
        if name not in MARKS and not _SILENT_CALLS.search(name):
            self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        if isinstance(node.exc, ast.Call) and _name(node.exc.func).rpartition(".")[2] in _SHOWN_ERRORS:
            self.generic_visit(node)

    def visit_Assert(self, node: ast.Assert) -> None:
        self.visit(node.test)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_arg(self, node: ast.arg) -> None:
        """Annotations say nothing to people."""

    def visit_Subscript(self, node: ast.Subscript) -> None:
        # A key is no text; an annotation of a type is none either.
        self.visit(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        parts = [str(one.value) if isinstance(one, ast.Constant) else "0" for one in node.values]
        self._look_at("".join(parts))
        for one in node.values:
            if isinstance(one, ast.FormattedValue):
                self.visit(one.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._look_at(node.value)

    def _look_at(self, text: str) -> None:
        plain = _MARKUP.sub("", text)
        has_words = bool(_WORDS.search(plain) and _WORD.search(plain)) and not _SQL.match(text)
        if has_words or (self._lone_words and _LONE_WORD.match(text)):
            self.found.append(text)
