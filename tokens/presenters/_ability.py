"""What a PAT is able to do, in one sentence: made of its name, scopes, organization and end."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

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
        verb, thing = (scope.verb, scope.objects) if scope else ("use", code)
        objects.setdefault(verb, []).append(thing)
    phrases = [f"{verb} {_joined(things)}" for verb, things in objects.items()]
    # A comma before the last one keeps apart what belongs to one verb and what to the next.
    return _joined(phrases) if len(phrases) < 2 else f"{', '.join(phrases[:-1])}, and {phrases[-1]}"


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""
