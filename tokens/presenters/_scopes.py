"""The scope catalogue as the create form offers it."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from patportal.lib.texts import Text
from tokens import scopes


@dataclass(frozen=True, slots=True)
class ScopeOption:
    """One scope to choose; `includes` are the codes it contains, `nearest_label` the next smaller in words.

    `hint` names a smaller one that may do; `is_wanted` tells that a link asked for it and was not followed.
    """

    code: str
    label: Text
    sentence: Text
    is_high_privilege: bool
    includes: list[str]
    nearest_label: Text
    is_selected: bool
    hint: str = ""
    is_wanted: bool = False


@dataclass(frozen=True, slots=True)
class ScopeGroup:
    label: Text
    options: list[ScopeOption]
    is_common: bool = False

    @property
    def is_chosen(self) -> bool:
        """Whether something in it is selected or wanted."""
        return any(option.is_selected or option.is_wanted for option in self.options)

    @property
    def is_open(self) -> bool:
        """Whether the group should not be folded: something in it is chosen, or most people look for it."""
        return self.is_common or self.is_chosen

    @property
    def selected_count(self) -> int:
        """How many of it are selected."""
        return sum(option.is_selected for option in self.options)


def scope_groups(
    selected: Collection[str], *, own: Collection[str] = (), wanted: Collection[str] = ()
) -> list[ScopeGroup]:
    """Return what may be asked for, with `selected` codes marked, and those `wanted` by a link shown.

    `own` are those that a PAT has: the groups of what is selected come first then, and what of it is offered
    to no new one is a group as well, because it may stay.
    """
    groups = [
        ScopeGroup(
            members[0].group_label,
            [_option(scope, selected, wanted) for scope in members],
            is_common=not own and group in scopes.COMMON_GROUPS,
        )
        for group, members in scopes.offered().items()
    ]
    offered = {option.code for group in groups for option in group.options}
    kept = [_kept_option(code, is_selected=code in selected) for code in own if code not in offered]
    if kept:
        groups.append(ScopeGroup(_("Other scopes that it has"), kept))
    return sorted(groups, key=lambda group: not group.is_chosen) if own else groups


def _kept_option(code: str, *, is_selected: bool) -> ScopeOption:
    return ScopeOption(
        code=code,
        label=scopes.label_of(code),
        sentence=_("The portal offers it to no new token. Once taken away, it cannot be given back here."),
        is_high_privilege=scopes.is_high_privilege(code),
        includes=[],
        nearest_label="",
        is_selected=is_selected,
    )


def _option(scope: scopes.Scope, selected: Collection[str], wanted: Collection[str]) -> ScopeOption:
    included = [one for one in scopes.included_in(scope.code) if one.is_offered]
    nearest = scopes.smaller_than(scope.code)
    return ScopeOption(
        code=scope.code,
        label=scope.label,
        sentence=scope.sentence,
        is_high_privilege=scope.is_high_privilege,
        includes=[one.code for one in included],
        nearest_label=nearest.label if nearest else "",
        is_selected=scope.code in selected,
        hint=_hint(scope),
        is_wanted=scope.code in wanted and scope.code not in selected,
    )


def _hint(scope: scopes.Scope) -> str:
    """Return how a person could do with less than a powerful scope; "" where there is no such way."""
    if scope.code == scopes.FULL_ACCESS:
        return _("Whoever has the secret can do all that you can. Few jobs need this: choose single scopes.")
    smaller = scopes.smaller_than(scope.code)
    if not scope.is_high_privilege or smaller is None:
        return ""
    deed = smaller.sentence[0].lower() + smaller.sentence[1:-1]
    return _("If it only has to %(deed)s, %(scope)s is enough.") % {"deed": deed, "scope": smaller.label}
