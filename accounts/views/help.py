"""Help with sign-in, for people who are not signed in: what Entra's numbers mean, and who can help."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.aadsts import Aadsts, Effect, Who, code_label, entries, entry_for, number_in
from accounts.entra import entra_client
from accounts.errors import AccountsError


@dataclass(frozen=True, slots=True)
class HelpGroup:
    """The entries about which the same people can do something."""

    slug: str
    title: str
    lead: str
    entries: list[Aadsts]

    @property
    def has_approval(self) -> bool:
        """Tell whether an administrator's approval solves some of them."""
        return any(entry.effect is Effect.ADMIN_APPROVAL for entry in self.entries)


@dataclass(frozen=True, slots=True)
class ApprovalLink:
    """Where administrators of one tenant let the portal in; `label` is empty where there is only one."""

    url: str
    label: str


_TEXTS = {
    Who.YOU: (
        "You can solve it yourself",
        "Another account, another proof, or simply signing in again.",
    ),
    Who.ADMINISTRATORS: (
        "Your organization's administrators can solve it",
        "Give them the number, and the correlation id and the time from the page that refused you.",
    ),
    Who.OPERATORS: (
        "The people who run this portal can solve it",
        "Nothing is wrong with you or your account. Give them the number.",
    ),
    Who.NOBODY: (
        "It passes by itself",
        "Nothing is wrong with your account. Wait a little.",
    ),
}
_GROUPS = [
    HelpGroup(who.value, title, lead, [entry for entry in entries() if entry.who is who])
    for who, (title, lead) in _TEXTS.items()
]


@require_safe
def sign_in_help(request: HttpRequest) -> HttpResponse:
    """Explain sign-in failures by number; of what was asked for, only a known number is repeated."""
    asked = request.GET.get("code", "").strip()
    wanted = entry_for(number_in(asked))
    context = {
        "groups": _GROUPS,
        "count": sum(len(group.entries) for group in _GROUPS),
        "wanted": wanted,
        "query": code_label(wanted.number) if wanted else "",
        "is_unknown": bool(asked) and wanted is None,
        "approval_links": _approval_links(),
        "wants_approval": wanted is not None and wanted.effect is Effect.ADMIN_APPROVAL,
    }
    return render(request, "accounts/sign_in_help.html", context)


def _approval_links() -> list[ApprovalLink]:
    """Return the links, of which the addresses are put together without asking Entra anything."""
    others: dict[UUID, str] = settings.ENTRA_ADDITIONAL_TENANTS
    own_label = "the portal's own organization" if others else ""
    labels: list[tuple[UUID | None, str]] = [(None, own_label), *others.items()]
    try:
        return [
            ApprovalLink(entra_client(tenant_id).admin_consent_url(), label) for tenant_id, label in labels
        ]
    except AccountsError:
        return []
