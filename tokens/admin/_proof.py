"""How the proof of the audit log stands, and what it was looked at with: verifications and checkpoints."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib import admin
from django.db.models import Subquery
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from accounts.read_only_admin import ReadOnlyAdmin
from patportal.lib.notation import counted
from tokens.audit_proof.notes import NoteInvalid, open_note
from tokens.models import AuditCheckpoint, AuditEvent, AuditLink, AuditVerification, EventType
from tokens.presenters import ProofLine, Uncovered, proof_lines


@dataclass(frozen=True, slots=True)
class _End:
    """The end of the chain beside a checkpoint.

    The hash at the checkpoint's position (None: no link is there), the id of the oldest event behind it
    (None: there is none), and the newest position.
    """

    hash: bytes | None = None
    oldest_id: int | None = None
    newest: int = 0


def proof(*, now: datetime) -> list[ProofLine]:
    """Return how the proof stands: some small queries, each answered by an index."""
    verifications = AuditVerification.objects.order_by("-finished_at")
    verification = verifications.first()
    is_partial = verification is not None and not verification.is_of_everything
    checkpoint = AuditCheckpoint.objects.order_by("-position").first()
    covered = checkpoint.position if checkpoint else 0
    end = _end_behind(covered)
    oldest = AuditEvent.objects.filter(pk=end.oldest_id).first() if end.oldest_id else None
    return proof_lines(
        verification,
        checkpoint,
        Uncovered(events=max(0, end.newest - covered), oldest_at=oldest.at if oldest else None),
        now=now,
        of_everything=verifications.filter(from_position__lte=1).first() if is_partial else None,
        doubt=_doubt(checkpoint, end) if checkpoint else "",
        refusal=_refusal(checkpoint),
    )


def _end_behind(covered: int) -> _End:
    newest = AuditLink.objects.order_by("-position").values("position")[:1]
    links = AuditLink.objects.filter(position__gte=covered).order_by("position")
    found = list(links.annotate(newest=Subquery(newest)).values("position", "hash", "event_id", "newest")[:2])
    if not found:
        return _End()
    here = [one for one in found if one["position"] == covered]
    behind = [one for one in found if one["position"] > covered]
    return _End(
        hash=bytes(here[0]["hash"]) if here else None,
        oldest_id=behind[0]["event_id"] if behind else None,
        newest=found[0]["newest"],
    )


def _doubt(checkpoint: AuditCheckpoint, end: _End) -> str:
    """Return why a checkpoint proves nothing, "" where it does or nobody can tell here."""
    if end.hash != bytes(checkpoint.hash):
        told = gettext("At position %(position)s the log is not the one that it vouches for.")
        return told % {"position": counted(checkpoint.position)}
    if not settings.AUDIT_PUBLIC_KEYS:
        return ""
    try:
        said = open_note(checkpoint.note, settings.AUDIT_PUBLIC_KEYS)
    except NoteInvalid as exc:
        return gettext("It was not made by the signing command: %(reason)s.") % {"reason": exc}
    if (said.position, said.hash) != (checkpoint.position, bytes(checkpoint.hash)):
        return gettext("Its signed note speaks of another position or hash.")
    return ""


def _refusal(checkpoint: AuditCheckpoint | None) -> AuditEvent | None:
    """Return the last refusal to sign that no checkpoint came after."""
    refusals = AuditEvent.objects.filter(type=EventType.AUDIT_SIGNING_REFUSED)
    newest = refusals.order_by("-at", "-id").first()
    return newest if newest and (checkpoint is None or newest.at > checkpoint.signed_at) else None


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

    @admin.display(description=_("how it went"))
    def went(self, verification: AuditVerification) -> str:
        """Return in words whether anything was found."""
        if verification.is_whole:
            return pgettext("an audit log", "whole")
        told = ngettext("%(count)s fault", "%(count)s faults", verification.faults)
        return told % {"count": verification.faults}

    @admin.display(description=_("what was found"))
    def what_was_found(self, verification: AuditVerification) -> SafeString | str:
        """Return the findings that were kept, the first ones."""
        if not verification.findings:
            return gettext("nothing missing, altered or out of order")
        items = format_html_join("", "<li>{}</li>", ((one,) for one in verification.findings))
        left_out = verification.faults - len(verification.findings)
        told = ngettext("%(count)s more is not kept here.", "%(count)s more are not kept here.", left_out)
        more = format_html("<p>{}</p>", told % {"count": left_out}) if left_out > 0 else ""
        return format_html('<ul class="findings">{}</ul>{}', items, more)


@admin.register(AuditCheckpoint)
class AuditCheckpointAdmin(ReadOnlyAdmin):
    """The signed statements of how the chain stood."""

    list_display = ["signed_at", "position", "short_hash", "mailed_at"]
    ordering = ["-position", "-id"]
    fields = ["signed_at", "position", "hash_in_digits", "mailed_at", "signed_note"]

    @admin.display(description=_("hash"))
    def short_hash(self, checkpoint: AuditCheckpoint) -> SafeString:
        """Return the beginning of the hash, enough to compare by eye."""
        return format_html("<code>{}…</code>", bytes(checkpoint.hash).hex()[:16])

    @admin.display(description=_("hash"))
    def hash_in_digits(self, checkpoint: AuditCheckpoint) -> SafeString:
        """Return the hash in hexadecimal digits."""
        return format_html("<code>{}</code>", bytes(checkpoint.hash).hex())

    @admin.display(description=_("signed note"))
    def signed_note(self, checkpoint: AuditCheckpoint) -> SafeString:
        """Return the note as it was written to the folder."""
        return format_html('<pre class="signed-note">{}</pre>', checkpoint.note)
