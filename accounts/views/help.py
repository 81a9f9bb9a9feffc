"""Help with sign-in, for people who are not signed in: what Entra's numbers mean."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.help_entries import code_label, entries, entry_for, number_in


@require_safe
def sign_in_help(request: HttpRequest) -> HttpResponse:
    """Explain sign-in failures by number; of what was asked for, a number at most is repeated."""
    number = number_in(request.GET.get("code", ""))
    context = {
        "entries": entries(),
        "wanted": entry_for(number),
        "query": code_label(number) or (str(number) if number else ""),
    }
    return render(request, "accounts/sign_in_help.html", context)
