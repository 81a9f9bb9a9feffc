"""Day first as Django has it for Canada, twice twelve hours; numbers are grouped by a space, says Django."""

from patportal.formats.en_AU.formats import *  # noqa: F403
