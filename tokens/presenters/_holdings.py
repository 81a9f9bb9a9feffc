"""What the portal holds for a person, kind by kind, and what is unfinished before it is all taken away."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Grant, User
from patportal.lib.texts import Text, called, in_number
from tokens.models import Pat
from tokens.presenters._addresses import address
from tokens.presenters._operation_words import words
from tokens.unfinished_queries import UnfinishedWork


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of what is stored: how much, what, and how long; `url` leads to where it is seen or changed.

    `since` and `until` are moments that belong to it, where there are any.
    """

    title: Text
    amount: str
    about: Text
    kept: Text
    url: str = ""
    url_label: Text = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnfinishedLine:
    """One thing that is still going on, and what becomes of it without the portal's access."""

    text: Text
    name: str
    consequence: str
    url: str
    at: datetime | None = None


_WITH_ROW = _("Until your row is deleted; ask the people who run this portal.")


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of row: the key of its count, what so many are called, and the page where it is seen."""

    key: str
    title: Text
    counted: Text
    about: Text
    kept: Text
    page: str = ""
    page_label: Text = ""


_KINDS = [
    _Kind(
        key="pats",
        title=_("Tokens"),
        counted=ngettext_lazy("%(amount)s token", "%(amount)s tokens", "count"),
        about=_("What Azure DevOps tells about your tokens: name, scopes, dates. Never a secret."),
        kept=_(
            "While you use the portal, and for 30 days after you have disconnected. If you just stay away, "
            "each until 30 days after its end, so that reminders still reach you."
        ),
        page="pat_list",
        page_label=_("Tokens"),
    ),
    _Kind(
        key="notes",
        title=_("Notes"),
        counted=ngettext_lazy("%(amount)s note", "%(amount)s notes", "count"),
        about=_("Purposes and places of use that you typed."),
        kept=_("Until you remove them, or their token's row goes."),
    ),
    _Kind(
        key="operations",
        title=_("Operations"),
        counted=ngettext_lazy("%(amount)s operation", "%(amount)s operations", "count"),
        about=_("What you asked Azure DevOps for, and what became of it."),
        kept=_("For 400 days after they ended."),
    ),
    _Kind(
        key="sessions",
        title=_("Sessions"),
        counted=ngettext_lazy("%(amount)s session", "%(amount)s sessions", "count"),
        about=_("Browsers in which you are signed in, or were until yesterday."),
        kept=_("A day after each has ended."),
        page="sessions",
        page_label=_("Sessions"),
    ),
    _Kind(
        key="events",
        title=_("Audit log"),
        counted=ngettext_lazy("%(amount)s event", "%(amount)s events", "count"),
        about=_("What was recorded about you and your tokens. Nobody can change it."),
        kept=_("Names and texts until the people who run this portal erase them; that it happened stays."),
        page="activity",
        page_label=_("Activity"),
    ),
    _Kind(
        key="reminders",
        title=_("Reminders"),
        counted=ngettext_lazy("%(amount)s reminder", "%(amount)s reminders", "count"),
        about=_("Which ends of your tokens were announced."),
        kept=_("For 400 days."),
        page="settings",
        page_label=_("Settings"),
    ),
    _Kind(
        key="mails",
        title=_("Mails"),
        counted=ngettext_lazy("%(amount)s mail", "%(amount)s mails", "count"),
        about=_("That a mail was sent to you, and of which kind; not its words."),
        kept=_("For 400 days."),
    ),
    _Kind(
        key="settings",
        title=_("Settings"),
        counted=ngettext_lazy("%(amount)s set of choices", "%(amount)s sets of choices", "count"),
        about=_("Your reminder days, time zone and quiet."),
        kept=_WITH_ROW,
        page="settings",
        page_label=_("Settings"),
    ),
    _Kind(
        key="calendars",
        title=_("Calendar addresses"),
        counted=ngettext_lazy("%(amount)s address", "%(amount)s addresses", "count"),
        about=_("Hashes of the addresses from which calendar programs read; of one that ended, only when."),
        kept=_(
            "Until you end them, and 30 days after your last sign-in at most; when one ended, for 400 days."
        ),
        page="settings",
        page_label=_("Settings"),
    ),
    _Kind(
        key="backed",
        title=_("Backup owner"),
        counted=ngettext_lazy("%(amount)s token of others", "%(amount)s tokens of others", "count"),
        about=_("Tokens of colleagues that name you."),
        kept=_("Until you leave, or they name somebody else."),
        page="backup",
        page_label=_("Backup"),
    ),
]


def holdings(user: User, counts: Mapping[str, int], grant: Grant | None) -> list[Holding]:
    """Return every kind of what is stored about the person."""
    return [_profile(user), _access(grant), *(_kind(counts, kind) for kind in _KINDS)]


def _profile(user: User) -> Holding:
    return Holding(
        title=gettext("Profile"),
        amount=str(user),
        about=gettext(
            "Name, sign-in name, mail address and ids, as your directory tells them at each sign-in."
        ),
        kept=_WITH_ROW,
        since=user.created_at,
    )


def _access(grant: Grant | None) -> Holding:
    about = gettext("What lets the portal act for you in Azure DevOps, encrypted. Nobody can read it.")
    if grant is None:
        return Holding(
            gettext("Access"), gettext("None"), about, gettext("Your next sign-in brings it again.")
        )
    return Holding(
        title=gettext("Access"),
        amount="1",
        about=about,
        kept=gettext("It is deleted at this moment unless you sign in before, or when you disconnect."),
        url=address("disconnect"),
        url_label=gettext("Disconnect"),
        since=grant.interactive_at,
        until=grant.interactive_at + timedelta(days=settings.GRANT_MAX_DAYS),
    )


def _kind(counts: Mapping[str, int], kind: _Kind) -> Holding:
    return Holding(
        title=kind.title,
        amount=in_number(kind.counted, counts[kind.key]),
        about=kind.about,
        kept=kind.kept,
        url=address(kind.page) if kind.page else "",
        url_label=kind.page_label,
    )


def unfinished_lines(work: UnfinishedWork) -> list[UnfinishedLine]:
    """Return what is going on, each with what becomes of it once the access is deleted."""
    return list(_lines(work))


def _lines(work: UnfinishedWork) -> Iterator[UnfinishedLine]:
    for operation in work.operations:
        _title, sentence, _tone = words(operation)
        yield UnfinishedLine(
            text=sentence,
            name=called(operation.name),
            consequence=gettext("The portal cannot find out any more how it ended until you sign in again."),
            url=address("operation", operation.pk),
            at=operation.requested_at,
        )
    for bulk, total, left in work.bulks:
        yield UnfinishedLine(
            text=gettext(
                "%(left)s of %(total)s tokens are still to be changed by what you asked for many at once."
            )
            % {"left": left, "total": total},
            name="",
            consequence=gettext("What waits is left alone."),
            url=address("bulk", bulk.pk),
            at=bulk.requested_at,
        )
    for pat in work.ending:
        text = gettext("The old token of a rotation is to end.")
        consequence = gettext("Where its expiry could not be brought forward, nobody ends it then.")
        yield _about(pat, text, consequence, at=pat.ends_at)
    for pat in work.unreceived:
        text = gettext("Nobody has said yet that the secret of this token is stored.")
        consequence = gettext("It stays; nobody reminds you that its secret may be stored nowhere.")
        yield _about(pat, text, consequence, at=pat.issued_at)


def _about(pat: Pat, text: str, consequence: str, *, at: datetime | None) -> UnfinishedLine:
    return UnfinishedLine(text, str(pat), consequence, address("pat_detail", pat.pk), at)
