"""The scope catalogue as the create form offers it."""

from collections.abc import Collection
from dataclasses import dataclass

from tokens import scopes


@dataclass(frozen=True, slots=True)
class ScopeOption:
    """One scope to choose; `includes` are the codes it contains, `includes_labels` the same in words."""

    code: str
    label: str
    sentence: str
    is_high_privilege: bool
    includes: list[str]
    includes_labels: list[str]
    is_selected: bool


@dataclass(frozen=True, slots=True)
class ScopeGroup:
    label: str
    options: list[ScopeOption]

    @property
    def is_open(self) -> bool:
        """Whether something in it is selected, so that the group should not be folded."""
        return any(option.is_selected for option in self.options)


def scope_groups(selected: Collection[str], *, own: Collection[str] = ()) -> list[ScopeGroup]:
    """Return what may be asked for, with `selected` codes marked.

    `own` are those that a PAT has: the groups of what is selected come first then, and what of it is offered
    to no new one is a group as well, because it may stay.
    """
    groups = [
        ScopeGroup(label, [_option(scope, is_selected=scope.code in selected) for scope in members])
        for label, members in scopes.offered().items()
    ]
    offered = {option.code for group in groups for option in group.options}
    kept = [_kept_option(code, is_selected=code in selected) for code in own if code not in offered]
    if kept:
        groups.append(ScopeGroup("Other scopes that it has", kept))
    return sorted(groups, key=lambda group: not group.is_open) if own else groups


def _kept_option(code: str, *, is_selected: bool) -> ScopeOption:
    return ScopeOption(
        code=code,
        label=scopes.label_of(code),
        sentence="The portal offers it to no new token. Once taken away, it cannot be given back here.",
        is_high_privilege=scopes.is_high_privilege(code),
        includes=[],
        includes_labels=[],
        is_selected=is_selected,
    )


def _option(scope: scopes.Scope, *, is_selected: bool) -> ScopeOption:
    included = [one for one in scopes.included_in(scope.code) if one.is_offered]
    return ScopeOption(
        code=scope.code,
        label=scope.label,
        sentence=scope.sentence,
        is_high_privilege=scope.is_high_privilege,
        includes=[one.code for one in included],
        includes_labels=[one.label for one in included],
        is_selected=is_selected,
    )
