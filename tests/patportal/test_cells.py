"""Cells of the administration's lists name their column."""

from django.template import Context, Template
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

ROW = Template(
    "{% load cells %}{% for cell, head in cells|paired:heads %}{{ cell|under:head.text }}{% endfor %}"
)


def test_each_cell_names_its_column_and_what_stands_in_it_stays() -> None:
    cells = [
        format_html('<td class="action-checkbox">{}</td>', "box"),
        format_html('<th class="field-name">{}</th>', "a & b"),
        format_html('<td class="field-valid_to nowrap">{}</td>', "<td>"),
    ]
    heads = [{"text": format_html("<input value={}>", 1)}, {"text": "name"}, {"text": 'ends "<b>"'}]
    assert ROW.render(Context({"cells": cells, "heads": heads})) == (
        '<td class="action-checkbox">box</td><th class="field-name">a &amp; b</th>'
        '<td data-label="Ends &quot;&lt;b&gt;&quot;" class="field-valid_to nowrap">&lt;td&gt;</td>'
    )


def test_the_name_is_written_as_the_head_of_its_column_is() -> None:
    cells = [format_html('<td class="field-x">{}</td>', 1)]
    shown = ROW.render(Context({"cells": cells, "heads": [{"text": _("valid to")}]}))
    assert shown == '<td data-label="Valid to" class="field-x">1</td>'


def test_a_cell_that_nobody_drew_is_escaped_whole() -> None:
    cells = ['<td class="field-x"><script></td>']
    assert "<script>" not in ROW.render(Context({"cells": cells, "heads": [{"text": "x"}]}))
