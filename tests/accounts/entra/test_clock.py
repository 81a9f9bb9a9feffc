"""Entra's clock, read from the date of an answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.entra.clock import offset_of, server_offset
from accounts.errors import EntraUnreachable
from sandbox.children import free_port
from tests.sandbox_control import Tenant

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "offset"),
    [
        ("Mon, 01 Jun 2026 12:01:30 GMT", timedelta(seconds=90)),
        ("Mon, 01 Jun 2026 12:00:00 -0000", timedelta(0)),
        ("yesterday", None),
        ("", None),
    ],
)
def test_it_reads_dates_as_servers_write_them(header: str, offset: timedelta | None) -> None:
    assert offset_of(header, now=NOW) == offset


@pytest.mark.usefixtures("tenant")
def test_it_asks_the_authority() -> None:
    offset = server_offset()
    assert offset is not None
    assert abs(offset) < timedelta(seconds=5)


def test_it_says_so_where_nobody_answers(tenant: Tenant, settings: Any) -> None:
    settings.ENTRA_AUTHORITY = f"https://127.0.0.1:{free_port()}/{tenant.tenant_id}"
    with pytest.raises(EntraUnreachable):
        server_offset()


def test_it_trusts_no_certificate_but_those_it_was_given(tenant: Tenant, settings: Any) -> None:
    settings.ENTRA_CA_BUNDLE = None
    with pytest.raises(EntraUnreachable):
        server_offset()
