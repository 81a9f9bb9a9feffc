"""What changed of a PAT while a person had its form open, in words."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localtime
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from patportal.lib.notation import written
from patportal.lib.texts import Text
from patportal.templatetags.portal import relative
from tokens import scopes
from tokens.errors import PatChanged


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was seen and is another now; all are plain text."""

    label: Text
    before: str
    after: str


def differences(error: PatChanged) -> list[Difference]:
    """Return what the person saw and what it is now."""
    return [difference(column, before, after) for column, (before, after) in error.differences.items()]


def difference(column: str, before: object, after: object) -> Difference:
    """Return what a column of a PAT was and what it is, or is to be."""
    return Difference(_LABELS.get(column, column), _in_words(before), _in_words(after))


def pending_sentence(columns: Collection[str]) -> str:
    """Return what a form for a PAT would change as it stands, which may be nothing."""
    if not columns:
        return gettext("Nothing is changed yet.")
    if {*columns} == {"name", "scopes"}:
        return gettext("This changes its name and its scopes.")
    return gettext("This changes its name.") if "name" in columns else gettext("This changes its scopes.")


def moment_text(at: datetime, now: datetime | None = None) -> str:
    """Return a moment exact and relative where there is room for plain text alone."""
    exact = written(localtime(at), "zoned")
    return gettext("%(exact)s (%(relative)s)") % {"exact": exact, "relative": relative(at, now)}


def _in_words(value: object) -> str:
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(scopes.label_of(str(code)) for code in value) or pgettext("no scopes", "none")
    return str(value)


_LABELS = {"name": _("Name"), "scopes": _("Scopes"), "valid_to": _("Expires")}
