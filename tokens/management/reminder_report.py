"""What `send_reminders` prints: who would get what and why, and why others would not.

Names are text from outside: they come on one line, and nothing in them steers a terminal.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils import dateformat
from django.utils.timezone import localtime

from accounts.models import User
from tokens.mail import is_recipient, one_line
from tokens.models import Pat
from tokens.reminder_plan import LAST_DAY, Plan, Verdict, Why, has_backup
from tokens.reminder_queries import plans_of, stale_since

_CHUNK = 200


def report(ids: list[int], *, now: datetime, is_all: bool, is_at_once: bool) -> Iterator[str]:
    """Yield the lines about these people, and at the end how many there are; nothing is locked or written."""
    mails = 0
    for start in range(0, len(ids), _CHUNK):
        people = list(User.objects.filter(pk__in=ids[start : start + _CHUNK]).order_by("pk"))
        pats = Pat.objects.select_related("user", "organization", "backup_contact__user")
        plans = plans_of(people, pats=pats, now=now, is_all=is_all, is_at_once=is_at_once)
        for plan in plans:
            mails += len(_letters(plan))
            yield from _about(plan, now=now)
    people_word = "1 person" if len(ids) == 1 else f"{len(ids):,} people"
    yield f"Looked at {people_word}; {mails:,} mail{'' if mails == 1 else 's'} to owners would be made."


def _letters(plan: Plan) -> dict[str, list[Verdict]]:
    """Return what each mail to the owner would announce, by its kind."""
    found: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in plan.verdicts:
        if verdict.why == Why.DUE:
            found[str(plan.kind_of(verdict).label)].append(verdict)
    return found


def _about(plan: Plan, *, now: datetime) -> Iterator[str]:
    user, letters = plan.user, _letters(plan)
    whom = f"{one_line(str(user))} <{one_line(user.user_principal_name)}>"
    stale = stale_since([one.pat for one in plan.verdicts if one.is_due], now=now)
    yield f"{whom}: {'nothing' if not letters else _where_to(user)}"
    for kind, verdicts in letters.items():
        yield f"  {kind}:"
        for verdict in verdicts:
            yield f"    {_ending(verdict.pat)}; {_step(verdict)}{_age(stale.get(verdict.pat.pk))}"
    for verdict in plan.verdicts:
        if verdict.why != Why.DUE:
            yield f"  not {_ending(verdict.pat)}: {verdict.why.value}{_again(verdict)}"
    yield from _backups(plan)


def _where_to(user: User) -> str:
    if is_recipient(user.mail_address):
        return f"mail to {user.mail_address}"
    return "given up at once, for there is no address that mail may go to"


def _backups(plan: Plan) -> Iterable[str]:
    due = [one.pat for one in plan.verdicts if one.is_due and has_backup(one.pat, one.step_days)]
    if plan.is_dormant:
        for pat in due:
            yield f"  to the backup owner {one_line(str(pat.backup_contact))}: {_ending(pat)}"


def _ending(pat: Pat) -> str:
    return f"“{one_line(str(pat))}” in {one_line(pat.organization.name)}, ends {_moment(pat.stops_at)}"


def _step(verdict: Verdict) -> str:
    if verdict.step_days == LAST_DAY:
        return "its last day"
    return "1 day before" if verdict.step_days == 1 else f"{verdict.step_days} days before"


def _age(as_of: datetime | None) -> str:
    return "" if as_of is None else f"; as of {_moment(as_of)}, not read since"


def _again(verdict: Verdict) -> str:
    return "" if verdict.look_at is None else f" (next look {_moment(verdict.look_at)})"


def _moment(moment: datetime) -> str:
    return dateformat.format(localtime(moment), "Y-m-d H:i T")
