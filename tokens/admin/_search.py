"""Searching the audit log: people and PATs by parts of their names, events by the ids that they carry.

Every search is answered by an index: the one over the trigrams of names, or those of the ids.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.text import smart_split, unescape_string_literal

from patportal.lib.keyset import NEWER, OLDER, KeysetPage, Mark, keyset_page
from tokens.models import AuditEvent
from tokens.models.audit import along_time, searched_text

# So many events beside a page are looked through one by one before the index of names is asked.
NEARBY = 10_000
# The index knows runs of three letters; fewer are only found where a name begins with them.
SHORTEST = 3
_ID = re.compile(r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}", re.IGNORECASE)


def words_of(search_term: str) -> list[str]:
    """Return the words of a search as all lists of the admin take them: what is in quotes stays together."""
    return [
        unescape_string_literal(word) if word[0] in "\"'" and word[0] == word[-1] != word else word
        for word in smart_split(search_term)
    ]


def search(events: QuerySet[AuditEvent], words: list[str]) -> QuerySet[AuditEvent]:
    """Return the events to which every word belongs, as an id or in a name."""
    named = events.alias(names=searched_text())
    for word in words:
        named = named.filter(_with_id(word) if _ID.fullmatch(word) else _with_name(word))
    return named


def search_page(
    found: QuerySet[AuditEvent],
    events: QuerySet[AuditEvent],
    params: Mapping[str, str],
    *,
    size: int,
    nearby: int = NEARBY,
) -> KeysetPage[AuditEvent]:
    """Return a page of `found`, which are some of `events`; the latter are read along their times.

    The index knows where a name occurs and not when: everything that it finds would be sorted. A name that is
    common now fills the page with what lies beside it.
    """
    near = along_time(found)
    older, newer = Mark.parse(params.get(OLDER, "")), Mark.parse(params.get(NEWER, ""))
    if newer and not older:
        end = _end(events.filter(at__gte=newer.at).order_by("at", "id"), nearby)
        page = keyset_page(near.filter(at__lte=end), params, size=size) if end else None
        is_full = bool(page and page.newer)
    else:
        end = _end((events.filter(at__lte=older.at) if older else events).order_by("-at", "-id"), nearby)
        page = keyset_page(near.filter(at__gte=end), params, size=size) if end else None
        is_full = bool(page and page.older)
    return page if page and is_full else keyset_page(found, params, size=size)


def _end(beside: QuerySet[AuditEvent], nearby: int) -> datetime | None:
    """Return the time of the last event that is looked through, None where there are not so many."""
    return next(iter(beside.values_list("at", flat=True)[nearby : nearby + 1]), None)


def _with_id(word: str) -> Q:
    """Return where an id occurs; the portal's own request ids have no dashes, Microsoft's ids have."""
    value = UUID(word)
    spellings = sorted({word, value.hex, str(value), str(value).upper()})
    return (
        Q(authorization_id=value)
        | Q(operation_id=value)
        | Q(request_id__in=spellings)
        | Q(activity_id__in=spellings)
    )


def _with_name(word: str) -> Q:
    letters = word.lower()
    if len(letters) >= SHORTEST:
        return Q(names__contains=letters)
    # The names stand in lines of their own, their words behind spaces.
    return Q(names__startswith=letters) | Q(names__contains=f" {letters}") | Q(names__contains=f"\n{letters}")
