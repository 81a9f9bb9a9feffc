"""Filters and tags that templates need to say things in words and icons.

They look names up in tables, so that no template compares a status, tone or level with a string.
They know nothing of requests, models or the apps.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Protocol

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from patportal.lib.notation import counted, written
from patportal.lib.texts import Text

register = template.Library()
register.filter("counted", counted)


class Selectable(Protocol):
    """Something of which one may be the current one."""

    @property
    def is_current(self) -> bool:
        """Tell whether this is the one that the page shows."""


_TONE_ICONS = {
    "good": "check-circle",
    "info": "information-circle",
    "warn": "exclamation-triangle",
    "bad": "exclamation-circle",
    "quiet": "minus-circle",
}
_NOTE = _("Note")
_TONE_WORDS = {"good": _("Done"), "info": _NOTE, "warn": _("Attention"), "bad": _("Problem"), "quiet": _NOTE}
_TONES_OF_LEVELS = {"debug": "quiet", "info": "info", "success": "good", "warning": "warn", "error": "bad"}
_SORT_ICONS = {"ascending": "chevron-up", "descending": "chevron-down"}

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_MONTH, _YEAR = 30.44 * _DAY, 365.25 * _DAY
# (size in seconds, so many ahead, so many past, largest count still said in this unit); expiries live in
# days, so days last long.
_UNITS: list[tuple[float, Callable[[int], str], Callable[[int], str], int | None]] = [
    (
        _MINUTE,
        lambda count: ngettext("in %(count)s minute", "in %(count)s minutes", count),
        lambda count: ngettext("%(count)s minute ago", "%(count)s minutes ago", count),
        59,
    ),
    (
        _HOUR,
        lambda count: ngettext("in %(count)s hour", "in %(count)s hours", count),
        lambda count: ngettext("%(count)s hour ago", "%(count)s hours ago", count),
        23,
    ),
    (
        _DAY,
        lambda count: ngettext("in %(count)s day", "in %(count)s days", count),
        lambda count: ngettext("%(count)s day ago", "%(count)s days ago", count),
        120,
    ),
    (
        _MONTH,
        lambda count: ngettext("in %(count)s month", "in %(count)s months", count),
        lambda count: ngettext("%(count)s month ago", "%(count)s months ago", count),
        23,
    ),
    (
        _YEAR,
        lambda count: ngettext("in %(count)s year", "in %(count)s years", count),
        lambda count: ngettext("%(count)s year ago", "%(count)s years ago", count),
        None,
    ),
]


@register.filter("written", expects_localtime=True)
def written_if_known(at: date | datetime | None, form: str) -> str:
    """Return a day or a moment in a form of the reader's language, nothing where there is none."""
    return written(at, form) if at else ""


@register.simple_tag
def moment(at: datetime | None) -> str:
    """Return a moment as its component shows it, for the place in a marked sentence where it belongs."""
    return render_to_string("_components/moment.html", {"at": at})


@register.simple_tag
def sentence(words: Text, **values: object) -> SafeString:
    """Return a marked sentence with values where it has their names in braces.

    The sentence may hold inline markup, the values are escaped. For sentences that presenters choose.
    """
    return format_html(str(words), **values)


@register.filter
def listed(names: Iterable[object]) -> SafeString:
    """Return names for a place in a marked sentence, each so that it cannot turn the words around it."""
    return format_html_join(
        pgettext("between the members of a list", ", "), "<bdi>{}</bdi>", ((name,) for name in names)
    )


@register.filter
def relative(at: datetime | None, now: datetime | None = None) -> str:
    """Say in words how far `at` lies from `now`, for instance "in 3 days" or "2 minutes ago".

    Counts are rounded to the nearest whole unit. Both are aware; `now` defaults to the current moment.
    Returns an empty string when there is no `at`.
    """
    if at is None:
        return ""
    seconds = (at - (now or timezone.now())).total_seconds()
    if abs(seconds) < _MINUTE / 2:
        return gettext("now") if seconds > 0 else gettext("just now")
    for size, ahead, past, largest in _UNITS:
        count = max(1, round(abs(seconds) / size))
        if largest is None or count <= largest:
            return (ahead if seconds > 0 else past)(count) % {"count": count}
    raise AssertionError("the last unit has no largest count")


@register.filter
def tone_icon(tone: str) -> str:
    """Return the icon that stands for a tone, so that a tone is never told by colour alone."""
    return _TONE_ICONS.get(tone, "information-circle")


@register.filter
def tone_word(tone: str) -> str:
    """Return the word that says a tone to people who see neither icon nor colour."""
    return str(_TONE_WORDS.get(tone, _NOTE))


@register.filter
def level_tone(level_tag: str) -> str:
    """Return the tone of a flash message's level."""
    return _TONES_OF_LEVELS.get(level_tag, "info")


@register.filter
def sort_icon(direction: str) -> str:
    """Return the icon of a column that is sorted in this direction ("ascending", "descending", "none")."""
    return _SORT_ICONS.get(direction, "chevron-up-down")


@register.filter
def has_current(items: Iterable[Selectable]) -> bool:
    """Tell whether one of the items is the current one."""
    return any(item.is_current for item in items)
