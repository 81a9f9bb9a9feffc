"""How an event is told: whole sentences with places for who acted, what it is about and what was recorded.

`{who}` acts. `{pat}` and `{owner}` are what it is about and whom it concerns. What is theirs has several
forms. On the page of the PAT itself, and everywhere else: `{pat:its secret|the secret of {called}}`. To the
owner, of an owner who acts, and of anybody else: `{owner:your PATs|their PATs|the PATs of {person}}`. Every
other place is filled with what the sentence's reader found in the recorded facts.
"""

from dataclasses import dataclass

from patportal.lib.texts import Text
from tokens.models import EventType
from tokens.presenters._audit_facts import Reader

# Sentences that tell what was recorded as well, the fullest first.
Fuller = tuple[tuple[Reader, Text], ...]
Told = tuple[Text, Fuller]


@dataclass(frozen=True, slots=True)
class Telling:
    """A type of event: `words`, or the first of `fuller` whose facts were recorded.

    `by_portal` is for when nobody acted. To people themselves a PAT is a token: where the words name it, they
    have sentences of their `own`.
    """

    icon: str
    words: Text
    fuller: Fuller = ()
    by_portal: Told | None = None
    own: Told | None = None


def attempt(
    verb: str, icon: str, *, asked: Text, refused: Text, failed: Text, lost: Text
) -> dict[EventType, Telling]:
    """Return how a remote change is asked for, refused, fails and is lost."""
    return {
        EventType(f"pat.{verb}_requested"): Telling(icon, asked),
        EventType(f"pat.{verb}_refused"): Telling(icon, refused),
        EventType(f"pat.{verb}_failed"): Telling(icon, failed),
        EventType(f"pat.{verb}_answer_lost"): Telling(icon, lost),
    }
