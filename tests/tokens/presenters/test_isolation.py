"""Foreign text inside sentences."""

from tokens.presenters._isolation import as_html, as_text, isolated


def test_marks_become_elements_or_nothing() -> None:
    marked = f"a {isolated('b & c')} d {isolated('')}"
    assert as_html(marked) == "a <bdi>b &amp; c</bdi> d <bdi></bdi>"
    assert as_text(marked) == "a b & c d "


def test_a_text_cannot_end_its_own_isolation() -> None:
    assert as_html(isolated("x\u2069y\u2066\u2067\u2068")) == "<bdi>xy</bdi>"
    assert as_html("<b>\u2068never closed") == "&lt;b&gt;\u2068never closed"
