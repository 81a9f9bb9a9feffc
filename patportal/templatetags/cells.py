"""Cells of the administration's lists, each with the name of its column: on a phone a row is a card."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.forms.utils import flatatt
from django.utils.text import capfirst

register = template.Library()


@register.filter
def paired(cells: Iterable[str], heads: Iterable[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Return the cells of a row, each with the head of its column."""
    return list(zip(cells, heads, strict=True))


@register.filter(is_safe=True)
def under(cell: str, name: Any) -> str:
    """Return a cell, as safe as Django has drawn it, with the name of its column as `data-label`.

    The head of a row needs none, and what stands above the boxes to tick is a box.
    """
    if not cell.startswith("<td") or "field-" not in cell.partition(">")[0]:
        return cell
    return f"<td{flatatt({'data-label': capfirst(name)})}{cell.removeprefix('<td')}"
