"""What is stored about one person: counted for a page, collected for a file of their own. Reads only.

Nothing here opens a grant, and of others no more is told than the person may see anyway.
"""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Grant, SignIn, User
from tokens.models import (
    AuditEvent,
    BulkChange,
    CalendarFeed,
    EndedCalendar,
    Operation,
    OrganizationAccess,
    OutgoingMail,
    Pat,
    Place,
    Reminder,
    ReminderSettings,
)

MOST_EVENTS = 10_000

_USER = "tenant_id object_id display_name user_principal_name email is_guest created_at signed_in_at"
_PAT = (
    "id authorization_id organization__name name scopes is_global valid_from valid_to first_seen_at "
    "issued_at received_at changed_at revoked_at vanished_at ends_at purpose review_date "
    "reminders_muted_until"
)
_OPERATION = "id verb state name organization__name requested_at finished_at error_code activity_id"
_EVENT = "at type outcome actor_label organization pat_name error_code data personal_data"


def holdings_of(user: User) -> dict[str, int]:
    """Return how many rows of each kind are stored about the person."""
    pats = Pat.objects.filter(user=user)
    return {
        "sessions": SignIn.objects.filter(user=user).count(),
        "pats": pats.count(),
        "notes": pats.exclude(purpose="").count() + Place.objects.filter(pat__user=user).count(),
        "operations": Operation.objects.filter(user=user).count()
        + BulkChange.objects.filter(user=user).count(),
        "events": _events_about(user).count(),
        "reminders": Reminder.objects.filter(pat__user=user).count(),
        "mails": OutgoingMail.objects.filter(user=user).count(),
        "calendars": CalendarFeed.objects.filter(user=user).count(),
        "settings": ReminderSettings.objects.filter(user=user).count(),
        "backed": Pat.objects.filter(backup_contact__user=user).count(),
    }


def grant_of(user: User) -> Grant | None:
    """Return the row of the person's grant; what is sealed in it stays sealed."""
    return Grant.objects.filter(user=user).only("user", "state", "interactive_at").first()


def own_data(user: User, *, now: datetime) -> dict[str, Any]:
    """Return everything that is stored about the person as plain values, for a file of their own."""
    grant = Grant.objects.filter(user=user).values("state", "interactive_at", "refreshed_at").first()
    sign_ins = SignIn.objects.filter(user=user).order_by("started_at")
    wishes = ReminderSettings.objects.filter(user=user)
    return {
        "made_at": now,
        "person": User.objects.filter(pk=user.pk).values(*_USER.split()).get(),
        "delegated_access": grant,
        "sessions": _values(sign_ins, "address user_agent started_at last_seen_at ended_at ended_reason"),
        "organizations": _values(
            OrganizationAccess.objects.filter(user=user).order_by("organization__name"),
            "organization__name state read_at",
        ),
        "tokens": _pats(user),
        "operations": _values(Operation.objects.filter(user=user).order_by("requested_at"), _OPERATION),
        "changes_of_many": _values(
            BulkChange.objects.filter(user=user).order_by("requested_at"), "id verb requested_at stopped_at"
        ),
        "settings": wishes.values("steps", "time_zone", "muted_until", "unsubscribed_until").first(),
        "reminders": _values(
            Reminder.objects.filter(pat__user=user).order_by("made_at"),
            "pat valid_to step_days made_at state",
        ),
        "mails": _values(
            OutgoingMail.objects.filter(user=user).order_by("due_at"), "kind due_at sent_at given_up_at"
        ),
        "calendar_addresses": _values(
            CalendarFeed.objects.filter(user=user).order_by("created_at"), "detail created_at last_used_at"
        ),
        "ended_calendar_addresses": _values(
            EndedCalendar.objects.filter(user=user).order_by("ended_at"), "ended_at"
        ),
        "backup_owner_of": Pat.objects.filter(backup_contact__user=user).count(),
        "events": _events(user),
    }


def _values(rows: "QuerySet[Any]", columns: str) -> list[dict[str, Any]]:
    return list(rows.values(*columns.split()))


def _pats(user: User) -> list[dict[str, Any]]:
    pats = _values(Pat.objects.filter(user=user).order_by("valid_from", "pk"), _PAT)
    places: dict[Any, list[str]] = {}
    for pat_id, text in Place.objects.filter(pat__user=user).order_by("position").values_list("pat", "text"):
        places.setdefault(pat_id, []).append(text)
    return [{**pat, "places": places.get(pat["id"], [])} for pat in pats]


def _events_about(user: User) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(owner_object_id=user.object_id, owner_tenant_id=user.tenant_id)


def _events(user: User) -> list[dict[str, Any]]:
    """Return the newest events about the person; from where others acted is not theirs to know."""
    is_own = Q(actor_object_id=user.object_id, actor_tenant_id=user.tenant_id)
    newest = _events_about(user).order_by("-at", "-id")
    own = set(newest.filter(is_own).values_list("pk", flat=True)[:MOST_EVENTS])
    found = []
    for row in newest.values("id", "address", "user_agent", *_EVENT.split())[:MOST_EVENTS]:
        place = {"address": row.pop("address"), "user_agent": row.pop("user_agent")}
        found.append(row | (place if row.pop("id") in own else {}))
    return found
