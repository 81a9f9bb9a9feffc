"""Turn what happens to people and their grants into audit events, inside the transaction of the change.

A receiver that fails undoes the change: no sign-in without its record.
"""

from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from django.db.models.signals import post_migrate
from django.dispatch import receiver

from accounts import signals
from accounts.claims import Role
from accounts.models import User
from patportal.lib.actors import Actor, system_actor
from patportal.lib.networks import network_of
from tokens import audit, operations
from tokens.models import AuditEvent, EventType, Organization, Outcome

# The log cannot be emptied, so strangers may write only this much into it, per customer of a network.
REFUSALS_PER_MINUTE = 5

ROLE_PERMISSIONS = {
    Role.AUDITOR: ["view_auditevent", "view_auditverification", "view_auditcheckpoint"],
    Role.ADMIN: [
        "view_auditevent",
        "view_auditverification",
        "view_auditcheckpoint",
        "view_pat",
        "view_operation",
        "view_reminder",
        "view_remindersettings",
        "view_organization",
        "view_queuedjob",
        "view_user",
        "view_alarm",
    ],
}


@receiver(signals.signed_in)
def on_signed_in(user: User, actor: Actor, now: datetime, **kwargs: Any) -> None:  # noqa: ARG001
    """Record the sign-in, have the mirror brought up to date, and find who named them as backup owner."""
    audit.record(EventType.SIGNED_IN, actor=actor, owner=user)
    operations.take_over_backup(actor=actor, user=user, now=now)
    organizations = Organization.objects.configured(settings.AZURE_DEVOPS_ORGANIZATIONS)
    operations.request_sync(user=user, organizations=organizations, now=now)


@receiver(signals.sign_in_refused)
def on_sign_in_refused(
    actor: Actor | None,
    reason: str,
    aadsts: int,
    correlation_id: str,
    now: datetime,
    **kwargs: Any,  # noqa: ARG001
) -> None:
    """Record a refused sign-in: some of each minute and network one by one, the others by their number."""
    actor = actor or system_actor("sign-in")
    address = audit.clean(actor.origin.address, limit=45)
    network = network_of(address)
    # The index over time leaves the last minute's events to look at.
    recent = AuditEvent.objects.filter(type=EventType.SIGN_IN_REFUSED, at__gt=now - timedelta(minutes=1))
    if recent.filter(Q(address=network) | Q(personal_data__network=network)).count() >= REFUSALS_PER_MINUTE:
        operations.count_refused_sign_in(network=network, now=now)
        return
    audit.record(
        EventType.SIGN_IN_REFUSED,
        actor=actor,
        outcome=Outcome.REFUSED,
        activity_id=correlation_id,
        error_code=f"AADSTS{aadsts}" if aadsts else reason,
        data={"reason": reason} | ({} if network == address else {"network": network}),
    )


@receiver(signals.signed_out)
def on_signed_out(user: User, actor: Actor, now: datetime, **kwargs: Any) -> None:  # noqa: ARG001
    """Record the sign-out."""
    audit.record(EventType.SIGNED_OUT, actor=actor, owner=user)


@receiver(signals.sessions_ended)
def on_sessions_ended(user: User, actor: Actor, count: int, reason: str, **kwargs: Any) -> None:  # noqa: ARG001
    """Record that sessions were ended by somebody, or that they had run out, once for all of them."""
    audit.record(EventType.SESSION_ENDED, actor=actor, owner=user, data={"reason": reason, "sessions": count})


@receiver(signals.roles_changed)
def on_roles_changed(
    user: User,
    actor: Actor,
    gained: frozenset[Role],
    lost: frozenset[Role],
    **kwargs: Any,  # noqa: ARG001
) -> None:
    """Record what a person may do from now on, and no longer."""
    audit.record(
        EventType.ROLES_CHANGED,
        actor=actor,
        owner=user,
        data={"gained": sorted(gained), "lost": sorted(lost)},
    )


@receiver(signals.grant_used)
def on_grant_used(user: User, actor: Actor, **kwargs: Any) -> None:  # noqa: ARG001
    """Record that the portal acts for the person without them, and what for at first."""
    audit.record(EventType.GRANT_USED, actor=actor, owner=user, data={"reason": actor.label})


@receiver(signals.grant_lost)
def on_grant_lost(
    user: User,
    actor: Actor,
    code: str,
    aadsts: int,
    correlation_id: str,
    **kwargs: Any,  # noqa: ARG001
) -> None:
    """Record that the portal can no longer act for the person."""
    audit.record(
        EventType.GRANT_LOST,
        actor=actor,
        owner=user,
        outcome=Outcome.FAILED,
        activity_id=correlation_id,
        error_code=code,
        data={"aadsts": aadsts} if aadsts else None,
    )


@receiver(signals.grant_deleted)
def on_grant_deleted(
    user: User,
    actor: Actor,
    reason: str,
    now: datetime,
    **kwargs: Any,  # noqa: ARG001
) -> None:
    """Record that what let the portal act for the person is no longer stored; what goes with it ends too."""
    operations.end_calendar_feeds(actor=actor, owner=user, now=now)
    audit.record(EventType.GRANT_DELETED, actor=actor, owner=user, data={"reason": reason})


@receiver(post_migrate, sender=apps.get_app_config("tokens"))
def give_role_permissions(using: str, **kwargs: Any) -> None:  # noqa: ARG001
    """Give the groups of the roles exactly the permissions that the roles stand for."""
    for role, codenames in ROLE_PERMISSIONS.items():
        group, _ = Group.objects.using(using).get_or_create(name=role.group_name)
        group.permissions.set(
            Permission.objects.using(using).filter(
                codename__in=codenames, content_type__app_label__in=["tokens", "accounts"]
            )
        )
