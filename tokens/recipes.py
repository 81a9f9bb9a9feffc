"""Templates for new PATs, read from `recipes.toml`: the least that common jobs need.

Their words are marked for translation here, where they are read; `words` tells all of them to whoever makes a
catalogue.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext


@dataclass(frozen=True, slots=True)
class Recipe:
    """One template: the scopes it chooses and the life it proposes."""

    slug: str
    english: Mapping[str, str] = field(hash=False)
    scopes: tuple[str, ...]
    days: int

    @property
    def label(self) -> str:
        """How the form names it."""
        return gettext(self.english["label"])

    @property
    def sentence(self) -> str:
        """For which job it is."""
        return gettext(self.english["sentence"])


def _read() -> list[Recipe]:
    with (Path(__file__).parent / "recipes.toml").open("rb") as source:
        rows = tomllib.load(source)["recipe"]
    return [
        Recipe(
            slug=row["slug"],
            english={name: row[name] for name in ("label", "sentence")},
            scopes=tuple(row["scopes"]),
            days=row["days"],
        )
        for row in rows
    ]


RECIPES: dict[str, Recipe] = {recipe.slug: recipe for recipe in _read()}


def words() -> set[str]:
    """Return every text of the templates in English."""
    return {text for recipe in RECIPES.values() for text in recipe.english.values()}
