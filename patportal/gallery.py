"""A page that shows every component in every state; served in DEBUG only.

Its samples are made of the same values that the real pages show, so that a component cannot drift away from
what it is given. It reads nothing: neither the database nor Azure DevOps.
"""

from datetime import datetime, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patportal.gallery_ground import ground_samples
from patportal.gallery_list import list_samples
from patportal.lib.problems import Problem
from tokens.errors import ConditionalAccess, Throttled
from tokens.messages import MESSAGES
from tokens.presenters import (
    Notice,
    OrganizationState,
    Reference,
    ScopeGroup,
    ScopeOption,
    Trouble,
)

TONES = ["good", "info", "warn", "bad", "quiet"]
_REFERENCE = "0cfe0a9e-0000-4000-8000-000000000000"


class SampleForm(forms.Form):
    """Fields with and without a hint; bound to nothing it shows every error."""

    name = forms.CharField(help_text="What it is for and where it is used.", initial="ci read")
    organization = forms.ChoiceField(choices=[("fabrikam", "fabrikam"), ("tailwind", "tailwind")])
    expires = forms.ChoiceField(
        choices=[("7", "7 days"), ("30", "30 days"), ("custom", "On a date")], initial="30"
    )
    expires_date = forms.DateField(label="Date")
    places = forms.CharField(label="Places of use", help_text="One on each line.", widget=forms.Textarea)
    scopes = forms.MultipleChoiceField(choices=[("vso.code", "Code (read)")])


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Show the component gallery."""
    now = timezone.now()
    context = {
        **ground_samples(),
        **list_samples(now),
        "tones": TONES,
        "moments": [*(now + timedelta(seconds=seconds) for seconds in _DISTANCES), None],
        "problem": Problem(message=MESSAGES[Throttled.code], reference=_REFERENCE),
        "problem_with_sign_in": Problem(message=MESSAGES[ConditionalAccess.code], sign_in_url="#alerts"),
        "notices": _notices(now),
        "organizations": _organizations(now),
        "troubles": _troubles(now),
        "form": SampleForm(),
        "refused_form": SampleForm({"expires": "custom"}),
        "scope_groups": _SCOPE_GROUPS,
    }
    return render(request, "gallery.html", context)


_DISTANCES = [-400 * 86_400, -3 * 86_400, -120, 0, 5 * 3_600, 10 * 86_400, 300 * 86_400]

_SCOPE_GROUPS = [
    ScopeGroup(
        "Code",
        [
            ScopeOption(
                code="vso.code",
                label="Code (read)",
                sentence="Read source code, commits, branches and pull requests.",
                is_high_privilege=False,
                includes=[],
                nearest_label="",
                is_selected=False,
            ),
            ScopeOption(
                code="vso.code_manage",
                label="Code (manage)",
                sentence="Create, change and delete repositories.",
                is_high_privilege=True,
                includes=["vso.code"],
                nearest_label="Code (read)",
                is_selected=True,
            ),
        ],
    ),
    ScopeGroup(
        "Everything",
        [
            ScopeOption(
                code="app_token",
                label="Full access",
                sentence="Everything you can do yourself.",
                is_high_privilege=True,
                includes=[],
                nearest_label="",
                is_selected=False,
            )
        ],
    ),
]


def _notices(now: datetime) -> list[Notice]:
    texts = {
        "good": "“ci read” in fabrikam: the token was created.",
        "info": "“nightly export” in fabrikam: the portal is finding out whether it exists.",
        "warn": "“build agents” in tailwind: a token may be left over.",
        "bad": "“packages” in tailwind: Azure DevOps refused to create it.",
        "quiet": "“old” in tailwind: there was nothing to do.",
    }
    return [
        Notice(
            tone=tone,
            text=text,
            at=now - timedelta(minutes=2 + 50 * place),
            action_url=f"#notices-{tone}",
            action_label="Details",
            dismiss_url="" if tone == "info" else f"#notices-{tone}",
        )
        for place, (tone, text) in enumerate(texts.items())
    ]


def _organizations(now: datetime) -> list[OrganizationState]:
    conditions = [
        ("fabrikam", "good", "Up to date.", now - timedelta(minutes=2)),
        ("tailwind", "info", "Refreshing…", now - timedelta(hours=3)),
        ("contoso", "warn", "Azure DevOps could not be reached.", now - timedelta(days=2)),
        ("woodgrove", "quiet", "You have no access to this organization.", None),
    ]
    return [
        OrganizationState(
            name=name,
            url="#chips",
            is_current=name == "tailwind",
            tone=tone,
            sentence=sentence,
            updated_at=updated_at,
        )
        for name, tone, sentence, updated_at in conditions
    ]


def _troubles(now: datetime) -> list[Trouble]:
    return [
        Trouble(
            tone="warn",
            title="fabrikam and tailwind: Azure DevOps cannot be reached",
            sentence="No connection could be made, so nothing new was read.",
            loss="",
            unaffected="woodgrove can be read as ever.",
            again_at=now + timedelta(minutes=40),
            next_step="Use Refresh in a few minutes.",
            read_told="The oldest of what you see of them was last read {moment}",
            read_at=now - timedelta(hours=3),
            sign_in_url="",
            references=[Reference("fabrikam", _REFERENCE), Reference("tailwind", _REFERENCE)],
        ),
        Trouble(
            tone="warn",
            title="You no longer have access to contoso",
            sentence="Azure DevOps does not accept you there any more.",
            loss="The portal can no longer see or revoke your 35 active tokens there.",
            unaffected="",
            again_at=None,
            next_step="Ask its administrators to let you in again.",
            read_told="What you see of it was last read {moment}",
            read_at=now - timedelta(days=2),
            sign_in_url="",
            references=[Reference("", _REFERENCE)],
        ),
    ]
