"""Every page of the portal is drawn and inspected by a browser test, or stands in a list with the reason."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.browser.drawn import DRAWN, NOT_DRAWN
from tests.people import World

# The admin only reads: these answer that they may not be used, or show nothing that another page does not.
_REFUSED_BY_THE_ADMIN = re.compile(r"^admin:\w+_(?:add|delete|history)$|^admin:procrastinate_")
_SOURCES = sorted(Path(__file__).parent.glob("browser/test_*.py"))


def names(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield the name and the pattern of every address."""
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from names(one, f"{space}{one.namespace}:" if one.namespace else space)
        elif one.name:
            yield f"{space}{one.name}", one


def address_of(name: str, pattern: URLPattern) -> str:
    samples = {"pat_id": uuid4(), "operation_id": uuid4(), "bulk_id": uuid4(), "feed_id": uuid4()}
    return reverse(name, kwargs={key: samples.get(key, 1) for key in pattern.pattern.converters})


def labels() -> tuple[set[str], list[re.Pattern[str]]]:
    """Return the words of the browser tests: whole ones, and patterns of those with a value inside."""
    whole, patterns = set(), []
    for path in _SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
                    for part in node.values
                ]
                patterns.append(re.compile("".join(parts)))
    return whole, patterns


def test_every_page_is_drawn_or_has_a_reason(world: World) -> None:
    pages = {
        name: pattern for name, pattern in names(get_resolver()) if not _REFUSED_BY_THE_ADMIN.match(name)
    }
    left = {name: pattern for name, pattern in pages.items() if name not in DRAWN.keys() | NOT_DRAWN.keys()}
    answers = {
        name: world.alice.browser.get(address_of(name, pattern)).status_code for name, pattern in left.items()
    }

    assert {name for name, status in answers.items() if status != 405} == set()
    assert (DRAWN.keys() | NOT_DRAWN.keys()) - pages.keys() == set()
    assert DRAWN.keys() & NOT_DRAWN.keys() == set()


def test_every_picture_of_the_table_is_taken_by_a_test() -> None:
    whole, patterns = labels()

    assert {
        label
        for label in DRAWN.values()
        if label not in whole and not any(pattern.fullmatch(label) for pattern in patterns)
    } == set()
