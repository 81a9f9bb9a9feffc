"""Make sure which organization stands behind a name: names are given up and taken by others.

Azure DevOps tells organizations apart by an id, which a renamed one keeps and one that was deleted and made
again does not have.
"""

from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from patportal.lib.actors import Actor
from tokens import audit
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.models import EventType, Operation, Organization, Outcome, Pat

REPLACED = "organization_replaced"

log = structlog.get_logger(__name__)


def recognise_organization(
    organization: Organization, *, client: AzureDevOpsClient, actor: Actor, now: datetime
) -> None:
    """Ask for the id behind the name, remember it, and have the mirror follow.

    What stands under an older name of the same organization moves here. Where the name was taken by another
    organization, everybody's PATs of the one before are marked as gone. Raises AzureDevOpsError, and what
    the source of access tokens and the lane raise.
    """
    before, instance_id = organization.instance_id, client.get_connection(organization.name).instance_id
    if instance_id == before:
        return
    organization.instance_id = instance_id
    with transaction.atomic(durable=True):
        if not Organization.objects.filter(pk=organization.pk, instance_id=before).update(
            instance_id=instance_id
        ):
            return  # somebody else's sync was here first
        formers = _former_names(organization, instance_id)
        _lock_all_of([organization, *formers])
        for former in formers:
            _move(former, organization)
        if before is not None:
            _mark_replaced(organization, actor=actor, now=now)


def _former_names(organization: Organization, instance_id: UUID) -> list[Organization]:
    """Return the rows of the same organization under names that are configured no longer."""
    configured = {name.lower() for name in settings.AZURE_DEVOPS_ORGANIZATIONS}
    same = Organization.objects.filter(instance_id=instance_id).exclude(pk=organization.pk)
    locked = same.select_for_update(no_key=True).order_by("pk")
    return [row for row in locked if row.name.lower() not in configured]


def _move(former: Organization, organization: Organization) -> None:
    """Give `organization` the PATs and operations of everybody that stand under its former name."""
    log.info("an organization was renamed", former=former.name, organization=organization.name)
    Pat.objects.filter(organization=former).update(organization=organization)
    Operation.objects.filter(organization=former).update(organization=organization)
    Organization.objects.filter(pk=former.pk).update(instance_id=None)


def _mark_replaced(organization: Organization, *, actor: Actor, now: datetime) -> None:
    """Mark the working PATs of an organization that is no more; global ones still work elsewhere."""
    log.warning("an organization's name stands for another one now", organization=organization.name)
    working = Pat.objects.active(now=now).filter(organization=organization, is_global=False)
    gone = list(working.select_related("user", "organization").order_by("pk"))
    Pat.objects.filter(pk__in=[pat.pk for pat in gone]).update(vanished_at=now, written_at=now)
    audit.record_all(
        [
            audit.build(
                EventType.PAT_VANISHED,
                actor=actor,
                outcome=Outcome.UNKNOWN,
                owner=pat.user,
                pat=pat,
                data={"reason": REPLACED},
            )
            for pat in gone
        ]
    )


def _lock_all_of(organizations: list[Organization]) -> None:
    """Have nobody else change the rows that may move or end now; see `_sync` for the order of locks."""
    kinds: tuple[QuerySet[Operation] | QuerySet[Pat], ...] = (Operation.objects.all(), Pat.objects.all())
    for rows in kinds:
        theirs = rows.filter(organization__in=organizations).order_by("pk")
        list(theirs.select_for_update(no_key=True).values_list("pk", flat=True))
