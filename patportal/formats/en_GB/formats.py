"""Day first, 24 hours. Two events of one minute must be told apart, so moments have seconds and the zone."""

DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i:s T"
SHORT_DATE_FORMAT = DATE_FORMAT
SHORT_DATETIME_FORMAT = DATETIME_FORMAT

# What Django has no name for; `patportal.lib.notation` gives them out.
LONG_DAY_FORMAT = "j F Y"
WEEKDAY_FORMAT = "l j F"
LONG_WEEKDAY_FORMAT = "l j F Y"
MINUTE_FORMAT = "j M Y, H:i"
ZONED_FORMAT = f"{MINUTE_FORMAT} T"
FULL_FORMAT = "l j F Y, H:i:s T"
LETTER_FORMAT = r"l j F Y \a\t H:i"
