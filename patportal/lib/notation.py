"""Days, moments and numbers as the reader's language writes them.

Each language has a module in `patportal.formats`. Django finds there what it has names for; what a page wants
besides is found here, by a name that says what it shows, so that no page spells a format of one language.
"""

from datetime import date, datetime
from functools import cache
from importlib import import_module
from types import ModuleType

from django.conf import settings
from django.utils.dateformat import format as formatted
from django.utils.formats import number_format
from django.utils.translation import get_language, to_locale

# Each with what it looks like in the portal's own language.
_FORMATS = {
    "day": "DATE_FORMAT",  # 2 Dec 2026
    "long day": "LONG_DAY_FORMAT",  # 2 December 2026
    "weekday": "WEEKDAY_FORMAT",  # Wednesday 2 December
    "long weekday": "LONG_WEEKDAY_FORMAT",  # Wednesday 2 December 2026
    "time": "TIME_FORMAT",  # 14:05
    "minute": "MINUTE_FORMAT",  # 2 Dec 2026, 14:05
    "zoned": "ZONED_FORMAT",  # 2 Dec 2026, 14:05 CET
    "second": "DATETIME_FORMAT",  # 2 Dec 2026, 14:05:09 CET
    "full": "FULL_FORMAT",  # Wednesday 2 December 2026, 14:05:09 CET
    "letter": "LETTER_FORMAT",  # Wednesday 2 December 2026 at 14:05
}


def written(at: date | datetime, form: str) -> str:
    """Return a day or a moment in the form of that name, in the zone that it is in.

    Raises KeyError for a form that does not exist.
    """
    return formatted(at, _format(form, get_language() or settings.LANGUAGE_CODE))


def counted(number: int) -> str:
    """Return a number with its thousands grouped, as in "12,345"."""
    return str(number_format(number, force_grouping=True))


@cache
def _format(form: str, language: str) -> str:
    return str(getattr(_formats_of(language), _FORMATS[form]))


def _formats_of(language: str) -> ModuleType:
    try:
        return import_module(f"{settings.FORMAT_MODULE_PATH}.{to_locale(language)}.formats")
    except ModuleNotFoundError:
        return import_module(f"{settings.FORMAT_MODULE_PATH}.{to_locale(settings.LANGUAGE_CODE)}.formats")
