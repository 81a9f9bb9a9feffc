"""How the proof of the audit log stands, in three lines: the last look, the newest checkpoint, the rest."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext, ngettext, ngettext_lazy, pgettext
from django.utils.translation import gettext_lazy as _

from patportal.lib.notation import counted
from patportal.lib.texts import Text, in_number
from tokens.models import AuditCheckpoint, AuditEvent, AuditVerification
from tokens.presenters._pats import Badge

# Checkpoints are signed every five minutes; longer than this, signing has stopped or never began.
COVERED_WITHIN = timedelta(minutes=15)
FINDINGS_SHOWN = 3
FAULTS = ngettext_lazy("%(amount)s fault", "%(amount)s faults", "count")
_LAST = _("Last verification")
_EVENTS = ngettext_lazy("%(amount)s event", "%(amount)s events", "count")


@dataclass(frozen=True, slots=True)
class ProofLine:
    """One line: what it is about, how it stands, words about it and the moment they speak of, if any."""

    title: Text
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
        verified.append(_verified(of_everything, title=gettext("Last verification of everything")))
    refused = [_refused(refusal)] if refusal else []
    return [*verified, _signed(checkpoint, doubt), *refused, _open(uncovered, now=now)]


def _verified(verification: AuditVerification | None, *, title: Text = _LAST) -> ProofLine:
    if verification is None:
        text = gettext(
            "Nobody has verified the whole log yet. On the server, run: python manage.py verify_audit"
        )
        return ProofLine(title, Badge("never", gettext("Never"), "exclamation-triangle", "warn"), text)
    one = verification
    faults = in_number(FAULTS, one.faults)
    whole = gettext("Whole") if one.is_of_everything else gettext("This part is whole")
    state = (
        Badge("whole", whole, "check-circle", "good")
        if one.is_whole
        else Badge("faults", faults, "x-circle", "bad")
    )
    told = ngettext(
        "By %(by)s: %(links)s links read, positions %(first)s to %(last)s; %(erased)s erased events; "
        "%(count)s checkpoint compared.",
        "By %(by)s: %(links)s links read, positions %(first)s to %(last)s; %(erased)s erased events; "
        "%(count)s checkpoints compared.",
        one.checkpoints,
    )
    text = told % {
        "by": one.by or pgettext("who did it", "somebody"),
        "links": counted(one.links),
        "first": counted(one.from_position),
        "last": counted(one.to_position),
        "erased": counted(one.erased),
        "count": counted(one.checkpoints),
    }
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
        gettext("Signing"),
        Badge("refused", gettext("Refused"), "x-circle", "bad"),
        gettext("No further checkpoint is signed: the log does not extend the newest one, or is not whole."),
        at=event.at,
        findings=[str(finding)] if (finding := event.recorded.get("finding")) else [],
        url=reverse("admin:tokens_auditevent_change", args=[event.pk]),
    )


def _signed(checkpoint: AuditCheckpoint | None, doubt: str) -> ProofLine:
    if checkpoint is None:
        text = gettext(
            "Until a checkpoint is signed and kept elsewhere, nothing proves that the log is whole. On the "
            "server, run: python manage.py sign_audit"
        )
        return ProofLine(
            gettext("Newest checkpoint"), Badge("none", gettext("None"), "exclamation-triangle", "warn"), text
        )
    url = reverse("admin:tokens_auditcheckpoint_change", args=[checkpoint.pk])
    if doubt:
        state = Badge("doubtful", gettext("Not to be trusted"), "x-circle", "bad")
        return ProofLine(gettext("Newest checkpoint"), state, doubt, at=checkpoint.signed_at, url=url)
    if checkpoint.mailed_at:
        mailed = gettext("At position %(position)s, mailed to auditors.")
    else:
        mailed = gettext("At position %(position)s, not mailed.")
    return ProofLine(
        gettext("Newest checkpoint"),
        Badge("signed", gettext("Signed"), "check-circle", "good"),
        mailed % {"position": counted(checkpoint.position)},
        at=checkpoint.signed_at,
        url=url,
    )


def _open(uncovered: Uncovered, *, now: datetime) -> ProofLine:
    title = gettext("Not yet covered")
    if uncovered.events <= 0:
        return ProofLine(
            title,
            Badge("covered", gettext("Nothing"), "check-circle", "good"),
            gettext("The checkpoint covers every event."),
        )
    label = in_number(_EVENTS, uncovered.events)
    is_late = uncovered.oldest_at is not None and now - uncovered.oldest_at > COVERED_WITHIN
    icon, tone = ("exclamation-triangle", "warn") if is_late else ("clock", "info")
    text = gettext("A change to these would not be proved by a checkpoint. The oldest is of this moment:")
    if is_late:
        text = f"{gettext('No checkpoint was signed for over 15 minutes.')} {text}"
    return ProofLine(title, Badge("open", label, icon, tone), text, at=uncovered.oldest_at)
