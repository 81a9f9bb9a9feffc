"""Every text that people read is marked for translation: in templates, in Python, and on the rendered pages."""

from pathlib import Path

import pytest
from django.conf import settings

from tests.marked_templates import structure_in_marks, unmarked

ROOT = Path(settings.BASE_DIR)
TEMPLATES = {
    str(path.relative_to(ROOT / "templates")): path.read_text(encoding="utf-8")
    for kind in ("html", "txt")
    for path in sorted((ROOT / "templates").rglob(f"*.{kind}"))
}
PROPER_NAMES = {"PAT Portal"}
# Samples of components, shown while DEBUG is on: no user sees them.
NOT_FOR_USERS = {"gallery.html"}


# --- Templates -----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", sorted(TEMPLATES.keys() - NOT_FOR_USERS))
def test_templates_say_nothing_that_is_not_marked(name: str) -> None:
    found = unmarked(TEMPLATES[name], is_html=name.endswith(".html"))
    assert [text for text in found if text not in PROPER_NAMES] == []


def test_what_is_marked_in_templates_is_a_sentence_and_no_structure() -> None:
    found = {name: structure_in_marks(source) for name, source in TEMPLATES.items()}
    assert {name: texts for name, texts in found.items() if texts} == {}
