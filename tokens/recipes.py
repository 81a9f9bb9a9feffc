"""Templates for new PATs, read from `recipes.toml`: the least that common jobs need."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Recipe:
    """One template: the scopes it chooses and the life it proposes."""

    slug: str
    label: str
    sentence: str
    scopes: tuple[str, ...]
    days: int


def _read() -> list[Recipe]:
    with (Path(__file__).parent / "recipes.toml").open("rb") as source:
        rows = tomllib.load(source)["recipe"]
    return [
        Recipe(
            slug=row["slug"],
            label=row["label"],
            sentence=row["sentence"],
            scopes=tuple(row["scopes"]),
            days=row["days"],
        )
        for row in rows
    ]


RECIPES: dict[str, Recipe] = {recipe.slug: recipe for recipe in _read()}
