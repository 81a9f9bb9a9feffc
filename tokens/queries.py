"""What the pages read beside the list: organizations, operations, notices. One person's own; reads only."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Lower, Now
from django.utils import timezone

from accounts.errors import SignInReason
from accounts.grant_life import spent_reason, usable
from accounts.models import Grant, User
from tokens.bulk_queries import unfinished_bulks
from tokens.models import (
    CHANGE_VERBS,
    NOT_CONFIRMED,
    Operation,
    Organization,
    OrganizationAccess,
    Pat,
)
from tokens.models.pat import RECEIPT_PATIENCE


def organization_access(user: User) -> list[OrganizationAccess]:
    """Return how the person's mirror of each configured organization stands, in the operator's order.

    Each row also says whether the person `has_notices` and `has_bulks`, which spares a page without any a
    query, and how their grant stands, for `lost_code`.
    """
    names = [name.lower() for name in settings.AZURE_DEVOPS_ORGANIZATIONS]
    rows = (
        OrganizationAccess.objects.filter(user=user)
        .annotate(
            key=Lower("organization__name"),
            has_notices=Exists(_notices(user)),
            has_bulks=Exists(unfinished_bulks(user)),
            grant_state=F("user__grant__state"),
            grant_is_renewable=F("user__grant__is_renewable"),
            grant_is_usable=ExpressionWrapper(
                usable(now=timezone.now(), prefix="user__grant__"), output_field=BooleanField()
            ),
            grant_lost_code=F("user__grant__lost_code"),
        )
        .filter(key__in=names)
        .select_related("organization")
    )
    return sorted(rows, key=lambda row: names.index(row.organization.name.lower()))


def lost_code(access: Iterable[OrganizationAccess]) -> str:
    """Return why the portal cannot act for the person of these rows, "" where nothing is known against it.

    The rows are those of `organization_access`.
    """
    for row in access:
        state = getattr(row, "grant_state", None)
        if state is None:
            return SignInReason.GRANT_MISSING.value
        if state != Grant.State.ACTIVE:
            return getattr(row, "grant_lost_code", "") or SignInReason.SIGN_IN_NEEDED.value
        if not getattr(row, "grant_is_usable", True):
            return spent_reason(is_renewable=bool(getattr(row, "grant_is_renewable", True))).value
    return ""


def active_counts(user: User, organizations: Iterable[Organization], *, now: datetime) -> dict[int, int]:
    """Return how many of the person's PATs still work as far as is known, by organization id."""
    pats = Pat.objects.filter(user=user, organization__in=organizations).with_status("active", now=now)
    counts = pats.order_by().values("organization_id").annotate(count=Count("pk"))
    return dict(counts.values_list("organization_id", "count"))


def is_complete(access: list[OrganizationAccess]) -> bool:
    """Tell whether every configured organization is among `access`."""
    return len(access) == len(settings.AZURE_DEVOPS_ORGANIZATIONS)


def configured_organizations() -> list[Organization]:
    """Return the configured organizations in the operator's order."""
    return Organization.objects.configured(settings.AZURE_DEVOPS_ORGANIZATIONS)


def operation_of_key(user: User, key: str) -> Operation | None:
    """Return what became of the person's form with this key, None where it was not begun."""
    return Operation.objects.filter(user=user, key=key).first()


def overlap_of(successor: Pat) -> timedelta | None:
    """Return how long the PAT that `successor` takes over from works on once the secret is stored.

    None means that the portal does not end it.
    """
    if successor.replaces_id is None or successor.received_at is not None:
        return None
    made = Operation.objects.filter(pat=successor, verb=Operation.Verb.ROTATE, state=Operation.State.DONE)
    seconds = made.filter(replaces=successor.replaces_id).values_list("overlap_seconds", flat=True).first()
    return None if seconds is None else timedelta(seconds=seconds)


def open_operations(pat: Pat) -> list[Operation]:
    """Return what is on its way with the PAT or with its rotation, the newest first."""
    is_about_it = Q(pat=pat) | Q(replaces=pat)
    rows = Operation.objects.filter(is_about_it, user=pat.user_id, finished_at__isnull=True)
    return list(rows.select_related("organization", "pat").order_by("-requested_at"))


def notices(user: User) -> list[Operation]:
    """Return the person's operations whose end they should hear of and have not put away."""
    return list(_notices(user).select_related("organization", "pat").order_by("-requested_at")[:10])


def _notices(user: User) -> QuerySet[Operation]:
    """Return what a banner tells of; of an earlier expiry the PAT itself says which end applies."""
    State, Verb = Operation.State, Operation.Verb  # noqa: N806 - they are classes
    lost = Q(state=State.REQUESTED, answer_lost_at__isnull=False)
    settled = Q(state__in=[State.NOTHING_MADE, State.ORPHANED, State.AMBIGUOUS])
    found_out = Q(verb__in=CHANGE_VERBS, answer_lost_at__isnull=False, finished_at__isnull=False)
    unconfirmed = Q(verb=Verb.REVOKE, state=State.FAILED, error_code=NOT_CONFIRMED)
    unfinished = Q(
        verb=Verb.ROTATE,
        state=State.DONE,
        pat__issued_at__lt=Now() - Value(RECEIPT_PATIENCE),
        pat__received_at__isnull=True,
        pat__revoked_at__isnull=True,
        pat__vanished_at__isnull=True,
        pat__valid_to__gt=Now(),
    )
    told = lost | settled | found_out | unconfirmed | unfinished
    return Operation.objects.filter(told, user=user, dismissed_at__isnull=True).exclude(verb=Verb.END)
