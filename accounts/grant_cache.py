"""Reads the access token out of a person's MSAL cache without MSAL, hence without any chance of a request.

The format is MSAL's published one: a JSON object of sections, each a dictionary of entries. MSAL itself finds
an access token only if Entra echoed the exact scopes that were asked for; a grant holds those of one resource
alone, so here any scope of that resource will do for its `.default`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

_FRESH = timedelta(minutes=5)
_USABLE = timedelta(minutes=1)
_DEFAULT = "/.default"
_RENEWING = "RefreshToken"


class CacheBroken(Exception):
    """The text is not an MSAL cache."""


@dataclass(frozen=True, slots=True)
class HeldAccessToken:
    """An access token with its times; `refresh_at` is when Entra would like it renewed, if it said so."""

    secret: str = field(repr=False)
    expires_at: datetime
    refresh_at: datetime | None

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether it can be used without a thought of renewing it."""
        return self.expires_at - now > _FRESH and (self.refresh_at is None or now < self.refresh_at)

    def is_usable(self, now: datetime) -> bool:
        """Tell whether a call that starts now can still use it."""
        return self.expires_at - now > _USABLE


def find_access_token(
    cache_text: str, *, client_id: str, tenant_id: UUID, object_id: UUID, scopes: Sequence[str]
) -> HeldAccessToken | None:
    """Return the person's newest access token for `scopes`, or None; raises `CacheBroken`."""
    try:
        cache = json.loads(cache_text)
        accounts = set(_account_ids(cache, tenant_id=tenant_id, object_id=object_id))
        found = [
            (int(entry["cached_at"]), _held(entry))
            for entry in cache.get("AccessToken", {}).values()
            if entry["home_account_id"] in accounts
            and entry["client_id"] == client_id
            and entry["realm"] == str(tenant_id)
            and _covers(set(entry["target"].split()), scopes)
        ]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as exc:
        raise CacheBroken(type(exc).__name__) from exc
    return max(found, key=lambda dated: (dated[0], dated[1].expires_at))[1] if found else None


def has_refresh_token(cache_text: str) -> bool:
    """Tell whether anything in the cache outlives its access tokens."""
    cache = json.loads(cache_text)
    return isinstance(cache, dict) and bool(cache.get(_RENEWING))


def without_refresh_tokens(cache_text: str) -> str:
    """Return the cache without what outlives its access tokens; nothing of what is no cache."""
    cache = json.loads(cache_text)
    return json.dumps(
        {name: held for name, held in cache.items() if name != _RENEWING} if isinstance(cache, dict) else {}
    )


def _account_ids(cache: Any, *, tenant_id: UUID, object_id: UUID) -> Iterator[str]:
    for account in cache.get("Account", {}).values():
        if account["local_account_id"] == str(object_id) and account["realm"] == str(tenant_id):
            yield account["home_account_id"]


def _held(entry: dict[str, Any]) -> HeldAccessToken:
    refresh_on = entry.get("refresh_on")
    return HeldAccessToken(
        secret=str(entry["secret"]),
        expires_at=datetime.fromtimestamp(int(entry["expires_on"]), UTC),
        refresh_at=None if refresh_on is None else datetime.fromtimestamp(int(refresh_on), UTC),
    )


def _covers(target: set[str], scopes: Sequence[str]) -> bool:
    return all(
        scope in target
        or (
            scope.endswith(_DEFAULT)
            and any(held.startswith(scope.removesuffix(_DEFAULT) + "/") for held in target)
        )
        for scope in scopes
    )
