"""What a PAT is able to do, in one sentence: made of its name, scopes, organization and end."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import pgettext

from patportal.lib.texts import joined
from tokens import scopes


@dataclass(frozen=True, slots=True)
class Ability:
    """The parts of the sentence; each is empty or None where it is not known yet."""

    name: str
    deeds: str
    organization: str
    until: datetime | None
    high_privilege: list[str]


def ability(
    *, name: str, codes: Collection[str], organization: str = "", until: datetime | None = None
) -> Ability:
    """Return what a PAT with these scopes will be able to do, and which of them are powerful."""
    own = [code for code in scopes.CATALOGUE if code in set(scopes.without_included(codes))]
    own += sorted(set(codes) - scopes.CATALOGUE.keys())
    risky = [scopes.label_of(code) for code in own if scopes.is_high_privilege(code)]
    return Ability(name, _deeds(own), organization, until, risky)


def _deeds(codes: list[str]) -> str:
    """Return what scopes allow as one phrase, for instance "read code and packages, and start builds"."""
    objects: dict[str, list[str]] = {}
    for code in codes:
        scope = scopes.CATALOGUE.get(code)
        verb, thing = (scope.verb, scope.objects) if scope else (pgettext("a scope", "use"), code)
        objects.setdefault(verb, []).append(thing)
    phrases = [
        pgettext("what a scope allows, such as: read code", "%(verb)s %(things)s")
        % {"verb": verb, "things": joined(things)}
        for verb, things in objects.items()
    ]
    if len(phrases) < 2:
        return "".join(phrases)
    # A comma before the last one keeps apart what belongs to one verb and what to the next.
    ending = pgettext("the end of a list whose members are lists", "%(first)s, and %(last)s")
    return ending % {
        "first": pgettext("between the members of a list", ", ").join(phrases[:-1]),
        "last": phrases[-1],
    }
