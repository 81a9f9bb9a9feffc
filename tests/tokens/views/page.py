"""Reads an answer as a browser would: elements, their text, and what a form would send.

Strict about markup: an element that is not closed, or closed in the wrong place, fails the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


@dataclass
class Element:
    """One element of a page; texts and elements alternate in `children`."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    @property
    def text(self) -> str:
        """All text in it with white space made single."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag != "template":
                yield from child._texts()

    def elements(self) -> Iterator[Element]:
        """Every element in it, in the order of the page; what a template holds is not in the page."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                if child.tag != "template":
                    yield from child.elements()

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """Return the elements of a tag with these attributes; `class_` is one of the classes."""
        wanted = attributes.pop("class_", "")
        named = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            one
            for one in self.elements()
            if tag in {"", one.tag}
            and (not wanted or wanted in one.get("class").split())
            and all(one.attributes.get(name) == value for name, value in named.items())
        ]

    def one(self, tag: str = "", **attributes: str) -> Element:
        """Return the only such element; fails where there is none or more than one."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} elements <{tag} {attributes}>"
        return found[0]

    def form(self, action: str) -> Form:
        """Return the only form that sends to `action`, its query not regarded."""
        found = [one for one in self.all("form") if one.get("action").partition("?")[0] == action]
        assert len(found) == 1, f"{len(found)} forms to {action}"
        return Form(found[0])


class Page(Element):
    """A whole document, or a fragment of one."""

    @property
    def title(self) -> str:
        return self.one("title").text

    @property
    def heading(self) -> str:
        return self.one("h1").text

    def rows(self) -> list[Element]:
        """Return the rows of the list of PATs."""
        return self.one("table", aria_label="Personal access tokens").one("tbody").all("tr")

    def names(self) -> list[str]:
        """Return the names in the list of PATs; none where there is no table."""
        return [one.text for one in self.all("bdi", class_="pat-name")]


class Form:
    """One form of a page and what it would send now."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self.action = element["action"]
        self.method = element.get("method", "get")
        self.fields = list(_fields(element))

    @property
    def data(self) -> dict[str, list[str]]:
        """What a browser would send, as the test client takes it; the CSRF field included."""
        data: dict[str, list[str]] = {}
        for name, value in self.fields:
            data.setdefault(name, []).append(value)
        return data

    def value(self, name: str) -> str:
        """Return the only value of a field."""
        (value,) = self.data[name]
        return value

    def submit(self, browser: Client, **changes: Any) -> Any:
        """Send the form with some fields changed and return the answer."""
        send = browser.post if self.method == "post" else browser.get
        return send(self.action, {**self.data, **changes})


def _fields(form: Element) -> Iterator[tuple[str, str]]:
    for control in form.elements():
        if not control.get("name"):
            continue
        kind = control.get("type")
        if control.tag == "select":
            options = control.all("option")
            chosen = [one for one in options if "selected" in one.attributes] or options[:1]
            yield from ((control["name"], one["value"]) for one in chosen)
        elif control.tag == "textarea":
            yield control["name"], "".join(str(child) for child in control.children)
        elif control.tag == "input" and (
            kind not in {"checkbox", "radio"} or "checked" in control.attributes
        ):
            yield control["name"], control.get("value")


def read(answer: Any) -> Page:
    """Return the page of an answer of Django's test client."""
    return read_html(answer.content.decode())


def read_html(text: str) -> Page:
    """Return the page that `text` describes."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    open_tags = [one.tag for one in reader.open_elements[1:]]
    assert not open_tags, f"never closed: {open_tags}"
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page("", {})
        self.open_elements: list[Element] = [self.page]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open_elements[-1].children.append(element)
        if tag not in _VOID:
            self.open_elements.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open_elements.pop()

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open_elements[-1].tag, f"</{tag}> closes <{self.open_elements[-1].tag}>"
        self.open_elements.pop()

    def handle_data(self, data: str) -> None:
        self.open_elements[-1].children.append(data)
