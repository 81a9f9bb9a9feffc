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


def scope_groups(selected: Collection[str]) -> list[ScopeGroup]:
    """Return what may be asked for, with `selected` codes marked."""
    return [
        ScopeGroup(label, [_option(scope, is_selected=scope.code in selected) for scope in members])
        for label, members in scopes.offered().items()
    ]


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
