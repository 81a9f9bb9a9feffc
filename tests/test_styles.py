"""The laws of style sheets: what they may hold, one scale, nothing unused, colours that stand out."""

import re
from pathlib import Path

import pytest
from django.contrib import admin

from patportal.gallery_ground import (
    LEAST_FOR_SHAPES,
    LEAST_FOR_TEXT,
    SHAPE_PAIRS,
    TEXT_PAIRS,
    contrast,
    palettes,
    scale,
)
from tests.test_templates import PAGES, STATIC, TEMPLATES, found

STYLES = {path.name: path.read_text(encoding="utf-8") for path in STATIC.glob("css/*.css")}
# The admin's style sheet speaks of Django's own classes and stands on Django's own scale.
OURS = {name: text for name, text in STYLES.items() if name != "admin.css"}

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CLASS = re.compile(r"\.([a-zA-Z][\w-]*)")
CLASS_ATTRIBUTE = re.compile(r"\bclass=\"([^\"]*)\"|\{% block page_class %\}([\w-]*)\{%")
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
DJANGO_ADMIN = Path(admin.__file__).parent / "templates"
OUR_ADMIN = TEMPLATES.parent / "tokens" / "admin"
# Classes of Django's admin that no attribute spells: of a block, and of a script.
PARTS_OF_DJANGO = {"change-list", "shifted"}
# What only the samples of components have.
OF_THE_GALLERY = {"gallery-part", "swatch", "swatches"}
# Parts of a class that a template completes with a value.
COMPLETED = {"tone-"}


def rules(text: str) -> list[tuple[str, str]]:
    """Return the selectors and declarations of every rule, whatever it is wrapped in."""
    return [(one.strip(), two) for one, two in re.findall(r"([^{}]+)\{([^{}]*)\}", COMMENT.sub("", text))]


def styled_classes(sheets: dict[str, str]) -> set[str]:
    selectors = " ".join(selector for text in sheets.values() for selector, _ in rules(text))
    return set(CLASS.findall(re.sub(r"\"[^\"]*\"", "", selectors)))


def classes_in(source: str) -> set[str]:
    values = " ".join(" ".join(groups) for groups in CLASS_ATTRIBUTE.findall(source))
    return set(TAG.sub(" ", values).split())


def used_classes(names: set[str]) -> set[str]:
    return {one for name in names for one in classes_in(PAGES[name])}


# --- What they may hold ----------------------------------------------------------------------------
def test_style_sheets_load_nothing_from_elsewhere() -> None:
    assert found(re.compile(r"@import|url\((?![\"']data:)"), STYLES) == {}


def test_colours_are_named_in_one_place() -> None:
    # Paper is black on white.
    others = {name: text for name, text in OURS.items() if name not in {"foundation.css", "print.css"}}

    assert found(re.compile(r"(?<!%23)#[0-9a-fA-F]{3,8}\b(?=[;\s,)])|\brgba?\(|\bhsla?\("), others) == {}


def test_every_custom_property_that_is_used_is_defined_and_the_other_way_round() -> None:
    text = "\n".join(OURS.values())
    used, defined = set(re.findall(r"var\((--[\w-]+)", text)), set(re.findall(r"(--[\w-]+)\s*:", text))

    assert used ^ defined == set()


def test_type_and_space_come_from_their_scales() -> None:
    properties = r"font-size|(?:row-|column-)?gap|(?:padding|margin)[a-z-]*"
    declaration = re.compile(rf"(?<![\w-])(?:{properties}):[^;}}]*?(?<![\w.-])\d*\.?\d+rem[^;}}]*")
    others = {name: text for name, text in OURS.items() if name not in {"foundation.css", "print.css"}}

    assert found(declaration, others) == {}


def test_the_scales_rise() -> None:
    for start in ("text", "space"):
        sizes = [float(step.value.removesuffix("rem")) for step in scale(start) if "clamp" not in step.value]
        assert sizes == sorted(set(sizes))


def test_nothing_moves_unless_the_reader_leaves_it_to_the_page() -> None:
    # The secret that appears where its script never came is no motion.
    still = {
        name: _without_motion_blocks(text).replace("animation: appear", "") for name, text in OURS.items()
    }

    assert found(re.compile(r"animation:|scroll-behavior|transition:(?![^;]*var\(--quick\))"), still) == {}
    assert "--quick: 0s;" in STYLES["foundation.css"]


def _without_motion_blocks(text: str) -> str:
    return re.sub(r"@media \(prefers-reduced-motion: no-preference\) \{.*?\n\}", "", text, flags=re.DOTALL)


# --- Classes ---------------------------------------------------------------------------------------
def test_every_class_that_pages_use_is_styled() -> None:
    names = {name for name in PAGES if not name.startswith("admin/")}

    assert used_classes(names) - styled_classes(OURS) - COMPLETED == set()


def test_every_class_that_is_styled_is_used() -> None:
    used = used_classes({name for name in PAGES if not name.startswith("admin/") and "gallery" not in name})
    tones = {name for name in styled_classes(OURS) if name.startswith("tone-")}

    assert styled_classes(OURS) - used - tones == OF_THE_GALLERY


def test_the_admins_style_sheet_names_no_class_that_is_not_there() -> None:
    admin_sheet = {"admin.css": STYLES["admin.css"]}
    used = set(PARTS_OF_DJANGO)
    for path in (*TEMPLATES.rglob("*.html"), *DJANGO_ADMIN.rglob("*.html"), *OUR_ADMIN.glob("*.py")):
        used |= classes_in(path.read_text(encoding="utf-8"))
    for model, one in admin.site._registry.items():
        columns = {*one.list_display, "tenant"}  # the last where people come from several tenants
        used |= {f"model-{model._meta.model_name}", *(f"field-{name}" for name in columns)}
    tones = {name for name in styled_classes(admin_sheet) if name.startswith("tone-")}

    assert styled_classes(admin_sheet) - used - tones == set()


# --- Colours ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("pairs", "least"),
    [(TEXT_PAIRS, LEAST_FOR_TEXT), (SHAPE_PAIRS, LEAST_FOR_SHAPES)],
    ids=["text", "controls and focus"],
)
def test_colours_stand_out_as_the_guidelines_ask(
    scheme: str, pairs: tuple[tuple[str, str], ...], least: float
) -> None:
    palette = palettes()[scheme]
    ratios = {(one, two): contrast(palette[one], palette[two]) for one, two in pairs}

    assert {names: round(ratio, 2) for names, ratio in ratios.items() if ratio < least} == {}


@pytest.mark.parametrize(
    ("one", "two", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#0000ff", "#ffffff", 8.59)],
)
def test_contrast_is_that_of_the_guidelines(one: str, two: str, ratio: float) -> None:
    assert contrast(one, two) == contrast(two, one) == pytest.approx(ratio, abs=0.005)
