"""What an extension brought, in one sentence: a policy may grant less than was asked, or even take away."""

from datetime import datetime

from tokens import rules
from tokens.models import Pat
from tokens.presenters._differences import moment_text


def extension_sentence(pat: Pat, *, asked: datetime | None, before: datetime, now: datetime) -> str:
    """Return what became of the expiry of `pat`, with every date that it takes to understand it."""
    expires = moment_text(pat.valid_to, now)
    if asked is None or not rules.was_shortened(asked=asked, returned=pat.valid_to):
        return f"“{pat.name}” now expires {expires}."
    wish = moment_text(asked, now)
    less = f"Azure DevOps was asked for {wish} and gave less: “{pat.name}” expires {expires}"
    if rules.was_shortened(asked=before, returned=pat.valid_to):
        return f"{less}. That is even earlier than before ({moment_text(before, now)})."
    if rules.is_same_date(before, pat.valid_to):
        return f"{less}, as before. A policy of your organization limits how long a token may live."
    return f"{less}. A policy of your organization limits how long a token may live."
