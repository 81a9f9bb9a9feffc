"""Moments in words, in the time zone of whoever reads them."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, ngettext

from patportal.lib.notation import written

_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Clock:
    """What the time is when a mail is written, and where its reader is."""

    now: datetime
    zone: ZoneInfo

    @property
    def place(self) -> str:
        """The zone by its name, for people."""
        return self.zone.key.replace("_", " ")

    def day(self, at: datetime) -> str:
        """Return the day of a moment, as in "2 December 2026"."""
        return written(at.astimezone(self.zone), "long day")

    def exact(self, at: datetime) -> str:
        """Return a moment to the minute with its zone, as in "Wednesday 2 December 2026 at 14:05 CET"."""
        local = at.astimezone(self.zone)
        name = local.tzname() or ""
        # Zones without a name of their own are called by their distance, which alone says nothing.
        return f"{written(local, 'letter')} {f'UTC{name}' if name[:1] in {'+', '-'} else name}"

    def relative(self, at: datetime) -> str:
        """Return how far off a moment is: in days as the reader counts them, on the same day in hours."""
        days = (at.astimezone(self.zone).date() - self.now.astimezone(self.zone).date()).days
        if days == 1:
            return gettext("tomorrow")
        if days > 1:
            return ngettext("in %(count)s day", "in %(count)s days", days) % {"count": days}
        return self._today(at)

    def _today(self, at: datetime) -> str:
        seconds = int((at - self.now).total_seconds())
        if seconds < _MINUTE:
            return gettext("today")
        if seconds < _HOUR:
            count = seconds // _MINUTE
            told = ngettext("today, in %(count)s minute", "today, in %(count)s minutes", count)
        else:
            count = seconds // _HOUR
            told = ngettext("today, in %(count)s hour", "today, in %(count)s hours", count)
        return told % {"count": count}
