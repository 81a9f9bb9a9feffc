"""How the proof of the audit log stands, in three lines: the last look, the newest checkpoint, the rest."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.urls import reverse

from tokens.models import AuditCheckpoint, AuditEvent, AuditVerification
from tokens.presenters._pats import Badge

# Checkpoints are signed every five minutes; longer than this, signing has stopped or never began.
COVERED_WITHIN = timedelta(minutes=15)
FINDINGS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ProofLine:
    """One line: what it is about, how it stands, words about it and the moment they speak of, if any."""

    title: str
    state: Badge
    text: str
    at: datetime | None = None
    findings: list[str] = field(default_factory=list)
    url: str = ""


@dataclass(frozen=True, slots=True)
class Uncovered:
    """The events after the newest checkpoint: how many there are, and the time of the oldest."""

    events: int
    oldest_at: datetime | None


def proof_lines(
    verification: AuditVerification | None,
    checkpoint: AuditCheckpoint | None,
    uncovered: Uncovered,
    *,
    now: datetime,
    of_everything: AuditVerification | None = None,
    doubt: str = "",
    refusal: AuditEvent | None = None,
) -> list[ProofLine]:
    """Return the three lines, and others where they have something to say.

    `of_everything` is the last verification that began at the first position, where the last one did not;
    `doubt` says why the newest checkpoint is not to be trusted, `refusal` tells that no other was signed.
    """
    verified = [_verified(verification)]
    if verification is not None and not verification.is_of_everything:
        verified.append(_verified(of_everything, title="Last verification of everything"))
    refused = [_refused(refusal)] if refusal else []
    return [*verified, _signed(checkpoint, doubt), *refused, _open(uncovered, now=now)]


def _verified(verification: AuditVerification | None, *, title: str = "Last verification") -> ProofLine:
    if verification is None:
        text = "Nobody has verified the whole log yet. On the server, run: python manage.py verify_audit"
        return ProofLine(title, Badge("never", "Never", "exclamation-triangle", "warn"), text)
    one = verification
    faults = "1 fault" if one.faults == 1 else f"{one.faults:,} faults"
    whole = "Whole" if one.is_of_everything else "This part is whole"
    state = (
        Badge("whole", whole, "check-circle", "good")
        if one.is_whole
        else Badge("faults", faults, "x-circle", "bad")
    )
    compared = "1 checkpoint" if one.checkpoints == 1 else f"{one.checkpoints:,} checkpoints"
    text = (
        f"By {one.by or 'somebody'}: {one.links:,} links read, positions {one.from_position:,} to "
        f"{one.to_position:,}; {one.erased:,} erased events; {compared} compared."
    )
    return ProofLine(
        title,
        state,
        text,
        at=one.finished_at,
        findings=one.findings[:FINDINGS_SHOWN],
        url=reverse("admin:tokens_auditverification_change", args=[one.pk]),
    )


def _refused(event: AuditEvent) -> ProofLine:
    return ProofLine(
        "Signing",
        Badge("refused", "Refused", "x-circle", "bad"),
        "No further checkpoint is signed: the log does not extend the newest one, or is not whole.",
        at=event.at,
        findings=[str(finding)] if (finding := event.recorded.get("finding")) else [],
        url=reverse("admin:tokens_auditevent_change", args=[event.pk]),
    )


def _signed(checkpoint: AuditCheckpoint | None, doubt: str) -> ProofLine:
    if checkpoint is None:
        text = (
            "Until a checkpoint is signed and kept elsewhere, nothing proves that the log is whole. "
            "On the server, run: python manage.py sign_audit"
        )
        return ProofLine("Newest checkpoint", Badge("none", "None", "exclamation-triangle", "warn"), text)
    url = reverse("admin:tokens_auditcheckpoint_change", args=[checkpoint.pk])
    if doubt:
        state = Badge("doubtful", "Not to be trusted", "x-circle", "bad")
        return ProofLine("Newest checkpoint", state, doubt, at=checkpoint.signed_at, url=url)
    mailed = "mailed to auditors" if checkpoint.mailed_at else "not mailed"
    return ProofLine(
        "Newest checkpoint",
        Badge("signed", "Signed", "check-circle", "good"),
        f"At position {checkpoint.position:,}, {mailed}.",
        at=checkpoint.signed_at,
        url=url,
    )


def _open(uncovered: Uncovered, *, now: datetime) -> ProofLine:
    title = "Not yet covered"
    if uncovered.events <= 0:
        return ProofLine(
            title, Badge("covered", "Nothing", "check-circle", "good"), "The checkpoint covers every event."
        )
    label = "1 event" if uncovered.events == 1 else f"{uncovered.events:,} events"
    is_late = uncovered.oldest_at is not None and now - uncovered.oldest_at > COVERED_WITHIN
    icon, tone = ("exclamation-triangle", "warn") if is_late else ("clock", "info")
    text = "A change to these would not be proved by a checkpoint. The oldest is of this moment:"
    if is_late:
        text = f"No checkpoint was signed for over 15 minutes. {text}"
    return ProofLine(title, Badge("open", label, icon, tone), text, at=uncovered.oldest_at)
