"""The only writer of the audit log. It never fails on content: what Postgres cannot hold is escaped."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypedDict, Unpack
from uuid import UUID

from patportal.lib.actors import Actor
from patportal.lib.redaction import redact
from tokens.models import AuditEvent, EventType, Outcome, Pat

MAX_TEXT = 4_096
MAX_ITEMS = 200
# What is recorded beside the columns and tells nothing of anybody. Everything else may have been typed by
# people and goes where it can be erased.
LASTING_KEYS = frozenset(
    {
        "aadsts",
        "active",
        "asked_valid_to",
        "attempts",
        "authorization_id",
        "before",
        "bulk_changes",
        "bulk_id",
        "checkpoints",
        "command",
        "detail",
        "ended_calendars",
        "ends_at",
        "erased",
        "events",
        "expired",
        "expires",
        "faults",
        "format",
        "found",
        "from_position",
        "full_valid_to",
        "gained",
        "instance_id",
        "is_complete",
        "is_everything",
        "is_global",
        "is_left_over",
        "is_moved",
        "jobs",
        "kind",
        "lost",
        "mail_id",
        "mails",
        "migrations",
        "minute",
        "operations",
        "overlap_seconds",
        "pats",
        "people",
        "reason",
        "refusals",
        "reminders",
        "repeats",
        "replaces",
        "resolution",
        "returned",
        "review_date",
        "revoked",
        "scopes",
        "sessions",
        "state",
        "step_days",
        "steps",
        "successor",
        "tasks",
        "to_position",
        "valid_from",
        "valid_to",
        "verb",
    }
)


class Person(Protocol):
    """Whoever has an identity in Entra; the accounts app's User fits."""

    tenant_id: UUID
    object_id: UUID


class Facts(TypedDict, total=False):
    """What an event may say beside its type and actor; `build` explains."""

    outcome: Outcome
    owner: Person | None
    pat: Pat | None
    organization: str
    pat_name: str
    authorization_id: UUID | None
    operation_id: UUID | None
    activity_id: str
    error_code: str
    data: Mapping[str, Any] | None


def clean(text: str, *, limit: int = MAX_TEXT) -> str:
    r"""Return `text` as it may be stored for good: secrets masked, NUL and lone surrogates escaped, cut.

    "a\0b" becomes "a\\x00b"; nothing is dropped silently, a cut ends in an ellipsis.
    """
    safe = redact(text).replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"


def _clean_value(value: Any, depth: int = 0) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        # Python refuses to write out integers of thousands of digits.
        return value if value.bit_length() < 64 else hex(value)[:MAX_TEXT]
    if depth < 4 and isinstance(value, Mapping):
        items = list(value.items())[:MAX_ITEMS]
        return {clean(str(key), limit=100): _clean_value(item, depth + 1) for key, item in items}
    if depth < 4 and isinstance(value, list | tuple):
        return [_clean_value(item, depth + 1) for item in value[:MAX_ITEMS]]
    return clean(str(value))


def build(
    event_type: EventType,
    *,
    actor: Actor,
    outcome: Outcome = Outcome.SUCCESS,
    owner: Person | None = None,
    pat: Pat | None = None,
    organization: str = "",
    pat_name: str = "",
    authorization_id: UUID | None = None,
    operation_id: UUID | None = None,
    activity_id: str = "",
    error_code: str = "",
    data: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Return an event that is not written yet; with `pat`, what it says is copied from there.

    `owner` is the person concerned, `data` differences and details as plain values (never a secret).
    """
    recorded = {str(key): value for key, value in (data or {}).items()}
    lasting = {key: value for key, value in recorded.items() if key in LASTING_KEYS}
    return AuditEvent(
        type=event_type,
        outcome=outcome,
        actor_kind=actor.kind,
        actor_tenant_id=actor.tenant_id,
        actor_object_id=actor.object_id,
        actor_label=clean(actor.label, limit=320),
        owner_tenant_id=owner.tenant_id if owner else None,
        owner_object_id=owner.object_id if owner else None,
        owner_label=clean(str(owner), limit=320) if owner else "",
        authorization_id=pat.authorization_id if pat else authorization_id,
        organization=clean(pat.organization.name if pat else organization, limit=50),
        pat_name=clean(pat.name if pat else pat_name),
        operation_id=operation_id,
        request_id=clean(actor.origin.request_id, limit=64),
        activity_id=clean(activity_id, limit=64),
        error_code=clean(error_code, limit=64),
        address=clean(actor.origin.address, limit=45),
        user_agent=clean(actor.origin.user_agent, limit=256),
        data=_clean_value(lasting),
        personal_data=_clean_value({key: recorded[key] for key in recorded.keys() - lasting.keys()}),
    )


def record(event_type: EventType, *, actor: Actor, **facts: Unpack[Facts]) -> AuditEvent:
    """Write one event, with the facts that `build` takes, in the transaction that is open."""
    event = build(event_type, actor=actor, **facts)
    event.save(force_insert=True)
    return event


def record_all(events: Iterable[AuditEvent]) -> None:
    """Write many events that `build` returned, in their order, in the transaction that is open."""
    AuditEvent.objects.bulk_create(events, batch_size=500)
