"""The ground that pages stand on, as the gallery shows it: type, space and colours with their contrast.

Everything is read from the style sheet itself, so that what is shown is what is used; the tests hold the
same pairs against the guidelines.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.contrib.staticfiles import finders

LEAST_FOR_TEXT, LEAST_FOR_SHAPES = 4.5, 3.0

_SHEET = "patportal/css/foundation.css"
_BLOCK = re.compile(r":root\s*\{(.*?)\}", re.DOTALL)
_COLOUR = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6});")
_GROUNDS = ("page", "surface", "sunken")
_TONES = ("good", "info", "warn", "bad", "quiet")
_FILLS = ("accent-fill", "accent-fill-hover", "danger-fill", "danger-fill-hover")

# Which ink stands on which ground: letters first, then borders of controls and rings around the focus.
TEXT_PAIRS: tuple[tuple[str, str], ...] = (
    *((ink, ground) for ink in ("ink", "ink-muted", "accent") for ground in _GROUNDS),
    *((f"{tone}-ink", ground) for tone in _TONES for ground in ("surface", "page", f"{tone}-soft")),
    *((ink, f"{tone}-soft") for ink in ("ink", "ink-muted", "accent") for tone in _TONES),
    *((ink, "accent-soft") for ink in ("accent", "ink", "ink-muted", "warn-ink")),
    *(("on-fill", fill) for fill in _FILLS),
)
SHAPE_PAIRS: tuple[tuple[str, str], ...] = (
    *(("control", ground) for ground in _GROUNDS),
    *(("accent", ground) for ground in (*_GROUNDS, "accent-soft", *(f"{tone}-soft" for tone in _TONES))),
    *(("accent-fill", ground) for ground in ("page", "surface")),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a scale: the custom property and what it is."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One ink on one ground in one scheme, as `#rrggbb`, with their contrast."""

    scheme: str
    ink: str
    ground: str
    ratio: float


@dataclass(frozen=True, slots=True)
class Pair:
    """What is written or drawn on what, by the names of custom properties."""

    ink: str
    ground: str
    samples: Sequence[Sample]


def ground_samples() -> dict[str, object]:
    """Return the samples by the names that the gallery's template knows."""
    return {
        "type_steps": scale("text"),
        "space_steps": scale("space"),
        "text_pairs": _pairs(TEXT_PAIRS),
        "shape_pairs": _pairs(SHAPE_PAIRS),
    }


def scale(start: str) -> list[Step]:
    """Return the custom properties whose name begins with `start`, in the order of the style sheet."""
    found = re.findall(rf"--({start}-[\w-]+):\s*([^;]+);", _blocks()[0])
    return [Step(name, value) for name, value in found]


def palettes() -> dict[str, dict[str, str]]:
    """Return the colours of the light and of the dark scheme, by name."""
    light, dark = (dict(_COLOUR.findall(block)) for block in _blocks()[:2])
    return {"light": light, "dark": {**light, **dark}}


def contrast(one: str, two: str) -> float:
    """Return the contrast of two colours, `#rrggbb`, as WCAG 2 defines it: 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _blocks() -> list[str]:
    path = finders.find(_SHEET)
    if not isinstance(path, str):
        raise FileNotFoundError(_SHEET)
    return _BLOCK.findall(Path(path).read_text(encoding="utf-8"))


def _pairs(names: Sequence[tuple[str, str]]) -> list[Pair]:
    schemes = palettes()
    return [
        Pair(ink, ground, [_sample(name, schemes[name], ink, ground) for name in schemes])
        for ink, ground in names
    ]


def _sample(scheme: str, palette: Mapping[str, str], ink: str, ground: str) -> Sample:
    return Sample(scheme, palette[ink], palette[ground], round(contrast(palette[ink], palette[ground]), 1))


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
