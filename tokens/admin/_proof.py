"""How the proof of the audit log stands, and what it was looked at with: verifications and checkpoints."""

from datetime import datetime

from django.contrib import admin
from django.db.models import Max
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.read_only_admin import ReadOnlyAdmin
from tokens.models import AuditCheckpoint, AuditEvent, AuditLink, AuditVerification
from tokens.presenters import ProofLine, Uncovered, proof_lines


def proof(*, now: datetime) -> list[ProofLine]:
    """Return how the proof stands: five small queries, each answered by an index."""
    verification = AuditVerification.objects.order_by("-finished_at").first()
    checkpoint = AuditCheckpoint.objects.order_by("-position").first()
    return proof_lines(verification, checkpoint, _uncovered(checkpoint), now=now)


def _uncovered(checkpoint: AuditCheckpoint | None) -> Uncovered:
    covered = checkpoint.position if checkpoint else 0
    newest = AuditLink.objects.aggregate(newest=Max("position"))["newest"] or 0
    oldest = AuditLink.objects.filter(position__gt=covered).order_by("position").first()
    event = AuditEvent.objects.filter(pk=oldest.event_id).first() if oldest else None
    return Uncovered(events=max(0, newest - covered), oldest_at=event.at if event else None)


@admin.register(AuditVerification)
class AuditVerificationAdmin(ReadOnlyAdmin):
    """Every look at the chain and what it found."""

    list_display = ["finished_at", "went", "from_position", "to_position", "links", "erased", "by"]
    ordering = ["-finished_at", "-id"]
    fields = [
        "finished_at",
        "went",
        "from_position",
        "to_position",
        "links",
        "erased",
        "checkpoints",
        "by",
        "what_was_found",
    ]

    @admin.display(description="how it went")
    def went(self, verification: AuditVerification) -> str:
        """Return in words whether anything was found."""
        if verification.is_whole:
            return "whole"
        return "1 fault" if verification.faults == 1 else f"{verification.faults} faults"

    @admin.display(description="what was found")
    def what_was_found(self, verification: AuditVerification) -> SafeString | str:
        """Return the findings that were kept, the first ones."""
        if not verification.findings:
            return "nothing missing, altered or out of order"
        items = format_html_join("", "<li>{}</li>", ((one,) for one in verification.findings))
        left_out = verification.faults - len(verification.findings)
        more = format_html("<p>{} more are not kept here.</p>", left_out) if left_out > 0 else ""
        return format_html('<ul class="findings">{}</ul>{}', items, more)


@admin.register(AuditCheckpoint)
class AuditCheckpointAdmin(ReadOnlyAdmin):
    """The signed statements of how the chain stood."""

    list_display = ["signed_at", "position", "short_hash", "mailed_at"]
    ordering = ["-position", "-id"]
    fields = ["signed_at", "position", "hash_in_digits", "mailed_at", "signed_note"]

    @admin.display(description="hash")
    def short_hash(self, checkpoint: AuditCheckpoint) -> SafeString:
        """Return the beginning of the hash, enough to compare by eye."""
        return format_html("<code>{}…</code>", bytes(checkpoint.hash).hex()[:16])

    @admin.display(description="hash")
    def hash_in_digits(self, checkpoint: AuditCheckpoint) -> SafeString:
        """Return the hash in hexadecimal digits."""
        return format_html("<code>{}</code>", bytes(checkpoint.hash).hex())

    @admin.display(description="signed note")
    def signed_note(self, checkpoint: AuditCheckpoint) -> SafeString:
        """Return the note as it was written to the folder."""
        return format_html('<pre class="signed-note">{}</pre>', checkpoint.note)
