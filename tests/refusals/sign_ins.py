"""Signing in and renewing access while Entra refuses, and what can be told of it afterwards."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from accounts.messages import MESSAGES as ACCOUNTS_MESSAGES
from accounts.models import Alarm
from patportal.lib.problems import Message
from tests.people import Person, World
from tests.refusals.table import NOTHING
from tests.tokens.views.page import read
from tokens.messages import MESSAGES as TOKENS_MESSAGES
from tokens.models import AuditEvent

# What has the portal ask Entra for every call, so that a refresh can be refused.
TOO_SHORT_SECONDS = 30

_turns = count(1)


def start(browser: Client) -> Any:
    """Press the button of the sign-in page."""
    return browser.post("/sign-in/start", {"next": "/"})


def way_back(world: World, browser: Client) -> str:
    """Sign in at Entra as Alice; return the path of the way back, with its code."""
    back = urlsplit(world.tenant.sign_in(start(browser)["Location"], "alice"))
    return f"{back.path}?{back.query}"


def forget_discovery(settings: Any) -> None:
    """Set the portal up in other words that mean the same, for which it has read nothing of Entra's yet."""
    bundle = Path(settings.ENTRA_CA_BUNDLE)
    settings.ENTRA_CA_BUNDLE = f"{bundle.parent}{'/.' * next(_turns)}/{bundle.name}"


def token_requests(world: World) -> int:
    """Return how often Entra was asked for tokens."""
    return len(world.tenant.requests("token_endpoint"))


def recorded() -> list[str]:
    """Return type and error code of every event."""
    return [f"{event.type} {event.error_code}".strip() for event in AuditEvent.objects.order_by("id")]


def alarms() -> list[str]:
    """Return the codes of the alarms that last."""
    return [alarm.code for alarm in Alarm.objects.filter(ended_at=None)]


def listed(cell: str) -> list[str]:
    """Return what a cell expects to be recorded."""
    return [] if cell == NOTHING else cell.split("; ")


def see_refusal(world: World, alice: Person, code: str, *, is_lost: bool) -> Any:
    """Ask for a PAT while access cannot be renewed; return the page that says why, having checked it.

    Nothing is sent to Azure DevOps; whoever has to sign in is sent there, and Entra is not asked again.
    """
    asked = token_requests(world)
    answer = alice.browser.post("/tokens/new", world.form())
    if is_lost:
        assert answer.status_code == 302
        assert token_requests(world) == asked
        answer = alice.browser.get(answer["Location"])
        message: Message = ACCOUNTS_MESSAGES[code]
    else:
        message = TOKENS_MESSAGES[{"entra_unreachable": "entra_unavailable"}.get(code, code)]
        assert answer.status_code == message.status
    text = read(answer).text
    assert str(message.title) in text
    assert str(message.next_step) in text
    assert world.tenant.requests("pats") == []
    return answer
