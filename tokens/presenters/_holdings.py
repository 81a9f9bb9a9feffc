"""What the portal holds for a person, kind by kind, and what is unfinished before it is all taken away."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import Grant, User
from tokens.models import Pat
from tokens.presenters._addresses import address
from tokens.presenters._operation_words import words
from tokens.unfinished_queries import UnfinishedWork


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of what is stored: how much, what, and how long; `url` leads to where it is seen or changed.

    `since` and `until` are moments that belong to it, where there are any.
    """

    title: str
    amount: str
    about: str
    kept: str
    url: str = ""
    url_label: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnfinishedLine:
    """One thing that is still going on, and what becomes of it without the portal's access."""

    text: str
    name: str
    consequence: str
    url: str
    at: datetime | None = None


_WITH_ROW = "Until your row is deleted; ask the people who run this portal."


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of row: the key of its count, what one is called, and the page where it is seen."""

    key: str
    title: str
    noun: str
    about: str
    kept: str
    page: str = ""
    page_label: str = ""


_KINDS = [
    _Kind(
        key="pats",
        title="Tokens",
        noun="token",
        about="What Azure DevOps tells about your tokens: name, scopes, dates. Never a secret.",
        kept="While you use the portal, and for 30 days after you have disconnected. "
        "If you just stay away, each until 30 days after its end, so that reminders still reach you.",
        page="pat_list",
        page_label="Tokens",
    ),
    _Kind(
        key="notes",
        title="Notes",
        noun="note",
        about="Purposes and places of use that you typed.",
        kept="Until you remove them, or their token's row goes.",
    ),
    _Kind(
        key="operations",
        title="Operations",
        noun="operation",
        about="What you asked Azure DevOps for, and what became of it.",
        kept="For 400 days after they ended.",
    ),
    _Kind(
        key="sessions",
        title="Sessions",
        noun="session",
        about="Browsers in which you are signed in, or were until yesterday.",
        kept="A day after each has ended.",
        page="sessions",
        page_label="Sessions",
    ),
    _Kind(
        key="events",
        title="Audit log",
        noun="event",
        about="What was recorded about you and your tokens. Nobody can change it.",
        kept="Names and texts until the people who run this portal erase them; that it happened stays.",
        page="activity",
        page_label="Activity",
    ),
    _Kind(
        key="reminders",
        title="Reminders",
        noun="reminder",
        about="Which ends of your tokens were announced.",
        kept="For 400 days.",
        page="settings",
        page_label="Settings",
    ),
    _Kind(
        key="mails",
        title="Mails",
        noun="mail",
        about="That a mail was sent to you, and of which kind; not its words.",
        kept="For 400 days.",
    ),
    _Kind(
        key="settings",
        title="Settings",
        noun="set of choices",
        about="Your reminder days, time zone and quiet.",
        kept=_WITH_ROW,
        page="settings",
        page_label="Settings",
    ),
    _Kind(
        key="calendars",
        title="Calendar addresses",
        noun="address",
        about="Hashes of the addresses from which calendar programs read.",
        kept="Until you end them, and 30 days after your last sign-in at most.",
        page="settings",
        page_label="Settings",
    ),
    _Kind(
        key="backed",
        title="Backup owner",
        noun="token of others",
        about="Tokens of colleagues that name you.",
        kept="Until you leave, or they name somebody else.",
        page="backup",
        page_label="Backup",
    ),
]
_PLURALS = {
    "address": "addresses",
    "set of choices": "sets of choices",
    "token of others": "tokens of others",
}


def holdings(user: User, counts: Mapping[str, int], grant: Grant | None) -> list[Holding]:
    """Return every kind of what is stored about the person."""
    return [_profile(user), _access(grant), *(_kind(counts, kind) for kind in _KINDS)]


def _profile(user: User) -> Holding:
    return Holding(
        title="Profile",
        amount=str(user),
        about="Name, sign-in name, mail address and ids, as your directory tells them at each sign-in.",
        kept=_WITH_ROW,
        since=user.created_at,
    )


def _access(grant: Grant | None) -> Holding:
    about = "What lets the portal act for you in Azure DevOps, encrypted. Nobody can read it."
    if grant is None:
        return Holding("Access", "None", about, "Your next sign-in brings it again.")
    return Holding(
        title="Access",
        amount="1",
        about=about,
        kept="It is deleted at this moment unless you sign in before, or when you disconnect.",
        url=address("disconnect"),
        url_label="Disconnect",
        since=grant.interactive_at,
        until=grant.interactive_at + timedelta(days=settings.GRANT_MAX_DAYS),
    )


def _kind(counts: Mapping[str, int], kind: _Kind) -> Holding:
    return Holding(
        title=kind.title,
        amount=_counted(counts[kind.key], kind.noun),
        about=kind.about,
        kept=kind.kept,
        url=address(kind.page) if kind.page else "",
        url_label=kind.page_label,
    )


def _counted(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {_PLURALS.get(noun, f'{noun}s')}"


def unfinished_lines(work: UnfinishedWork) -> list[UnfinishedLine]:
    """Return what is going on, each with what becomes of it once the access is deleted."""
    return list(_lines(work))


def _lines(work: UnfinishedWork) -> Iterator[UnfinishedLine]:
    for operation in work.operations:
        _, sentence, _ = words(operation)
        yield UnfinishedLine(
            text=sentence,
            name=operation.name,
            consequence="The portal cannot find out any more how it ended until you sign in again.",
            url=address("operation", operation.pk),
            at=operation.requested_at,
        )
    for bulk, total, left in work.bulks:
        yield UnfinishedLine(
            text=f"{left} of {total} tokens are still to be changed by what you asked for many at once.",
            name="",
            consequence="What waits is left alone.",
            url=address("bulk", bulk.pk),
            at=bulk.requested_at,
        )
    for pat in work.ending:
        text = "The old token of a rotation is to end."
        consequence = "Where its expiry could not be brought forward, nobody ends it then."
        yield _about(pat, text, consequence, at=pat.ends_at)
    for pat in work.unreceived:
        text = "Nobody has said yet that the secret of this token is stored."
        consequence = "It stays; nobody reminds you that its secret may be stored nowhere."
        yield _about(pat, text, consequence, at=pat.issued_at)


def _about(pat: Pat, text: str, consequence: str, *, at: datetime | None) -> UnfinishedLine:
    return UnfinishedLine(text, pat.name, consequence, address("pat_detail", pat.pk), at)
