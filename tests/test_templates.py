"""The laws of templates and scripts, and what the components promise whoever uses them."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import engines
from django.template.loader import render_to_string
from heroicons.templatetags import heroicons

ROOT = Path(settings.BASE_DIR)
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "patportal" / "static" / "patportal"
LONGEST_PAGE = 120
SECRET_PAGE = "tokens/pat_issued.html"

NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
SOURCES = {name: (TEMPLATES / name).read_text(encoding="utf-8") for name in NAMES}
# Mail programs take styles from nowhere but the mail itself.
PAGES = {name: source for name, source in SOURCES.items() if not name.startswith("emails/")}
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in STATIC.glob("js/*.js")}

TAG = re.compile(r"\{%\s*(.*?)\s*%\}|\{\{\s*(.*?)\s*\}\}", re.DOTALL)
INCLUDE = re.compile(r"\{%\s*(?:include|extends)\s+\"([^\"]+)\"")
STYLE = re.compile(r"<style|\sstyle\s*=", re.IGNORECASE)
INLINE = re.compile(
    r"\son[a-z]+\s*=|\shx-on|javascript:|<script(?![^>]*\ssrc=)|<script[^>]*>\s*[^<\s]",
    re.IGNORECASE,
)
UNESCAPED = re.compile(r"\|\s*(?:safe|safeseq)\b|autoescape\s+off")
COMPARISON = re.compile(r"(?:==|!=|\bin\b)\s*[\"']|[\"']\s*(?:==|!=)")
POST_FORM = re.compile(r"<form(?=[^>]*method=\"post\").*?</form>", re.DOTALL)
ICON = re.compile(r"\{%\s*(heroicon_\w+)\s+\"([^\"]+)\"")
TITLE = re.compile(r"\{% block title %\}(.*?)\{% endblock title %\}", re.DOTALL)
EXTENDING = re.compile(r"\{% extends \"(?:base|error_page)\.html\" %\}")
ASSET = re.compile(r"\{%\s*static\s+'([^']+)'")


def found(pattern: re.Pattern[str], sources: dict[str, str]) -> dict[str, list[str]]:
    """Return what `pattern` matches, by file; an empty answer means that the law is kept."""
    matches = {name: [match[0] for match in pattern.finditer(text)] for name, text in sources.items()}
    return {name: texts for name, texts in matches.items() if texts}


def tags(source: str) -> Iterator[str]:
    """Yield the inside of every tag and expression of a template."""
    for match in TAG.finditer(source):
        yield match[1] or match[2] or ""


def reachable(name: str) -> set[str]:
    """Return the templates that `name` is made of, itself included."""
    names, waiting = set(), [name]
    while waiting:
        current = waiting.pop()
        if current in SOURCES and current not in names:
            names.add(current)
            waiting.extend(INCLUDE.findall(SOURCES[current]))
    return names


# --- Laws of templates ---------------------------------------------------------------------------
@pytest.mark.parametrize("name", NAMES)
def test_every_template_compiles(name: str) -> None:
    assert engines["django"].get_template(name)


def test_no_template_is_empty() -> None:
    assert [name for name, source in SOURCES.items() if not source.strip()] == []


def test_no_template_holds_style_or_script_inline() -> None:
    assert found(INLINE, SOURCES) == found(STYLE, PAGES) == {}


def test_no_template_switches_escaping_off() -> None:
    assert found(UNESCAPED, SOURCES) == {}


def test_no_template_names_an_address_outside_the_portal() -> None:
    assert found(re.compile(r"https?://|[\"']//"), SOURCES) == {}


def test_no_template_compares_with_a_string() -> None:
    compared = {
        (name, tag)
        for name, source in SOURCES.items()
        for tag in tags(source)
        if tag.startswith(("if ", "elif ")) and COMPARISON.search(tag) and "url_name ==" not in tag
    }

    assert compared == set()


def test_every_component_is_included_with_nothing_but_its_own_values() -> None:
    leaky = {
        (name, tag)
        for name, source in SOURCES.items()
        for tag in tags(source)
        if tag.startswith("include ") and '"admin/' not in tag and not tag.endswith(" only")
    }

    assert leaky == set()


def test_one_template_alone_mentions_the_secret() -> None:
    mentions = {
        name
        for name, source in SOURCES.items()
        if any(
            re.search(r"\bsecret(?:_base64)?\b", re.sub(r"\"[^\"]*\"|'[^']*'", "", tag))
            for tag in tags(source)
        )
    }

    assert mentions == {SECRET_PAGE}


def test_the_secret_stands_in_text_and_in_no_attribute_or_form_control() -> None:
    source = SOURCES[SECRET_PAGE]

    shown = r"<(code|span) [^<>]*data-secret-(?:text|part)>\{\{ secret(?:_base64)? \}\}</\1>"
    elsewhere = re.sub(r"\"[^\"]*\"|'[^']*'", "", " ".join(tags(re.sub(shown, "", source))))

    assert len(re.findall(shown, source)) == 3
    assert re.search(r"\bsecret(?:_base64)?\b", elsewhere) is None


def test_every_form_that_changes_something_proves_where_it_comes_from() -> None:
    unproven = {
        name
        for name, source in SOURCES.items()
        for form in POST_FORM.findall(source)
        if "{% csrf_token %}" not in form
    }

    assert unproven == set()


def test_pages_stay_short() -> None:
    long = {name for name, source in SOURCES.items() if len(source.splitlines()) >= LONGEST_PAGE}

    assert long == set()


def test_nothing_is_said_to_have_worked_twice_over() -> None:
    assert found(re.compile("successfully", re.IGNORECASE), SOURCES | SCRIPTS) == {}


def test_every_icon_exists() -> None:
    for source in SOURCES.values():
        for tag, icon in ICON.findall(source):
            assert "<svg" in getattr(heroicons, tag)(icon)


def test_every_asset_exists() -> None:
    assets = {asset for source in SOURCES.values() for asset in ASSET.findall(source)}

    assert {asset for asset in assets if finders.find(asset) is None} == set()


def test_the_gallery_shows_every_component() -> None:
    components = {name for name in NAMES if name.startswith("_components/")}

    assert components - reachable("gallery.html") == set()


def test_every_part_is_used_somewhere() -> None:
    parts = {name for name in NAMES if "/_" in f"/{name}" and not name.startswith("admin/")}
    used = {used for name in NAMES for used in INCLUDE.findall(SOURCES[name])}

    assert parts - used == set()


def test_titles_say_what_and_where_and_no_two_pages_share_one() -> None:
    whole = {name: source for name, source in PAGES.items() if not name.startswith(("admin/", "base."))}
    titles = {name: match[1] for name, source in whole.items() if (match := TITLE.search(source))}
    pages = {name for name, source in whole.items() if EXTENDING.search(source)} - {"error_page.html"}

    assert {name for name, title in titles.items() if not title.endswith(" \u2013 PAT Portal")} == set()
    assert sorted(titles.values()) == sorted(set(titles.values()))
    assert pages - set(titles) == set()


def test_htmx_may_neither_evaluate_nor_keep_pages() -> None:
    content = re.search(r"name=\"htmx-config\"\s+content='([^']+)'", SOURCES["base.html"])

    assert content
    assert json.loads(content[1]) == {
        "allowEval": False,
        "includeIndicatorStyles": False,
        "selfRequestsOnly": True,
        "historyCacheSize": 0,
        "refreshOnHistoryMiss": True,
    }


# --- Laws of scripts ---------------------------------------------------------------------------------
def test_scripts_evaluate_nothing_write_no_markup_and_store_nothing() -> None:
    evaluates = r"\beval\(|new Function"
    writes = r"innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write"
    stores = r"\.cookie|(?:local|session)Storage"

    assert found(re.compile(f"{evaluates}|{writes}|{stores}"), SCRIPTS) == {}


def test_scripts_name_no_other_script_for_its_address_would_lack_the_digest() -> None:
    assert found(re.compile(r"^\s*(?:import|export)\b|\bimport\(", re.MULTILINE), SCRIPTS) == {}


# --- What components promise -----------------------------------------------------------------------
class OneField(forms.Form):
    name = forms.CharField(help_text="A hint.", error_messages={"required": "Enter a name."})


def text_field(form: forms.Form) -> str:
    context = {"field": form["name"], "label": "Name", "hint": form["name"].help_text}
    return render_to_string("_components/text_field.html", context)


def test_a_moment_says_both_forms() -> None:
    at = datetime.now(UTC) + timedelta(days=3, minutes=1)

    markup = render_to_string("_components/moment.html", {"at": at})

    assert "in 3 days" in markup
    assert f"{at:%b} {at:%Y}, {at:%H:%M}" in markup
    assert f'datetime="{at:%Y-%m-%dT%H:%M}' in markup


def test_a_moment_that_is_not_known_says_so() -> None:
    assert "unknown" in render_to_string("_components/moment.html", {"at": None})


def test_a_field_without_error_points_to_its_hint() -> None:
    markup = text_field(OneField())

    assert 'aria-describedby="hint-name"' in markup
    assert "aria-invalid" not in markup


def test_a_field_with_an_error_says_it_beside_the_field_and_keeps_what_was_typed() -> None:
    form = OneField({"name": " "})
    form.is_valid()
    form.data = {"name": '<b>"typed"</b>'}

    markup = text_field(form)

    assert 'aria-invalid="true"' in markup
    assert 'aria-describedby="hint-name errors-name"' in markup
    assert 'id="errors-name"' in markup
    assert "Enter a name." in markup
    assert 'value="&lt;b&gt;&quot;typed&quot;&lt;/b&gt;"' in markup


def test_the_summary_of_errors_leads_to_the_fields() -> None:
    markup = render_to_string("_components/error_summary.html", {"form": OneField({})})

    assert '<a href="#field-name">Name</a>: Enter a name.' in " ".join(markup.split())


def test_a_form_without_errors_has_no_summary() -> None:
    assert render_to_string("_components/error_summary.html", {"form": OneField()}).strip() == ""


def test_the_page_of_last_resort_needs_neither_request_nor_database() -> None:
    markup = render_to_string("500.html", {"request_id": "4f1f"})

    assert "Something broke" in markup
    assert "4f1f" in markup
    assert "Sign out" not in markup
