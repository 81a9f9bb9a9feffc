"""Everything that is known about one audit event, for its own page in the administration."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patportal.lib.actors import ActorKind
from patportal.lib.texts import Text
from tokens.models import AuditEvent, AuditLink
from tokens.presenters._audit_sentences import (
    Sentence,
    event_icon,
    outcome_badge,
    pat_name_of,
    sentence,
    who_acted,
    who_is_concerned,
)
from tokens.presenters._differences import Difference
from tokens.presenters._events import Detail, changed_keys, event_changes, event_details
from tokens.presenters._pats import Badge

ACTOR_KINDS = {
    ActorKind.PERSON.value: _("a person"),
    ActorKind.SYSTEM.value: _("the portal itself"),
    ActorKind.OPERATOR.value: _("an operator on the server"),
}
# What events are about, by the first word of their type.
SUBJECTS = {
    "auth": _("Signing in"),
    "pat": _("PATs"),
    "pats": _("PATs"),
    "bulk": _("Many at once"),
    "backup": _("Backup owners"),
    "mail": _("Mails"),
    "reminder": _("Reminders"),
    "reminders": _("Reminders"),
    "calendar": _("Calendar feeds"),
    "settings": _("Settings"),
    "data": _("Own data"),
    "jobs": _("Jobs"),
    "upkeep": _("Upkeep"),
    "audit": _("Audit log"),
    "command": _("Commands"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One line about an event; `url` leads to all events with the same value, "" where there is none."""

    label: Text
    value: Text
    url: str = ""


@dataclass(frozen=True, slots=True)
class EventLine:
    """Another event in a list."""

    at: datetime
    icon: str
    sentence: Sentence
    outcome: Badge
    url: str


@dataclass(frozen=True, slots=True)
class AuditDetail:
    """What the page of one event shows.

    `faults` say in which way the event, or its link, is not what was recorded; empty where it is.
    `position` and `hash` are those of its link in the chain, None and "" where it has none. `erased_by_url`
    leads to the event that tells of the erasure of its personal fields.
    """

    at: datetime
    icon: str
    sentence: Sentence
    outcome: Badge
    people: list[Fact]
    subject: list[Fact]
    changes: list[Difference]
    details: list[Detail]
    position: int | None
    hash: str
    faults: list[str]
    erased_by: int | None
    erased_by_url: str
    same_operation: list[EventLine]
    same_request: list[EventLine]


def audit_detail(
    event: AuditEvent,
    *,
    link: AuditLink | None,
    faults: list[str],
    same_operation: list[AuditEvent],
    same_request: list[AuditEvent],
) -> AuditDetail:
    """Return what the page of `event` shows; the lists are the other events, the newest first."""
    listed = {one.pk for one in same_operation}
    return AuditDetail(
        at=event.at,
        icon=event_icon(event),
        sentence=sentence(event),
        outcome=outcome_badge(event),
        people=_people(event),
        subject=_subject(event),
        changes=event_changes(event),
        details=event_details(event, but=changed_keys(event)),
        position=link.position if link else None,
        hash=bytes(link.hash).hex() if link else "",
        faults=faults,
        erased_by=event.erased_by,
        erased_by_url=_event_url(event.erased_by) if event.erased_by else "",
        same_operation=[_event_line(one) for one in same_operation],
        same_request=[_event_line(one) for one in same_request if one.pk not in listed],
    )


def _event_line(event: AuditEvent) -> EventLine:
    return EventLine(
        at=event.at,
        icon=event_icon(event),
        sentence=sentence(event),
        outcome=outcome_badge(event),
        url=_event_url(event.pk),
    )


def _people(event: AuditEvent) -> list[Fact]:
    return _known(
        Fact(gettext("Who"), who_acted(event)),
        Fact(gettext("Kind of actor"), ACTOR_KINDS.get(event.actor_kind, event.actor_kind)),
        Fact(gettext("Their tenant id"), _id(event.actor_tenant_id)),
        Fact(gettext("Their object id"), _id(event.actor_object_id)),
        Fact(gettext("Person concerned"), who_is_concerned(event)),
        Fact(gettext("That person's tenant id"), _id(event.owner_tenant_id)),
        Fact(gettext("That person's object id"), _id(event.owner_object_id)),
        Fact(gettext("Network address"), event.address),
        Fact(gettext("Browser"), event.user_agent),
    )


def _subject(event: AuditEvent) -> list[Fact]:
    authorization_id, operation_id = _id(event.authorization_id), _id(event.operation_id)
    return _known(
        Fact(gettext("Kind"), SUBJECTS.get(event.type.partition(".")[0], "")),
        Fact(gettext("Type"), f"{event.get_type_display()} ({event.type})"),
        Fact("PAT", pat_name_of(event)),
        Fact(gettext("Authorization id"), authorization_id, _search_url(authorization_id)),
        Fact(gettext("Organization"), event.organization),
        Fact(gettext("Operation id"), operation_id, _search_url(operation_id)),
        Fact(gettext("Request id"), event.request_id, _search_url(event.request_id)),
        Fact(gettext("Microsoft's activity id"), event.activity_id, _search_url(event.activity_id)),
        Fact(gettext("Error code"), event.error_code),
    )


def _known(*facts: Fact) -> list[Fact]:
    return [fact for fact in facts if fact.value]


def _id(value: UUID | None) -> str:
    return str(value) if value else ""


def _event_url(event_id: int) -> str:
    return reverse("admin:tokens_auditevent_change", args=[event_id])


def _search_url(words: str) -> str:
    return f"{reverse('admin:tokens_auditevent_changelist')}?{urlencode({'q': words})}"
