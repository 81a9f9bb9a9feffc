"""A mail as it goes out, made of the three templates of its kind."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

# What templates leave empty closes up: never more than one empty line.
_GAP, _LINE_BREAKS = re.compile(r"\n{3,}"), "\n\n"
# How templates are set in: a third of the bytes and of the lines of a mail, and nothing to whoever reads it.
_INDENT = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as it goes out: the text and the HTML tell the same.

    `name` stands in its Message-ID, so that whoever gets it twice can tell; `headers` come besides those that
    every mail has.
    """

    address: str
    subject: str
    text: str
    html: str
    name: str
    headers: Mapping[str, str] = field(default_factory=dict)


def written(
    kind: str, facts: Mapping[str, Any], *, address: str, name: str, headers: Mapping[str, str] | None = None
) -> Letter:
    """Return the letter that the templates of `kind` make of `facts`."""
    subject, text, html = (
        render_to_string(f"emails/{kind}/{part}", {**facts, "portal": settings.PORTAL_BASE_URL})
        for part in ("subject.txt", "body.txt", "body.html")
    )
    return Letter(
        address=address,
        subject=" ".join(subject.split()),
        text=f"{_GAP.sub(_LINE_BREAKS, text).strip()}\n",
        html=_INDENT.sub("\n", html),
        name=name,
        headers=headers or {},
    )


def address_of(name: str, *arguments: object) -> str:
    """Return the whole address of one of the portal's pages."""
    return f"{settings.PORTAL_BASE_URL}{reverse(name, args=arguments)}"
