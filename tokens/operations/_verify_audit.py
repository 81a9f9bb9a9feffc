"""Verify the audit log: read its chain and say what is missing, altered, erased or out of order."""

from collections.abc import Callable, Iterable

from django.db import transaction

from patportal.lib.actors import Actor
from tokens import audit
from tokens.audit_proof.chain import examine
from tokens.audit_proof.findings import Finding
from tokens.audit_proof.notes import Checkpoint
from tokens.models import AuditVerification, EventType, Outcome

# A log that was emptied has as many faults as it had events; the row tells the first ones.
MAX_KEPT = 100


def verify_audit(
    *,
    actor: Actor,
    since: Checkpoint | None,
    checkpoints: Iterable[Checkpoint],
    report: Callable[[Finding], None],
) -> AuditVerification:
    """Read the chain, report every fault as it is found, and record how it went.

    `since` is trusted: what lies before it is not read. `checkpoints` come from where they are kept
    elsewhere; without them nobody can tell whether the end was removed or everything written anew.
    """
    kept: list[str] = []

    def keep(finding: Finding) -> None:
        if len(kept) < MAX_KEPT:
            kept.append(finding.sentence)
        report(finding)

    found = examine(since=since, checkpoints=checkpoints, report=keep)
    with transaction.atomic():
        verification = AuditVerification.objects.create(
            from_position=found.from_position,
            to_position=found.to_position,
            links=found.links,
            erased=found.erased,
            faults=found.faults,
            findings=kept,
            checkpoints=found.checkpoints,
            by=audit.clean(actor.label, limit=320),
        )
        audit.record(
            EventType.AUDIT_VERIFIED,
            actor=actor,
            outcome=Outcome.FAILED if found.faults else Outcome.SUCCESS,
            data={
                "from_position": found.from_position,
                "to_position": found.to_position,
                "events": found.links,
                "faults": found.faults,
                "erased": found.erased,
                "checkpoints": found.checkpoints,
            },
        )
    return verification
