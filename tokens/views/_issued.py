"""The answer that shows a secret: a page, or the fragment of one among many. Nothing else reveals one."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accounts.requests import PersonRequest
from patportal.lib.problems import Problem
from tokens.operations import IssuedPat
from tokens.presenters import SnippetView, aftermath, pat_row, snippet_views
from tokens.snippets import is_plain

_TEMPLATE = "tokens/pat_issued.html"


@sensitive_variables()
def show_issued(
    request: PersonRequest, issued: IssuedPat, *, overlap: timedelta | None = None, is_row: bool = False
) -> HttpResponse:
    """Return the one answer that holds the secret of `issued`.

    `overlap` is how long the PAT that it takes over from goes on to work, once the secret is stored.
    """
    now = timezone.now()
    row, old, secret = pat_row(issued.pat, now=now), issued.pat.replaces, issued.secret.reveal()
    context = {
        "row": row,
        "is_row": is_row,
        "secret": secret,
        "secret_base64": b64encode(secret.encode()).decode(),
        "snippets": _snippets(issued, secret),
        "received_url": reverse("pat_received", args=[issued.pat.id]),
        "revoke_url": row.revoke_url,
        "asked_valid_to": issued.asked_valid_to if issued.was_shortened else None,
        "aftermath": aftermath(old, overlap=overlap, now=now) if old else None,
    }
    return render(request, f"{_TEMPLATE}#row" if is_row else _TEMPLATE, context)


@sensitive_variables()
def _snippets(issued: IssuedPat, secret: str) -> list[SnippetView]:
    """Return what to paste into tools; nothing where the secret would need quoting, as none is known to."""
    return snippet_views(issued.pat.organization.name, issued.pat.scopes) if is_plain(secret) else []


def show_stored(request: PersonRequest, *, sentence: str) -> HttpResponse:
    """Return the fragment that takes the place of a secret once it is stored."""
    return render(request, f"{_TEMPLATE}#stored", {"sentence": sentence})


def show_row_problem(
    request: PersonRequest, problem: Problem, *, ways_on: Mapping[str, str], is_unknown: bool = False
) -> HttpResponse:
    """Return the fragment in place of a secret that there is not; `ways_on` are links by their label.

    `is_unknown` tells the page that a new PAT may exist all the same.
    """
    context = {"problem": problem, "ways_on": ways_on.items(), "is_unknown": is_unknown}
    return render(request, f"{_TEMPLATE}#problem", context, status=problem.status)
