"""Which tools a PAT can be used with: those that its scopes allow first."""

from collections.abc import Collection
from dataclasses import dataclass

from patportal.lib.texts import any_of
from tokens import scopes, snippets


@dataclass(frozen=True, slots=True)
class SnippetView:
    """One tool; `lacks` says in words which scope it would need, "" where the PAT has one."""

    snippet: snippets.Snippet
    lacks: str


def snippet_views(organization: str, codes: Collection[str]) -> list[SnippetView]:
    """Return what to paste where a PAT with these scopes is used, the usable first."""
    held = set(codes) | {one.code for code in codes for one in scopes.included_in(code)}
    views = [SnippetView(one, _lacks(one, held)) for one in snippets.snippets_for(organization)]
    return sorted(views, key=lambda view: bool(view.lacks))


def _lacks(snippet: snippets.Snippet, held: set[str]) -> str:
    if not snippet.needs or scopes.FULL_ACCESS in held or snippet.needs & held:
        return ""
    return any_of(sorted(str(scopes.label_of(code)) for code in snippet.needs))
