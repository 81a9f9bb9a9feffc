"""Every place in a browser where a page's contents could stay behind, as text to search."""

import re
from base64 import b64encode
from pathlib import Path

from playwright.sync_api import Page

_PLACES = """
async () => {
  const controls = Array.from(document.querySelectorAll("input, select, textarea"));
  const ours = location.protocol.startsWith("http");
  const entries = (storage) => JSON.stringify(Object.entries(storage));
  return {
    "document": document.documentElement.outerHTML,
    "visible text": document.body.innerText,
    "form controls": controls.map((control) => control.value).join(" "),
    "address": location.href,
    "window name": window.name,
    "history state": JSON.stringify(history.state),
    "local storage": ours ? entries(localStorage) : "",
    "session storage": ours ? entries(sessionStorage) : "",
    "IndexedDB": ours ? JSON.stringify(await indexedDB.databases()) : "",
    "caches": ours ? JSON.stringify(await caches.keys()) : "",
  };
}
"""
# htmx notes the address of the page that it stands on, nothing else: no copy of what the page shows.
_HTMX_NOTE = re.compile(r'\[\["htmx-current-path-for-history","[^"\\]*"\]\]')
_UNUSED = {"", "null", "[]"}
_STORAGES = ("history state", "local storage", "session storage", "IndexedDB", "caches")


def places(page: Page) -> dict[str, str]:
    """Return what the browser holds for the page, by the name of the place."""
    found: dict[str, str] = page.evaluate(_PLACES)
    cookies = " ".join(f"{one.get('name')}={one.get('value')}" for one in page.context.cookies())
    return {**found, "cookies": cookies}


def traces(page: Page, secret: str) -> list[str]:
    """Return where the browser holds the secret, as it is or in base64 as npm wants it.

    Also says which storage the portal has begun to use at all.
    """
    found = places(page)
    forms = (secret, b64encode(secret.encode()).decode())
    holding = [name for name, text in found.items() if any(form in text for form in forms)]
    contents = {name: _HTMX_NOTE.sub("", found[name]) for name in _STORAGES}
    return holding + [f"{name} is in use: {text}" for name, text in contents.items() if text not in _UNUSED]


def files_with(folder: Path, text: str) -> list[str]:
    """Return the files below `folder` that contain a text: in one byte or two a character, or in base64."""
    forms = (text.encode("utf-8"), text.encode("utf-16-le"), b64encode(text.encode()))
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    ]
