"""What an extension brought, in one sentence: a policy may grant less than was asked, or even take away."""

from datetime import datetime

from django.utils.translation import gettext as _

from tokens import rules
from tokens.models import Pat
from tokens.presenters._differences import moment_text


def extension_sentence(pat: Pat, *, asked: datetime | None, before: datetime, now: datetime) -> str:
    """Return what became of the expiry of `pat`, with every date that it takes to understand it."""
    facts = {"name": str(pat), "expires": moment_text(pat.valid_to, now)}
    if asked is None or not rules.was_shortened(asked=asked, returned=pat.valid_to):
        return _("“%(name)s” now expires %(expires)s.") % facts
    facts |= {"asked": moment_text(asked, now), "before": moment_text(before, now)}
    if rules.was_shortened(asked=before, returned=pat.valid_to):
        told = _(
            "Azure DevOps was asked for %(asked)s and gave less: “%(name)s” expires %(expires)s. That is "
            "even earlier than before (%(before)s)."
        )
    elif rules.is_same_date(before, pat.valid_to):
        told = _(
            "Azure DevOps was asked for %(asked)s and gave less: “%(name)s” expires %(expires)s, as before. "
            "A policy of your organization limits how long a token may live."
        )
    else:
        told = _(
            "Azure DevOps was asked for %(asked)s and gave less: “%(name)s” expires %(expires)s. A policy of "
            "your organization limits how long a token may live."
        )
    return told % facts
