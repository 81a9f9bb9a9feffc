"""Each English has its own order of days, its own clock, and months that nobody can take for days."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import formats, timezone, translation

from patportal.lib import notation
from patportal.lib.notation import counted, written

AT = datetime(2026, 12, 2, 14, 5, 9, tzinfo=UTC)
LANGUAGES = [code for code, _ in settings.LANGUAGES]


@pytest.fixture(autouse=True)
def _portal_language() -> Iterator[None]:
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.mark.parametrize(
    ("form", "at_home", "in_the_united_states"),
    [
        ("day", "2 Dec 2026", "Dec 2, 2026"),
        ("long day", "2 December 2026", "December 2, 2026"),
        ("weekday", "Wednesday 2 December", "Wednesday, December 2"),
        ("long weekday", "Wednesday 2 December 2026", "Wednesday, December 2, 2026"),
        ("time", "14:05", "2:05 PM"),
        ("minute", "2 Dec 2026, 14:05", "Dec 2, 2026, 2:05 PM"),
        ("zoned", "2 Dec 2026, 14:05 UTC", "Dec 2, 2026, 2:05 PM UTC"),
        ("second", "2 Dec 2026, 14:05:09 UTC", "Dec 2, 2026, 2:05:09 PM UTC"),
        ("full", "Wednesday 2 December 2026, 14:05:09 UTC", "Wednesday, December 2, 2026, 2:05:09 PM UTC"),
        ("letter", "Wednesday 2 December 2026 at 14:05", "Wednesday, December 2, 2026 at 2:05 PM"),
    ],
)
def test_each_form_is_as_the_language_has_it(form: str, at_home: str, in_the_united_states: str) -> None:
    assert written(AT, form) == at_home
    with translation.override("en-us"):
        assert written(AT, form) == in_the_united_states


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en-gb", "2 Dec 2026, 14:05"),
        ("en-ie", "2 Dec 2026, 14:05"),
        ("en-au", "2 Dec 2026, 2:05 p.m."),
        ("en-ca", "2 Dec 2026, 2:05 p.m."),
        ("en-us", "Dec 2, 2026, 2:05 PM"),
        ("xx", "2 Dec 2026, 14:05"),
    ],
)
def test_a_language_that_the_portal_lacks_is_written_as_its_own(language: str, words: str) -> None:
    with translation.override(language):
        assert written(AT, "minute") == words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_form_with_the_month_by_its_name(language: str) -> None:
    with translation.override(language):
        shown = {form: written(AT, form) for form in notation._FORMATS}
    assert {form for form, words in shown.items() if "Dec" not in words} == {"time"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_django_writes_by_itself_is_the_same(language: str) -> None:
    with translation.override(language):
        assert formats.localize(date(2026, 12, 2)) == written(AT, "day")
        assert formats.localize(AT) == written(AT, "second")
        assert formats.time_format(AT.time()) == written(AT, "time")


def test_a_day_that_has_no_hour_can_be_written() -> None:
    assert written(date(2026, 12, 2), "long day") == "2 December 2026"


def test_a_form_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        written(AT, "j M Y")


def test_numbers_are_grouped_as_the_language_groups_them() -> None:
    assert [counted(number) for number in (7, 999, 12_345)] == ["7", "999", "12,345"]
    with translation.override("en-us"):
        assert counted(12_345) == "12,345"
    with translation.override("en-ca"):
        assert counted(12_345) == "12\N{NO-BREAK SPACE}345"


def test_templates_write_moments_in_the_zone_of_the_reader_and_group_numbers() -> None:
    template = Template("{% load portal %}{{ at|written:'zoned' }}, {{ number|counted }}")
    with timezone.override("Asia/Kolkata"):
        shown = template.render(Context({"at": AT, "number": 12_345}))
    assert shown == "2 Dec 2026, 19:35 IST, 12,345"
