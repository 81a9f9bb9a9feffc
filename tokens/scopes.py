"""The catalogue of PAT scopes, read from `scopes.tsv`: groups, sentences, what includes what, what is risky.

Names, inclusion and the high-privilege mark follow Microsoft's scope table of 2025-07-16
(azure-devops-docs, docs/integrate/includes/scopes.md); the sentences are ours. Existing PATs may carry
any string: whatever is not in here is shown raw and never offered. Its words are marked for translation
here, where they are read: each is looked up in the reader's language when it is asked for, and `words` tells
all of them to whoever makes a catalogue.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext

FULL_ACCESS = "app_token"
# The groups that most PATs are made for; forms show them unfolded.
COMMON_GROUPS = frozenset({"Code", "Build", "Packaging", "Work items"})


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope; `includes` is the next smaller one, `is_offered` whether new PATs may ask for it.

    `verb` and `objects` say what it lets a PAT do, as in "read" and "builds".
    """

    code: str
    group: str
    english: Mapping[str, str] = field(hash=False)
    includes: str = ""
    is_high_privilege: bool = False
    is_offered: bool = True

    @property
    def group_label(self) -> str:
        """The name of its group; `group` itself is the same in every language."""
        return gettext(self.group)

    @property
    def label(self) -> str:
        """Its name, as in "Code (read)"."""
        return gettext(self.english["label"])

    @property
    def sentence(self) -> str:
        """What it lets a PAT do, as a sentence."""
        return gettext(self.english["sentence"])

    @property
    def verb(self) -> str:
        """What it lets a PAT do with its objects."""
        return gettext(self.english["verb"])

    @property
    def objects(self) -> str:
        """What it lets a PAT do something with."""
        return gettext(self.english["objects"])


def _read() -> dict[str, Scope]:
    with (Path(__file__).parent / "scopes.tsv").open(encoding="utf-8", newline="") as lines:
        return {
            row["code"]: Scope(
                code=row["code"],
                group=row["group"],
                english={name: row[name] for name in ("label", "sentence", "verb", "objects")},
                includes=row["includes"],
                is_high_privilege=row["high_privilege"] == "yes",
                is_offered=row["offered"] == "yes",
            )
            for row in csv.DictReader(lines, delimiter="\t")
        }


CATALOGUE: dict[str, Scope] = _read()


def words() -> set[str]:
    """Return every text of the catalogue in English."""
    return {text for one in CATALOGUE.values() for text in (one.group, *one.english.values())}


def offered() -> dict[str, list[Scope]]:
    """Return what new PATs may ask for, by group: full access last, the rest in the catalogue's order."""
    groups: dict[str, list[Scope]] = {}
    for scope in CATALOGUE.values():
        if scope.is_offered and scope.code != FULL_ACCESS:
            groups.setdefault(scope.group, []).append(scope)
    everything = CATALOGUE[FULL_ACCESS]
    return {**groups, everything.group: [everything]}


def included_in(code: str) -> list[Scope]:
    """Return everything that the scope contains, the nearest first."""
    found: list[Scope] = []
    scope = CATALOGUE.get(code)
    while scope is not None and scope.includes:
        scope = CATALOGUE[scope.includes]
        found.append(scope)
    return found


def smaller_than(code: str) -> Scope | None:
    """Return the next smaller scope that is offered, None where there is none."""
    return next(
        (one for one in included_in(code) if one.is_offered and one.group == CATALOGUE[code].group), None
    )


def label_of(code: str) -> str:
    """Return the scope in words, or the code itself where the catalogue does not know it."""
    scope = CATALOGUE.get(code)
    return scope.label if scope else code


def is_high_privilege(code: str) -> bool:
    """Tell whether Microsoft marks the scope as high privilege."""
    scope = CATALOGUE.get(code)
    return scope is not None and scope.is_high_privilege


def named_like(word: str) -> list[str]:
    """Return the codes whose label or code holds `word`, in any case."""
    small = word.casefold()
    return [one.code for one in CATALOGUE.values() if small in f"{one.code} {one.label}".casefold()]


def powerful() -> list[str]:
    """Return the codes that are marked: full access, and what Microsoft marks as high privilege."""
    return [one.code for one in CATALOGUE.values() if one.is_high_privilege or one.code == FULL_ACCESS]


def without_included(codes: Iterable[str]) -> list[str]:
    """Return the codes that no other of them contains, in order, unknown ones kept."""
    listed = sorted(set(codes))
    contained = {scope.code for code in listed for scope in included_in(code)}
    return [code for code in listed if code not in contained]
