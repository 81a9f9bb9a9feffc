"""Many PATs at once, in words: how far a change of many is, and what became of each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from patportal.lib.problems import Message
from patportal.lib.texts import Text
from tokens.bulk_queries import (
    ALL_ORGANIZATIONS,
    BEING_REVOKED,
    INTERRUPTED,
    NOT_LONGER,
    STOPPED,
    ItemResult,
    Result,
    item_result,
)
from tokens.models import NOT_CONFIRMED, BulkChange, BulkItem
from tokens.presenters._addresses import address
from tokens.presenters._operations import Notice
from tokens.presenters._pats import Badge

Reason = Callable[[str], Message | None]
Verb = BulkChange.Verb


@dataclass(frozen=True, slots=True)
class BulkRow:
    """What became of one PAT; `asked_valid_to` is set only where less than that was given."""

    pat_name: str
    organization: str
    pat_url: str
    badge: Badge
    sentence: Text
    valid_to: datetime | None
    asked_valid_to: datetime | None
    activity_id: str


@dataclass(frozen=True, slots=True)
class BulkView:
    """How a change of many PATs stands.

    `is_running` says that some have not had their turn, `is_pending` that something may still change
    without anybody doing anything; `again` is how many may be tried once more.
    """

    title: Text
    sentence: Text
    tone: str
    total: int
    done: int
    progress: str
    is_running: bool
    is_pending: bool
    is_everything: bool
    can_stop: bool
    again: int
    requested_at: datetime
    waits_until: datetime | None
    rows_title: str
    rows: list[BulkRow]
    url: str
    stop_url: str
    repeat_url: str

    @property
    def said(self) -> str:
        """What a screen reader hears as it goes on: a sentence for each quarter, in the end the result."""
        if self.is_running:
            return str(_QUARTERS[4 * self.done // self.total])
        return str(_ALL_SENT) if self.is_pending else f"{self.title}."


_QUARTERS = [
    _("The work has begun."),
    _("A quarter is done."),
    _("Half is done."),
    _("Three quarters are done."),
]
_ALL_SENT = _("Every token had its turn. Azure DevOps has yet to confirm some of them.")
_BADGES = {
    Result.WAITING: Badge("waiting", _("Waiting"), "clock", "quiet"),
    Result.RUNNING: Badge("running", _("In progress"), "arrow-path", "info"),
    Result.UNKNOWN: Badge("unknown", _("Answer lost"), "question-mark-circle", "info"),
    Result.UNCONFIRMED: Badge("unconfirmed", _("Revocation sent"), "clock", "info"),
    Result.FAILED: Badge("failed", _("Not done"), "exclamation-circle", "bad"),
    Result.NOT_DONE: Badge("not_done", _("Not done"), "minus-circle", "quiet"),
}
_DONE = {
    Verb.EXTEND: Badge("extended", _("Extended"), "check-circle", "good"),
    Verb.REVOKE: Badge("revoked", _("Revoked"), "check-circle", "good"),
}
_SHORTER = Badge("shorter", _("Extended by less"), "exclamation-triangle", "warn")
_SENTENCES = {
    Result.UNKNOWN: _("The answer of Azure DevOps was lost; the portal finds out what became of it."),
    Result.UNCONFIRMED: _("Azure DevOps took it; the portal waits until its list shows it."),
}
# Why a token was left alone, where that is no error.
_LEFT_ALONE = {
    BEING_REVOKED: _("Another revocation of it is on its way already."),
    NOT_LONGER: _("It works at least as long already."),
    ALL_ORGANIZATIONS: _(
        "It works in all organizations, and Microsoft ends all of these. Replace it instead."
    ),
    STOPPED: _("You stopped the rest before its turn came. Nothing was changed."),
    INTERRUPTED: _("The portal was interrupted at it several times. Look at the token, then try it again."),
    NOT_CONFIRMED: _("Azure DevOps does not list it as revoked. Try it again."),
}
_AT_WORK = {Result.WAITING, Result.RUNNING}
_WRONG = {Result.FAILED, Result.NOT_DONE}


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said of a verb; `%(count)s` is how many it is about, `%(done)s` with how many it is done."""

    doing: Text
    doing_so_far: Text
    going_on: Text
    done: Text
    waiting: Text
    wrong: Text


_WORDS = {
    Verb.EXTEND: _Words(
        doing=ngettext_lazy("Extending one token", "Extending %(count)s tokens", "count"),
        doing_so_far=ngettext_lazy(
            "Extending one token: %(done)s extended", "Extending %(count)s tokens: %(done)s extended", "count"
        ),
        going_on=ngettext_lazy(
            "Extending one token: %(done)s of %(count)s are done. It goes on by itself.",
            "Extending %(count)s tokens: %(done)s of %(count)s are done. It goes on by itself.",
            "count",
        ),
        done=ngettext_lazy(
            "%(done)s of one token extended", "%(done)s of %(count)s tokens extended", "count"
        ),
        waiting=ngettext_lazy(
            "One waits for word from Azure DevOps; this page keeps itself up to date.",
            "%(count)s wait for word from Azure DevOps; this page keeps itself up to date.",
            "count",
        ),
        wrong=ngettext_lazy(
            "One was not extended; see below why.", "%(count)s were not extended; see below why.", "count"
        ),
    ),
    Verb.REVOKE: _Words(
        doing=ngettext_lazy("Revoking one token", "Revoking %(count)s tokens", "count"),
        doing_so_far=ngettext_lazy(
            "Revoking one token: %(done)s revoked", "Revoking %(count)s tokens: %(done)s revoked", "count"
        ),
        going_on=ngettext_lazy(
            "Revoking one token: %(done)s of %(count)s are done. It goes on by itself.",
            "Revoking %(count)s tokens: %(done)s of %(count)s are done. It goes on by itself.",
            "count",
        ),
        done=ngettext_lazy("%(done)s of one token revoked", "%(done)s of %(count)s tokens revoked", "count"),
        waiting=ngettext_lazy(
            "One waits for the list of Azure DevOps to confirm it; this page keeps itself up to date.",
            "%(count)s wait for the list of Azure DevOps to confirm it; this page keeps itself up to date.",
            "count",
        ),
        wrong=ngettext_lazy(
            "One was not revoked; see below why.", "%(count)s were not revoked; see below why.", "count"
        ),
    ),
}
_SENT = ngettext_lazy("One revocation sent", "%(count)s revocations sent", "count")
_SENT_AND_CONFIRMED = ngettext_lazy(
    "One revocation sent, %(confirmed)s confirmed",
    "%(count)s revocations sent, %(confirmed)s confirmed",
    "count",
)
_GOES_ON = _("You can leave this page or close the browser: the work goes on, and the list leads back here.")


def bulk_view(bulk: BulkChange, *, reason: Reason, pause_until: datetime | None) -> BulkView:
    """Return what the page of a change of many PATs shows; `reason` gives the words for an error code.

    `pause_until` is None where Azure DevOps does not ask for a pause at present. The items have to be fetched
    with their PATs, organizations and operations.
    """
    found = [(item, item_result(item)) for item in bulk.items.all()]
    results = [result.result for _, result in found]
    is_running = any(result in _AT_WORK for result in results)
    again = sum(_may_be_repeated(item, result) for item, result in found)
    title, sentence, tone = _words(bulk, results)
    done = sum(result not in _AT_WORK for result in results)
    return BulkView(
        title=title,
        sentence=sentence,
        tone=tone,
        total=len(found),
        done=done,
        progress=gettext("%(done)s of %(total)s") % {"done": done, "total": len(found)},
        is_running=is_running,
        is_pending=not all(result.is_final for _, result in found),
        is_everything=bulk.is_everything,
        can_stop=Result.WAITING in results and bulk.stopped_at is None,
        again=0 if is_running else again,
        requested_at=bulk.requested_at,
        waits_until=pause_until if is_running else None,
        rows_title=gettext("What needs your attention so far")
        if is_running
        else gettext("What became of each"),
        rows=[_row(bulk, item, one, reason=reason) for item, one in _shown(found, is_running=is_running)],
        url=reverse("bulk", args=[bulk.id]),
        stop_url=reverse("bulk_stop", args=[bulk.id]),
        repeat_url=reverse("bulk_repeat", args=[bulk.id]),
    )


def _shown(
    found: list[tuple[BulkItem, ItemResult]], *, is_running: bool
) -> list[tuple[BulkItem, ItemResult]]:
    """Return what the table shows: at work what went wrong so far, in the end everything, and that first."""
    wrong = [one for one in found if one[1].result in _WRONG]
    return wrong if is_running else wrong + [one for one in found if one[1].result not in _WRONG]


def bulk_notice(bulk: BulkChange, *, total: int, left: int) -> Notice:
    """Return the banner on the list about a change of many PATs that goes on."""
    doing = _WORDS[Verb(bulk.verb)].going_on % {"count": total, "done": total - left}
    return Notice(
        tone="info",
        text=doing,
        at=bulk.requested_at,
        action_url=reverse("bulk", args=[bulk.id]),
        action_label=gettext("See how far it is"),
        dismiss_url="",
    )


def _may_be_repeated(item: BulkItem, result: ItemResult) -> bool:
    return result.result in _WRONG and not item.pat.is_revoked


def _words(bulk: BulkChange, results: list[Result]) -> tuple[Text, Text, str]:
    words, count = _WORDS[Verb(bulk.verb)], len(results)
    if any(result in _AT_WORK for result in results):
        return words.doing % {"count": count}, _GOES_ON, "info"
    well = results.count(Result.DONE)
    waiting = results.count(Result.UNCONFIRMED) + results.count(Result.UNKNOWN)
    wrong = sum(result in _WRONG for result in results)
    parts = []
    if waiting:
        parts.append(words.waiting % {"count": waiting})
    if wrong:
        parts.append(words.wrong % {"count": wrong})
    sentence = " ".join(parts) or gettext("Nothing is left to do.")
    if waiting and bulk.verb == Verb.REVOKE:
        sent = _SENT_AND_CONFIRMED if well else _SENT
        return sent % {"count": well + waiting, "confirmed": well}, sentence, "info"
    if waiting:
        return words.doing_so_far % {"count": count, "done": well}, sentence, "info"
    return words.done % {"count": count, "done": well}, sentence, "warn" if wrong else "good"


def _row(bulk: BulkChange, item: BulkItem, result: ItemResult, *, reason: Reason) -> BulkRow:
    is_extended = result.result == Result.DONE and bulk.verb == Verb.EXTEND
    return BulkRow(
        pat_name=str(item.pat),
        organization=gettext("All organizations") if item.pat.is_global else item.pat.organization.name,
        pat_url=address("pat_detail", item.pat_id),
        badge=_badge(bulk, result),
        sentence=_sentence(result, reason),
        valid_to=item.pat.valid_to if is_extended else None,
        asked_valid_to=item.asked_valid_to if result.shortened_to else None,
        activity_id=result.activity_id,
    )


def _badge(bulk: BulkChange, result: ItemResult) -> Badge:
    if result.result == Result.DONE:
        return _SHORTER if result.shortened_to else _DONE[Verb(bulk.verb)]
    return _BADGES[result.result]


def _sentence(result: ItemResult, reason: Reason) -> Text:
    if result.shortened_to:
        return gettext("Your organization allows less time than you asked for.")
    if result.result not in _WRONG:
        return _SENTENCES.get(result.result, "")
    if result.code in _LEFT_ALONE:
        return _LEFT_ALONE[result.code]
    message = reason(result.code)
    if message is None:
        return gettext("Nothing was changed. Try it again.")
    return f"{message.title}. {message.next_step}"
