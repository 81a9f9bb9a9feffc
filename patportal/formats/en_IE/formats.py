"""As in the United Kingdom: day first, 24 hours."""

from patportal.formats.en_GB.formats import *  # noqa: F403
