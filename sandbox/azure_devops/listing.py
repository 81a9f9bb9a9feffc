"""One page of somebody's PATs: filter, sort, continuation, and the lag with which a list follows changes."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

from sandbox.azure_devops import answers, dates
from sandbox.state import Organization, Pat, Person, Tenant
from sandbox.wire import Request, Response

FILTERS = ("active", "revoked", "expired", "all")
_SORTS = {"displayname": "displayName", "displaydate": "displayDate", "status": "status"}
_LARGEST_PAGE = 100


@dataclass(frozen=True)
class Query:
    """What a page is a page of; a continuation is bound to it."""

    owner: str
    organization: str
    kept: str
    sort: str
    is_ascending: bool

    @property
    def mark(self) -> str:
        """Return a short digest of the query."""
        text = "|".join((self.owner, self.organization, self.kept, self.sort, str(self.is_ascending)))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def page(tenant: Tenant, organization: Organization, person: Person, request: Request) -> Response:
    """Return the page that a request asks for."""
    try:
        query = _query(organization, person, request)
        size = min(max(int(request.argument("$top") or _LARGEST_PAGE), 1), _LARGEST_PAGE)
        start = _start(query, request.argument("continuationToken"))
    except ValueError as exc:
        return answers.envelope(400, "VssPropertyValidationException", f"The request is invalid: {exc}")
    rows = _sorted(_kept(tenant, organization, person, query.kept), query, tenant)
    if start is not None:
        keys = [_key(pat, query, tenant) for pat in rows]
        rows = [pat for pat, key in zip(rows, keys, strict=True) if _is_after(key, start, query)]
    shown, is_last = rows[:size], len(rows) <= size
    continuation = "" if is_last else _continuation(query, _key(shown[-1], query, tenant))
    return answers.json_answer(
        {"continuationToken": continuation, "patTokens": [as_json(one) for one in shown]}
    )


def as_json(pat: Pat) -> dict[str, Any]:
    """Return a PAT as the API shows it, without its secret."""
    return {
        "displayName": pat.display_name,
        "validTo": dates.written(pat.valid_to),
        "scope": pat.scope,
        "targetAccounts": None if pat.organization_id is None else [pat.organization_id],
        "validFrom": dates.written(pat.valid_from),
        "authorizationId": pat.authorization_id,
        "token": None,
    }


def is_visible(pat: Pat, organization: Organization, person: Person) -> bool:
    """Tell whether a person sees a PAT from an organization: it is theirs, and made for it or for all."""
    return pat.owner_id == person.object_id and pat.organization_id in {None, organization.instance_id}


def status_of(pat: Pat, now: int) -> str:
    """Return active, revoked or expired."""
    if pat.is_revoked:
        return "revoked"
    return "active" if pat.valid_to > now else "expired"


def _query(organization: Organization, person: Person, request: Request) -> Query:
    kept = (request.argument("displayFilterOption") or "active").lower()
    sort = _SORTS.get((request.argument("sortByOption") or "displayDate").lower())
    ascending = (request.argument("isSortAscending") or "false").lower()
    if kept not in FILTERS or sort is None or ascending not in {"true", "false"}:
        raise ValueError("unknown filter or sort option")
    return Query(person.object_id, organization.instance_id, kept, sort, ascending == "true")


def _kept(tenant: Tenant, organization: Organization, person: Person, kept: str) -> list[Pat]:
    now = dates.ticks(tenant.now())
    horizon = time.time() - tenant.settings.list_lag_seconds
    rows = []
    for pat in tenant.pats.values():
        if not is_visible(pat, organization, person) or pat.created_at > horizon:
            continue
        is_late = pat.is_revoked and pat.revoked_at > horizon
        status = "active" if is_late and pat.valid_to > now else status_of(pat, now)
        if kept in {"all", status}:
            rows.append(pat)
    return rows


def _key(pat: Pat, query: Query, tenant: Tenant) -> list[Any]:
    first: str | int = pat.valid_to
    if query.sort == "displayName":
        first = pat.display_name.lower()
    elif query.sort == "status":
        first = status_of(pat, dates.ticks(tenant.now()))
    return [first, pat.authorization_id]


def _sorted(rows: list[Pat], query: Query, tenant: Tenant) -> list[Pat]:
    return sorted(rows, key=lambda pat: _key(pat, query, tenant), reverse=not query.is_ascending)


def _is_after(key: list[Any], start: list[Any], query: Query) -> bool:
    return bool(key > start) if query.is_ascending else bool(key < start)


def _continuation(query: Query, key: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps([query.mark, *key]).encode()).decode()


def _start(query: Query, continuation: str | None) -> list[Any] | None:
    if not continuation:
        return None
    try:
        mark, *key = json.loads(base64.urlsafe_b64decode(continuation.encode()))
    except (ValueError, TypeError) as exc:
        raise ValueError("the continuation token cannot be read") from exc
    if mark != query.mark or len(key) != 2:
        raise ValueError("the continuation token belongs to another filter or sort order")
    return list(key)
