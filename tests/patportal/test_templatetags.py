"""Filters: distances in words, tones and directions in icons and words."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.template import Context, Template
from heroicons import IconDoesNotExist
from heroicons.templatetags.heroicons import heroicon_micro, heroicon_mini, heroicon_outline, heroicon_solid

from patportal.templatetags import portal

NOW = datetime(2027, 1, 14, 12, 0, tzinfo=UTC)
TONES = ["good", "info", "warn", "bad", "quiet"]


@dataclass(frozen=True)
class Choice:
    is_current: bool


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=-29), "just now"),
        (timedelta(seconds=29), "now"),
        (timedelta(seconds=31), "in 1 minute"),
        (timedelta(seconds=-120), "2 minutes ago"),
        (timedelta(minutes=59, seconds=29), "in 59 minutes"),
        (timedelta(minutes=59, seconds=31), "in 1 hour"),
        (timedelta(hours=5), "in 5 hours"),
        (timedelta(hours=-23, minutes=-40), "1 day ago"),
        (timedelta(hours=30), "in 1 day"),
        (timedelta(days=3), "in 3 days"),
        (timedelta(days=90, seconds=-30), "in 90 days"),
        (timedelta(days=-120), "120 days ago"),
        (timedelta(days=121), "in 4 months"),
        (timedelta(days=364), "in 12 months"),
        (timedelta(days=-730), "2 years ago"),
        (timedelta(days=3_000), "in 8 years"),
    ],
)
def test_relative_says_the_distance_in_the_unit_that_fits(distance: timedelta, words: str) -> None:
    assert portal.relative(NOW + distance, NOW) == words


def test_relative_never_goes_backwards_as_the_distance_grows() -> None:
    hours = [portal.relative(NOW + timedelta(hours=count), NOW) for count in range(1, 24 * 800)]

    assert len(set(hours)) == 1 + sum(one != two for one, two in pairwise(hours))


def test_relative_counts_from_this_moment_when_nobody_says_from_when() -> None:
    assert portal.relative(datetime.now(UTC) - timedelta(minutes=2)) == "2 minutes ago"


def test_relative_says_nothing_about_no_date() -> None:
    assert portal.relative(None, NOW) == ""


@pytest.mark.parametrize("tone", [*TONES, "a tone that nobody has heard of"])
def test_every_tone_has_an_icon_and_a_word(tone: str) -> None:
    icon = portal.tone_icon(tone)

    assert portal.tone_word(tone)
    for draw in (heroicon_micro, heroicon_mini, heroicon_outline):
        assert "<svg" in draw(icon)


def test_every_tone_has_an_icon_of_its_own() -> None:
    assert len({portal.tone_icon(tone) for tone in TONES}) == len(TONES)


@pytest.mark.parametrize(
    ("level", "tone"),
    [
        ("success", "good"),
        ("warning", "warn"),
        ("error", "bad"),
        ("info", "info"),
        ("debug", "quiet"),
        ("", "info"),
    ],
)
def test_a_level_of_a_message_becomes_a_tone(level: str, tone: str) -> None:
    assert portal.level_tone(level) == tone


@pytest.mark.parametrize("direction", ["ascending", "descending", "none"])
def test_every_direction_has_an_icon(direction: str) -> None:
    assert "<svg" in heroicon_micro(portal.sort_icon(direction))


def test_an_icon_that_does_not_exist_is_noticed() -> None:
    with pytest.raises(IconDoesNotExist):
        heroicon_micro("no-such-icon")


def test_one_current_choice_is_enough() -> None:
    assert portal.has_current([Choice(is_current=False), Choice(is_current=True)])
    assert not portal.has_current([Choice(is_current=False)])
    assert not portal.has_current([])


def test_a_moment_stands_where_the_translated_sentence_wants_it() -> None:
    template = Template(
        "{% load i18n portal %}"
        "{% moment at as moment %}"
        "{% blocktranslate %}<b>{{ name }}</b> ends {{ moment }}{% endblocktranslate %}"
    )
    name = "<script>%(at)s {{ at }} 100%"

    drawn = " ".join(template.render(Context({"at": NOW, "name": name})).split())

    assert drawn.startswith("<b>&lt;script&gt;%(at)s {{ at }} 100%</b> ends <time")
    assert drawn.count('datetime="2027-01-14T12:00:00+00:00"') == 1
    assert drawn.endswith("</time>")


def test_no_moment_is_called_unknown() -> None:
    assert portal.moment(None).strip() == '<span class="moment">unknown</span>'


def test_templates_can_use_the_filters() -> None:
    template = Template("{% load portal %}{{ at|relative:now }}, {{ tone|tone_icon }}")

    assert template.render(Context({"at": NOW + timedelta(days=3), "now": NOW, "tone": "good"})) == (
        "in 3 days, check-circle"
    )


def _drawn(name: str, css_class: str, *, size: int = 16) -> str:
    attributes: dict[str, Any] = {"class": css_class}
    return heroicon_micro(name, size=size, **attributes)


def test_an_icon_is_drawn_as_the_library_draws_it_and_once() -> None:
    page = Template(
        "{% load heroicons %}{% heroicon_micro 'key' class='icon' as one %}"
        "{% heroicon_micro name class='icon' as two %}"
        "{{ one }}|{{ two }}|{% heroicon_micro 'key' class='big' size=40 %}|{% heroicon_solid 'key' %}"
    )
    context = Context({"name": "key"})
    shown = page.render(context).split("|")
    small = _drawn("key", "icon")
    assert shown == [small, small, _drawn("key", "big", size=40), heroicon_solid("key")]
    assert context["one"] is context["two"]


def test_a_sentence_takes_values_where_it_names_them_and_escapes_them() -> None:
    template = Template("{% load portal %}{% moment at as then %}{% sentence words name=name moment=then %}")
    words = 'Until {moment} there is <bdi class="x">{name}</bdi>, {name}'
    told = template.render(Context({"words": words, "name": "{at} <i>", "at": None}))
    start, _, end = told.partition('<span class="moment">unknown</span>')
    assert start.strip() == "Until"
    assert end.strip() == 'there is <bdi class="x">{at} &lt;i&gt;</bdi>, {at} &lt;i&gt;'


def test_names_in_a_sentence_stand_apart_and_are_escaped() -> None:
    template = Template("{% load portal %}{{ names|listed }}")
    told = template.render(Context({"names": ["a<b", "c"]}))
    assert told == "<bdi>a&lt;b</bdi>, <bdi>c</bdi>"
