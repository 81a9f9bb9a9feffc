"""Day first, twice twelve hours."""

from patportal.formats.en_GB.formats import *  # noqa: F403

TIME_FORMAT = "g:i a"
DATETIME_FORMAT = "j M Y, g:i:s a T"
SHORT_DATETIME_FORMAT = DATETIME_FORMAT
MINUTE_FORMAT = "j M Y, g:i a"
ZONED_FORMAT = f"{MINUTE_FORMAT} T"
FULL_FORMAT = "l j F Y, g:i:s a T"
LETTER_FORMAT = r"l j F Y \a\t g:i a"
