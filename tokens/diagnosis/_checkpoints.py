"""The checkpoints of the audit log: whether they are made, and by somebody who alone can."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from patportal.lib.findings import Finding, Level
from tokens.models import AuditCheckpoint, AuditEvent, AuditLink

_TITLE = "Checkpoints"
# They are due after five minutes; a signer that was restarted may need a few more.
_LATE = timedelta(minutes=30)


def checkpoints() -> list[Finding]:
    """Judge how far the audit log can be proved, and who could sign in the portal's name."""
    found = [_coverage()]
    if settings.AUDIT_SIGNING_KEY_FILE:
        said = "AUDIT_SIGNING_KEY_FILE is set here: whoever takes over this account can sign a falsified log."
        step = "Leave it out for web and worker. If you ran this as the account that signs, all is well."
        found.append(Finding(Level.WARNING, _TITLE, said, step))
    return found


def _coverage() -> Finding:
    newest = AuditCheckpoint.objects.order_by("-position").first()
    if newest is None:
        said = "None was ever signed: that the end of the log was not removed, nobody can prove."
        return Finding(Level.NOTE, _TITLE, said, "docs/audit.md tells how to have them signed.")
    uncovered = AuditLink.objects.filter(position__gt=newest.position).order_by("position").first()
    covered = f"The newest, of {timezone.localtime(newest.signed_at):%d %B %Y, %H:%M %Z}, covers"
    if uncovered is None:
        return Finding(Level.OK, _TITLE, f"{covered} every event.")
    event = AuditEvent.objects.filter(pk=uncovered.event_id).first()
    if event is None or event.at < timezone.now() - _LATE:
        said = f"{covered} {newest.position} events, and later ones have waited for more than 30 minutes."
        return Finding(Level.PROBLEM, _TITLE, said, "See whether sign_audit --watch runs, and what it says.")
    return Finding(Level.OK, _TITLE, f"{covered} all but the latest events.")
