"""Compares the scopes that Entra granted with those that the portal needs. Pure.

One consent widens every later access token, so an excess is worth an administrator's look.
"""

from collections.abc import Iterable
from dataclasses import dataclass

_NEEDED = frozenset({"vso.pats", "vso.pats_manage"})
# Azure DevOps' one broad scope; it includes the needed ones.
_BROAD = "user_impersonation"
_OPENID = frozenset({"openid", "profile", "offline_access", "email"})
_DEFAULT = ".default"


@dataclass(frozen=True, slots=True)
class ScopeDifference:
    """What is missing for the portal to work, and what it was given without asking."""

    missing: tuple[str, ...]
    excess: tuple[str, ...]

    @property
    def is_none(self) -> bool:
        """Tell whether exactly the right scopes came."""
        return not self.missing and not self.excess


def compare_scopes(granted: Iterable[str], *, asked: Iterable[str]) -> ScopeDifference:
    """Compare scopes as Entra writes them (`resource/name` or `name`).

    The broad scope counts as an excess only where narrower ones were asked for by name.
    """
    names = _names(granted)
    wanted = _NEEDED | {_BROAD} if _names(asked) & {_BROAD, _DEFAULT} else _NEEDED
    missing = frozenset() if _BROAD in names else _NEEDED - names
    return ScopeDifference(
        missing=tuple(sorted(missing)), excess=tuple(sorted(names - wanted - _OPENID - {_DEFAULT}))
    )


def _names(scopes: Iterable[str]) -> frozenset[str]:
    return frozenset(scope.rpartition("/")[2] for scope in scopes)
