"""Every text that people read is marked for translation, in whole sentences: in templates and in Python."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from accounts import aadsts
from tests.marked_python import broken_marks
from tests.marked_python import unmarked as unmarked_in_python
from tests.marked_templates import glued, structure_in_marks
from tests.marked_templates import unmarked as unmarked_in_template
from tokens import recipes, scopes, snippets
from tokens.messages import _service

ROOT = Path(settings.BASE_DIR)
TEMPLATES = {
    str(path.relative_to(ROOT / "templates")): path.read_text(encoding="utf-8")
    for kind in ("html", "txt")
    for path in sorted((ROOT / "templates").rglob(f"*.{kind}"))
}
PROPER_NAMES = re.compile(r"PAT Portal")
TEMPLATES_NOT_READ = {
    # Samples of components for those who build pages, served while DEBUG is on.
    "gallery.html",
    "_gallery_ground.html",
    "_gallery_pairs.html",
    # Attributes of a control, written inside of its tag.
    "_components/field_aria.html",
}
MODULES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for package in ("accounts", "patportal", "tokens")
    for path in sorted((ROOT / package).rglob("*.py"))
}
# Modules that say nothing to whoever uses the portal, with what they say instead.
MODULES_NOT_READ = re.compile(
    r"/migrations/"
    # What operators read where they type: commands, `doctor`, checks at the start, wrong settings, probes.
    r"|/management/|/diagnosis/|/checks\.py|^patportal/(?:env|settings|logs|health|lib/findings)\.py"
    # Findings about the audit log: evidence, the same whoever reads it, in mails, files and the admin.
    r"|^tokens/audit_proof/"
    # Texts of exceptions and of reasons that go into logs; what people read of them stands in `messages`.
    r"|^tokens/azure_devops/|^accounts/(?:entra/|entra_answers|certificates|credentials|challenges|grants)"
    # Why a reminder is not due, for `send_reminders --dry-run`.
    r"|^tokens/reminder_plan\.py"
    # Samples of components, served while DEBUG is on.
    r"|^patportal/gallery"
)
# Where single words are labels as well.
LABELLING = re.compile(r"/(?:presenters|forms|messages|mail|models|admin|templatetags)[/.]")
TEXTS_NOT_READ = {
    "tokens/admin/_export.py": {"text/csv; charset=utf-8", 'attachment; filename="0.0"'},  # headers
    "tokens/forms/_expiry.py": {"0 days"},  # recorded with the operation
    "tokens/forms/_rotate.py": {"0 days"},  # recorded with the operation
    "tokens/messages/__init__.py": {" days"},  # what was recorded is read again
    "tokens/forms/_settings.py": {
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    },  # how names of time zones begin
    "tokens/jobs/_bulk.py": {"many at once"},  # recorded as the purpose for which a grant was used
    "tokens/lanes.py": {"WHEN pg_try_advisory_lock(%s) THEN 0"},  # SQL
    "tokens/operations/_unsubscribe.py": {"whoever reads mail at 0"},  # recorded as who did it
    "tokens/presenters/_calendar.py": {"PAT Portal//Expiry of tokens"},  # the product's id in a calendar file
    "tokens/views/calendar.py": {
        "text/calendar; charset=utf-8",
        'inline; filename="tokens.ics"',
        "private, no-cache",
        "text/plain; charset=utf-8",
    },  # headers
    "tokens/views/my_data.py": {'attachment; filename="pat-portal-my-data.json"'},  # a header
    "accounts/actors.py": {"somebody not signed in"},  # recorded as who did it
    "accounts/claims.py": {"Portal administrators"},  # the name of a group in the database
    "accounts/sessions.py": {"sign-out at Microsoft"},  # recorded as who did it
    "accounts/sign_in.py": {"Microsoft Entra"},  # a proper name
    "accounts/views/front_channel.py": {
        '<!DOCTYPE html><html lang="en"><title>Signed out</title></html>\n',
        "default-src 'none'; frame-ancestors 0",
    },  # an answer within a hidden frame of Microsoft's
    "patportal/lib/redaction.py": {"[secret removed]"},  # for logs
    "patportal/lib/notation.py": {"long day", "long weekday"},  # a key
    "patportal/middleware.py": {"camera=(), geolocation=(), microphone=(), payment=(), usb=()"},  # a header
}
WHOLE_MODULES_OF_NAMES = {
    # Columns and model fields: names in files and in the database.
    "tokens/holdings_queries.py",
    "tokens/operations/_export_audit.py",
    # How programs and Microsoft's tools call themselves.
    "tokens/rules.py",
    "accounts/user_agents.py",
}
# Where tables of data files are read, whose words no tool finds in the code; `words` of each tells them.
LOADERS = {
    "tokens/scopes.py",
    "tokens/recipes.py",
    "tokens/snippets.py",
    "tokens/messages/_service.py",
    "accounts/aadsts.py",
}


# --- Templates -----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", sorted(TEMPLATES.keys() - TEMPLATES_NOT_READ))
def test_templates_say_nothing_that_is_not_marked(name: str) -> None:
    found = unmarked_in_template(TEMPLATES[name], is_html=name.endswith(".html"))
    said = [PROPER_NAMES.sub("", re.sub(r"^[\w-]+=", "", text)) for text in found]
    assert [text for text in said if re.search(r"[^\W\d_]", text)] == []


def test_what_is_marked_in_templates_is_a_sentence_and_no_structure() -> None:
    found = {name: structure_in_marks(source) for name, source in TEMPLATES.items()}
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    "source",
    [
        "<p>A text.</p>",
        "<p>{% if yes %}A{% endif %} text {{ name }}</p>",
        '<a aria-label="Close it"></a>',
        '<a title="{{ name }} is gone"></a>',
        '<input placeholder="Name">',
        '<img alt="A key">',
        '<p data-label="Expires"></p>',
        '<p data-said="not yet there"></p>',
        '{% include "x.html" with title="Nothing here" only %}',
        '{% with text="Not noted" %}{{ text }}{% endwith %}',
        '{{ name|default:"unknown" }}',
        "{{ count }}{{ count|pluralize }}",
        '{% translate "Marked." %} and more',
        "{% blocktranslate %}Marked.{% endblocktranslate %} and more",
        "<title>Tokens | PAT Portal</title>",
    ],
)
def test_an_unmarked_text_in_a_template_is_found(source: str) -> None:
    assert unmarked_in_template(source)


@pytest.mark.parametrize(
    "source",
    [
        '<p class="one two" id="main-part">{% translate "A text." %}</p>',
        "<p>{% blocktranslate trimmed with name=pat.name %}A <b>{{ name }}</b>.{% endblocktranslate %}</p>",
        '<a aria-label="{% translate "Close it" %}" data-dialog="confirm" data-url="{% url "x" %}"></a>',
        '{% include "tokens/Some Page.html" with title=_("Nothing here") icon="queue-list" only %}',
        '{{ name|default:_("unknown") }} {{ at|written:"long day" }} {{ at|date:"j M Y" }}',
        "<code>git push</code> <kbd>Esc</kbd> · 12 → {# A comment. #}{% comment %}Another.{% endcomment %}",
        "<script>const words = 'no text';</script>",
        "{% block page_class %}page-narrow{% endblock page_class %}",
    ],
)
def test_what_is_marked_or_no_text_is_not_found(source: str) -> None:
    assert unmarked_in_template(source) == []


def test_mails_as_text_are_read_line_by_line() -> None:
    source = "{% translate 'Hello' %} {{ name }},\n\nIt expires <soon>.\n{{ url }}\n"
    assert unmarked_in_template(source, is_html=False) == ["It expires <soon>."]


def test_a_mark_around_a_list_is_found() -> None:
    assert structure_in_marks("{% blocktranslate %}<ul><li>One</li></ul>{% endblocktranslate %}")
    assert (
        structure_in_marks("{% blocktranslate %}<b>One</b> <a href='{{ url }}'>x</a>{% endblocktranslate %}")
        == []
    )


# Side by side, and no sentence.
NO_SENTENCES = {
    "admin/_operating.html": ["{finding.level|capfirst}:{finding.title}"],  # findings, which stay English
    "admin/change_form.html": ["Home {opts.app_config.verbose_name}"],  # the way to a page, between signs
    "emails/_rows.txt": ["{forloop.counter}.{row.name}"],  # a numbered list
}


def test_no_sentence_of_a_template_is_put_together_from_halves() -> None:
    found = {
        name: glued(TEMPLATES[name], is_html=name.endswith(".html"))
        for name in TEMPLATES.keys() - TEMPLATES_NOT_READ
    }
    assert {name: texts for name, texts in found.items() if texts} == NO_SENTENCES


@pytest.mark.parametrize(
    "source",
    [
        '{% translate "Used in" %} <bdi>{{ name }}</bdi>',
        '<span class="quiet">{% translate "Signed in as" %}</span> {{ person }}',
        "<a>{{ name }}</a> <span>{% blocktranslate %}expires {{ at }}{% endblocktranslate %}</span>",
        '<b>{% translate "Ended" %}</b>{% translate ", or so it seems" %}',
        "{{ name }}, {{ tail }}",
        "<p>{{ label }}<span>: {{ name }}</span></p>",
        "{{ name }} ({{ organization }})",
        '{% translate "Replaced by" %} {% sentence words %}',
    ],
)
def test_a_sentence_in_halves_is_found(source: str) -> None:
    assert glued(source)


@pytest.mark.parametrize(
    "source",
    [
        '<dt>{% translate "Name" %}</dt> <dd>{{ name }}</dd>',
        '<td data-label="{% translate "Name" %}"><bdi>{{ name }}</bdi></td>',
        '<p>{% translate "It is gone." %} {{ next_step }}</p>',
        '{{ sentence }} {% translate "Look at it" %}',
        "{% blocktranslate %}<b>{{ name }}</b>, {{ at }}{% endblocktranslate %}",
        '{% if name %}{{ name }}{% else %}{% translate "nobody" %}{% endif %}',
        '{{ home }} · {{ page }} <i id="{{ a }}.{{ b }}"></i>',
        '{% translate "The token" as what %}{{ what }}',
    ],
)
def test_a_whole_sentence_is_no_halves(source: str) -> None:
    assert glued(source) == []


def test_in_a_mail_a_line_is_a_run_of_its_own() -> None:
    assert glued('{% translate "My tokens" %}\n{{ url }}\n', is_html=False) == []
    assert glued('{% translate "My tokens" %} {{ url }}\n', is_html=False)


# --- Python --------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", [name for name in MODULES if not MODULES_NOT_READ.search(name)])
def test_modules_say_nothing_that_is_not_marked(name: str) -> None:
    found = unmarked_in_python(MODULES[name], lone_words=bool(LABELLING.search(name)))
    allowed = TEXTS_NOT_READ.get(name, set())
    if name in WHOLE_MODULES_OF_NAMES:
        assert found
        return
    assert [text for text in found if text not in allowed and not _is_proper(text)] == []


def _is_proper(text: str) -> bool:
    return text in scopes.COMMON_GROUPS


def test_no_exception_outlives_what_it_was_made_for() -> None:
    for name, allowed in TEXTS_NOT_READ.items():
        found = set(unmarked_in_python(MODULES[name], lone_words=bool(LABELLING.search(name))))
        assert allowed <= found, name


def test_marks_hold_whole_sentences_with_named_placeholders() -> None:
    found = {name: broken_marks(source) for name, source in MODULES.items() if name not in LOADERS}
    assert {name: calls for name, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    "source",
    [
        'x = "It is gone."',
        'x = f"{count} tokens"',
        'x = f"{a} and {b}"',
        'x = {"a": "Not yet"}',
        'def f(): return "Not yet"',
        'raise ValidationError("Enter a name.")',
        'class A:\n    a = Field(help_text="What it is for.")',
        'x = "Not yet" if y else _("Yet")',
        'x = _("One.") + " Two."',
    ],
)
def test_an_unmarked_text_in_python_is_found(source: str) -> None:
    assert unmarked_in_python(source)


def test_single_words_are_found_where_they_are_labels() -> None:
    assert unmarked_in_python('x = Badge("done", "Done")', lone_words=True) == ["Done"]
    assert unmarked_in_python('x = Badge("done", "Done")') == []


@pytest.mark.parametrize(
    "source",
    [
        '"""A module."""\nx = _("It is gone.")',
        'x = ngettext("%(count)s token", "%(count)s tokens", n) % {"count": n}',
        'x = pgettext_lazy("a scope", "use it")',
        'log.info("it is gone", name=f"{a} and {b}")',
        'raise ValueError("it is gone")',
        'cursor.execute("SELECT 1 FROM x")',
        'SQL = "\\n  SELECT id FROM x"',
        'PATTERN = re.compile("a b")',
        'def f(x: "A | None" = None) -> "list[A | None]": "It does."',
        'class A:\n    def __str__(self):\n        return f"row of {self.x}"',
        'x = d["a key"]',
        '__all__ = ["Some Thing"]',
        'x = "a-code"',
    ],
)
def test_what_is_marked_or_said_to_nobody_is_not_found(source: str) -> None:
    assert unmarked_in_python(source, lone_words=True) == []


@pytest.mark.parametrize(
    "call",
    [
        '_(f"It ends {day}.")',
        '_("It ends " + day)',
        "gettext(text)",
        '_("It ends %s.")',
        '_("It ends {}.")',
        'ngettext("%d token", "%d tokens", n)',
        'ngettext("1 token", f"{n} tokens", n)',
        'pgettext(context, "All")',
        'ngettext(", %(n)s day", ", %(n)s days", n)',
        '_(" until %(moment)s")',
        '_("Replaced by ")',
        '_(": %(said)s")',
    ],
)
def test_a_mark_that_no_catalogue_can_hold_is_found(call: str) -> None:
    assert broken_marks(f"x = {call}")


def test_a_mark_with_names_for_its_values_is_whole() -> None:
    assert broken_marks('x = _("It ends %(day)s, 100%% sure.") % {"day": day}') == []
    assert broken_marks('x = npgettext("a", "%(n)s b", "%(n)s c", n)') == []
    assert broken_marks('x = pgettext("between the members of a list", ", ").join(names)') == []


# --- Words of data files ---------------------------------------------------------------------------
def test_the_words_of_data_files_can_be_told_to_whoever_makes_a_catalogue() -> None:
    assert {"Code (read)", "Read source code, commits, branches and pull requests."} <= scopes.words()
    assert {"Read code", "Clone and fetch repositories."} <= recipes.words()
    assert "In a terminal, run:" in snippets.words()
    assert {"A name is required", "Enter a name."} <= _service.words()
    assert {entry.title for entry in aadsts.entries()} <= aadsts.words()
    assert "" not in scopes.words() | recipes.words() | snippets.words() | _service.words() | aadsts.words()
