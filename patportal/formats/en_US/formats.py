"""Month first, twice twelve hours."""

DATE_FORMAT = "M j, Y"
TIME_FORMAT = "g:i A"
DATETIME_FORMAT = "M j, Y, g:i:s A T"
SHORT_DATE_FORMAT = DATE_FORMAT
SHORT_DATETIME_FORMAT = DATETIME_FORMAT

LONG_DAY_FORMAT = "F j, Y"
WEEKDAY_FORMAT = "l, F j"
MINUTE_FORMAT = "M j, Y, g:i A"
ZONED_FORMAT = f"{MINUTE_FORMAT} T"
FULL_FORMAT = "l, F j, Y, g:i:s A T"
LETTER_FORMAT = r"l, F j, Y \a\t g:i A"
