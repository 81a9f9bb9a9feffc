"""Text that people read: what it may be before it is rendered, and how several names become one phrase.

A table at module level marks its sentences with `gettext_lazy`: they are looked up when a page renders them,
in the language of that request. What leaves for JSON, the database, a job or a header goes through `str()`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias
from unicodedata import category

from django.utils.translation import gettext, pgettext

from patportal.lib.notation import counted

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    Text: TypeAlias = _StrOrPromise
else:
    # django-stubs' name of it does not exist at run time, where annotations of dataclasses are looked at.
    Text = str

# Controls, formats, halves of pairs, separators, and marks, which alone have nothing to stand on.
_SHOWING_NOTHING = {"Cc", "Cf", "Cs", "Mn", "Zl", "Zp", "Zs"}
# Fillers of Hangul and the empty braille cell: letters and a symbol to Unicode, and no ink.
_BLANK = "\u115f\u1160\u3164\uffa0\u2800"


def joined(names: Iterable[Text]) -> str:
    """Return names as a sentence lists them: "alpha, beta and gamma"."""
    return _listed(names, pgettext("list of two, or the end of a longer one", "%(first)s and %(last)s"))


def any_of(names: Iterable[Text]) -> str:
    """Return names of which one is to be chosen: "alpha, beta or gamma"."""
    return _listed(names, pgettext("choice of two, or the end of a longer one", "%(first)s or %(last)s"))


def is_visible(name: str) -> bool:
    """Tell whether a name shows anything; Azure DevOps permits names of spaces, and of nothing."""
    return any(category(character) not in _SHOWING_NOTHING for character in name if character not in _BLANK)


def called(name: str) -> str:
    """Return a name as people see it, which is never nothing: a link would have no text."""
    return name if is_visible(name) else gettext("(no name)")


def in_number(words: Text, count: int) -> str:
    """Return a count with its noun; `words` are `ngettext_lazy("%(amount)s …", "%(amount)s …", "count")`."""
    return str(words % {"count": count, "amount": counted(count)})


def _listed(names: Iterable[Text], ending: str) -> str:
    *first, last = [str(name) for name in names] or [""]
    if not first:
        return last
    return ending % {"first": pgettext("between the members of a list", ", ").join(first), "last": last}
