"""Entra's clock, by the date of one of its answers; for the doctor alone."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from django.conf import settings

from accounts.discovery import discovery_url
from accounts.entra.transport import CONNECT_SECONDS, READ_SECONDS, build_session, unreachable


def server_offset() -> timedelta | None:
    """Return Entra's clock minus our own, to about a second; None where its answer names no date.

    Raises `EntraUnreachable`.
    """
    url, timeout = discovery_url(settings.ENTRA_AUTHORITY), (CONNECT_SECONDS, READ_SECONDS)
    try:
        with (
            build_session(ca_bundle=settings.ENTRA_CA_BUNDLE, proxy=settings.OUTBOUND_PROXY) as session,
            session.get(url, timeout=timeout, allow_redirects=False, stream=True) as answer,
        ):
            sent_at = answer.headers.get("Date", "")
    except OSError as exc:
        raise unreachable(exc) from exc
    return offset_of(sent_at, now=datetime.now(UTC))


def offset_of(sent_at: str, *, now: datetime) -> timedelta | None:
    """Return how far the moment in a Date header is ahead of `now`; None where it is none."""
    try:
        moment = parsedate_to_datetime(sent_at)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
