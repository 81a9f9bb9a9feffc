"""Many PATs at once, in words: how far a change of many is, and what became of each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from patportal.lib.problems import Message
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
    sentence: str
    valid_to: datetime | None
    asked_valid_to: datetime | None
    activity_id: str


@dataclass(frozen=True, slots=True)
class BulkView:
    """How a change of many PATs stands.

    `is_running` says that some have not had their turn, `is_pending` that something may still change
    without anybody doing anything; `again` is how many may be tried once more.
    """

    title: str
    sentence: str
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


_BADGES = {
    Result.WAITING: Badge("waiting", "Waiting", "clock", "quiet"),
    Result.RUNNING: Badge("running", "In progress", "arrow-path", "info"),
    Result.UNKNOWN: Badge("unknown", "Answer lost", "question-mark-circle", "info"),
    Result.UNCONFIRMED: Badge("unconfirmed", "Revocation sent", "clock", "info"),
    Result.FAILED: Badge("failed", "Not done", "exclamation-circle", "bad"),
    Result.NOT_DONE: Badge("not_done", "Not done", "minus-circle", "quiet"),
}
_DONE = {
    Verb.EXTEND: Badge("extended", "Extended", "check-circle", "good"),
    Verb.REVOKE: Badge("revoked", "Revoked", "check-circle", "good"),
}
_SHORTER = Badge("shorter", "Extended by less", "exclamation-triangle", "warn")
_SENTENCES = {
    Result.UNKNOWN: "The answer of Azure DevOps was lost; the portal finds out what became of it.",
    Result.UNCONFIRMED: "Azure DevOps took it; the portal waits until its list shows it.",
}
# Why a token was left alone, where that is no error.
_LEFT_ALONE = {
    BEING_REVOKED: "Another revocation of it is on its way already.",
    NOT_LONGER: "It works at least as long already.",
    ALL_ORGANIZATIONS: "It works in all organizations, and Microsoft ends all of these. Replace it instead.",
    STOPPED: "You stopped the rest before its turn came. Nothing was changed.",
    INTERRUPTED: "The portal was interrupted at it several times. Look at the token, then try it again.",
    NOT_CONFIRMED: "Azure DevOps does not list it as revoked. Try it again.",
}
_AT_WORK = {Result.WAITING, Result.RUNNING}
_WRONG = {Result.FAILED, Result.NOT_DONE}
_WORDS = {Verb.EXTEND: ("Extending", "extended"), Verb.REVOKE: ("Revoking", "revoked")}
_AWAITED = {
    Verb.EXTEND: "word from Azure DevOps",
    Verb.REVOKE: "the list of Azure DevOps to confirm it",
}
_GOES_ON = "You can leave this page or close the browser: the work goes on, and the list leads back here."


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
        progress=f"{done} of {len(found)}",
        is_running=is_running,
        is_pending=not all(result.is_final for _, result in found),
        is_everything=bulk.is_everything,
        can_stop=Result.WAITING in results and bulk.stopped_at is None,
        again=0 if is_running else again,
        requested_at=bulk.requested_at,
        waits_until=pause_until if is_running else None,
        rows_title="What needs your attention so far" if is_running else "What became of each",
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
    doing, _ = _WORDS[Verb(bulk.verb)]
    return Notice(
        tone="info",
        text=f"{doing} {_counted(total)}: {total - left} of {total} are done. It goes on by itself.",
        at=bulk.requested_at,
        action_url=reverse("bulk", args=[bulk.id]),
        action_label="See how far it is",
        dismiss_url="",
    )


def _counted(number: int) -> str:
    return "one token" if number == 1 else f"{number} tokens"


def _may_be_repeated(item: BulkItem, result: ItemResult) -> bool:
    return result.result in _WRONG and not item.pat.is_revoked


def _words(bulk: BulkChange, results: list[Result]) -> tuple[str, str, str]:
    doing, done = _WORDS[Verb(bulk.verb)]
    if any(result in _AT_WORK for result in results):
        return f"{doing} {_counted(len(results))}", _GOES_ON, "info"
    well = results.count(Result.DONE)
    waiting = results.count(Result.UNCONFIRMED) + results.count(Result.UNKNOWN)
    wrong = sum(result in _WRONG for result in results)
    parts = []
    if waiting:
        wait = "One waits" if waiting == 1 else f"{waiting} wait"
        parts.append(f"{wait} for {_AWAITED[Verb(bulk.verb)]}; this page keeps itself up to date.")
    if wrong:
        were = "One was" if wrong == 1 else f"{wrong} were"
        parts.append(f"{were} not {done}; see below why.")
    sentence = " ".join(parts) or "Nothing is left to do."
    if waiting and bulk.verb == Verb.REVOKE:
        sent = "One revocation" if well + waiting == 1 else f"{well + waiting} revocations"
        return f"{sent} sent" + (f", {well} confirmed" if well else ""), sentence, "info"
    if waiting:
        return f"{doing} {_counted(len(results))}: {well} {done}", sentence, "info"
    return f"{well} of {_counted(len(results))} {done}", sentence, "warn" if wrong else "good"


def _row(bulk: BulkChange, item: BulkItem, result: ItemResult, *, reason: Reason) -> BulkRow:
    is_extended = result.result == Result.DONE and bulk.verb == Verb.EXTEND
    return BulkRow(
        pat_name=item.pat.name,
        organization="All organizations" if item.pat.is_global else item.pat.organization.name,
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


def _sentence(result: ItemResult, reason: Reason) -> str:
    if result.shortened_to:
        return "Your organization allows less time than you asked for."
    if result.result not in _WRONG:
        return _SENTENCES.get(result.result, "")
    if result.code in _LEFT_ALONE:
        return _LEFT_ALONE[result.code]
    message = reason(result.code)
    if message is None:
        return "Nothing was changed. Try it again."
    return f"{message.title}. {message.next_step}"
