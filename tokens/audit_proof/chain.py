"""Judges the chain of the audit log, link by link, and says exactly what is wrong with it.

The way of a sound link is short, for there may be millions; faults are looked into in `faults.py`.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256

from tokens.audit_proof.faults import Predecessor, erased_faults, link_faults, personal_hash, told_erased
from tokens.audit_proof.findings import Finding, FindingKind
from tokens.audit_proof.links import FROM_THE_START, StoredLink, stored_links, unlinked_events
from tokens.audit_proof.notes import Checkpoint

# One hash version exists; it names the fields and their order.
_VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Examination:
    """What was looked at and how many faults there are.

    `to_position` and `head` (32 bytes, as recomputed) are where the chain ends; where nothing was read, the
    position before the first and zeros.
    """

    from_position: int
    to_position: int
    head: bytes
    links: int
    erased: int
    faults: int
    checkpoints: int


def examine(
    *, since: Checkpoint | None, checkpoints: Iterable[Checkpoint], report: Callable[[Finding], None]
) -> Examination:
    """Read the chain from its first link, or from the one that `since` vouches for, and report every fault.

    `checkpoints` are compared where the chain reaches them. Events without a link are looked for in the
    whole log.
    """
    judge = _Judge(since, checkpoints, report)
    for link in stored_links(first=since.position if since else FROM_THE_START):
        judge.see(link)
    judge.close()
    for event_id in unlinked_events():
        how = "it was written past the trigger, or its link was removed"
        sentence = f"Event {event_id} has no place in the chain: {how}."
        judge.tell(Finding(None, event_id, FindingKind.UNLINKED, sentence))
    return judge.result()


def findings_at(position: int) -> list[Finding]:
    """Return what is wrong with one link, its event as it is now, and how it follows from the one before.

    That the rest of the chain is whole it does not say.
    """
    found: list[Finding] = []
    before = Predecessor(position - 1, bytes(32) if position == 1 else None, None)
    for link in stored_links(first=position - 1, last=position):
        digest = sha256(link.canonical.encode()).digest()
        if link.position == position:
            found += link_faults(link, digest, before)
            found += erased_faults(link) if _seems_erased(link) else ()
        before = Predecessor(link.position, digest, link.hash)
    return found


def _seems_erased(link: StoredLink) -> bool:
    return link.found_id is not None and (link.erased_by is not None or link.salt is None)


class _Judge:
    """Sees one link after the other and remembers what the next one must fit to."""

    def __init__(
        self,
        since: Checkpoint | None,
        checkpoints: Iterable[Checkpoint],
        report: Callable[[Finding], None],
    ) -> None:
        self._from = since.position if since else 1
        self._is_from_the_start = since is None
        self._report = report
        self._before = Predecessor(self._from - 1, None if since else bytes(32), None)
        self._links = self._erased = self._faults = 0
        self._erased_by: Counter[int] = Counter()
        given = [*checkpoints, *([since] if since else [])]
        ahead = {(one.position, one.hash): one for one in given if one.position >= self._from}
        self._ahead = sorted(ahead.values(), key=lambda one: one.position, reverse=True)
        self._checkpoints = len(self._ahead)

    def see(self, link: StoredLink) -> None:
        """Judge one link and its event."""
        digest = sha256(link.canonical.encode()).digest()
        self._links += 1
        if not self._is_sound(link, digest):
            for finding in link_faults(link, digest, self._before):
                self.tell(finding)
        if _seems_erased(link):
            self._see_erased(link)
        if link.event_id in self._erased_by:
            self._see_erasure(link)
        if link.position > self._before.position:
            self._before = Predecessor(link.position, digest, link.hash)
        while self._ahead and self._ahead[-1].position <= link.position:
            self._compare(self._ahead.pop(), link.position, digest)

    def _is_sound(self, link: StoredLink, digest: bytes) -> bool:
        """Tell whether hash, place and text are those that the event of today leads to."""
        before = self._before
        if (
            link.found_id is None
            or link.hash_version != _VERSION
            or link.position != before.position + 1
            or link.hash != digest
            or before.digest is None
        ):
            return False
        personal = link.canonical[-66:-2] if link.salt is None else personal_hash(link.salt, link.personal)
        start, _, rest = link.rendered.partition('"previous" : ""')
        expected = f'{start}"previous" : "{before.digest.hex()}"{rest[:-2]}{personal}"}}'
        return expected == link.canonical

    def _see_erased(self, link: StoredLink) -> None:
        faults = list(erased_faults(link))
        for finding in faults:
            self.tell(finding)
        if not faults:
            self._erased += 1
            self._erased_by[link.erased_by or 0] += 1

    def _see_erasure(self, link: StoredLink) -> None:
        """Compare how many events an erasure tells of with how many name it; all of them stand before it."""
        count = self._erased_by.pop(link.event_id)
        told = told_erased(link)
        if self._is_from_the_start and told is not None and told != count:
            sentence = f"Event {link.event_id} tells of {told} erased events, and {count} name it."
            self.tell(Finding(link.position, link.event_id, FindingKind.ERASED_WITHOUT_RECORD, sentence))

    def _compare(self, checkpoint: Checkpoint, position: int, digest: bytes) -> None:
        if checkpoint.position == position and checkpoint.hash == digest:
            return
        told = f"The checkpoint of {checkpoint.signed_at:%d %B %Y, %H:%M:%S %Z} vouches for another chain"
        where = "no link is there" if checkpoint.position != position else "the hash there is another one"
        sentence = f"{told} up to position {checkpoint.position}: {where}."
        self.tell(Finding(checkpoint.position, None, FindingKind.CHECKPOINT_DIFFERS, sentence))

    def close(self) -> None:
        """Say what the newest checkpoint knows of and the chain has no more."""
        if not self._ahead:
            return
        newest = self._ahead[0]
        sentence = (
            f"The chain ends before position {newest.position}, for which the checkpoint of "
            f"{newest.signed_at:%d %B %Y, %H:%M:%S %Z} vouches: its end was removed."
        )
        self.tell(Finding(newest.position, None, FindingKind.BEHIND_CHECKPOINT, sentence))

    def tell(self, finding: Finding) -> None:
        """Count a fault and report it."""
        self._faults += 1
        self._report(finding)

    def result(self) -> Examination:
        """Return what was seen."""
        return Examination(
            from_position=self._from,
            to_position=self._before.position,
            head=self._before.digest or bytes(32),
            links=self._links,
            erased=self._erased,
            faults=self._faults,
            checkpoints=self._checkpoints,
        )
