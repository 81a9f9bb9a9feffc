"""Measure finding mirrors that are due: as many of them, among ten times as many rows.

Asking for what is due reads an index and batches, so that it costs what is due and not what there is: that is
the ratio that counts, both in one run. Ends with 1 where something is not as it must be.
"""

import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django

FEW, MANY, DUE = 20_000, 200_000, 2_000
MOST_RATIO = 1.5

# Each person with a grant that is alive and one mirror, which is due at some time within the next six hours.
_PEOPLE = """
    INSERT INTO accounts_user (
        tenant_id, object_id, username, display_name, user_principal_name, email, login_hint, is_guest,
        is_active, is_staff, is_superuser, created_at, signed_in_at
    )
    SELECT gen_random_uuid(), gen_random_uuid(), 'person ' || n, '', '', '', '', false, true, false, false,
        now(), now()
    FROM generate_series(%s::int, %s::int) AS n
"""
_GRANTS = """
    INSERT INTO accounts_grant (
        user_id, key_id, sealed_cache, state, lost_code, lost_aadsts, lost_correlation_id, interactive_at,
        is_renewable, unattended_for, challenge_key_id, sealed_challenge
    )
    SELECT id, 'k', '', 'active', '', 0, '', now(), true, '[]', '', ''
    FROM accounts_user WHERE NOT EXISTS (SELECT FROM accounts_grant WHERE user_id = accounts_user.id)
"""
_ACCESS = """
    INSERT INTO tokens_organizationaccess (
        user_id, organization_id, state, error_code, activity_id, next_sync_at
    )
    SELECT id, %s::bigint, 'read', '', '', now() + interval '1 minute' + random() * interval '6 hours'
    FROM accounts_user
    WHERE NOT EXISTS (SELECT FROM tokens_organizationaccess WHERE user_id = accounts_user.id)
"""
_MAKE_DUE = """
    UPDATE tokens_organizationaccess SET next_sync_at = now() - interval '1 minute'
    WHERE id IN (SELECT id FROM tokens_organizationaccess ORDER BY random() LIMIT %s::int)
"""


def main() -> int:
    """Set everything up, measure both sizes and say what came out."""
    from tests.installation import Installation  # noqa: PLC0415 - settings of the tests must not be read yet

    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder))
        for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            os.environ[variable] = installation.url(variable)
        try:
            installation.migrate()
            django.setup()
            logging.disable(logging.INFO)
            return measure(installation)
        finally:
            from django.db import connections  # noqa: PLC0415

            connections.close_all()
            installation.remove()


def measure(installation: Any) -> int:
    """Measure both and return the exit code."""
    from django.conf import settings  # noqa: PLC0415

    from tokens.models import Organization  # noqa: PLC0415

    (organization,) = Organization.objects.configured(settings.AZURE_DEVOPS_ORGANIZATIONS[:1])
    few = ask(installation, organization.pk, begin=1, end=FEW)
    many = ask(installation, organization.pk, begin=FEW + 1, end=MANY)
    ratio = many / few
    print(f" {ratio:.2f} times as long among {MANY // FEW} times as many (at most {MOST_RATIO})")
    if ratio <= MOST_RATIO:
        return 0
    print(" NOT AS IT MUST BE: what is not due is paid for as well")
    return 1


def ask(installation: Any, organization_id: int, *, begin: int, end: int) -> float:
    """Add people with mirrors, make some due, and return how many seconds asking for those took."""
    from django.utils import timezone  # noqa: PLC0415

    from tokens import operations  # noqa: PLC0415

    with installation.connect("DATABASE_OWNER_URL") as connection:
        connection.execute(_PEOPLE, [begin, end])
        connection.execute(_GRANTS)
        connection.execute(_ACCESS, [organization_id])
        connection.execute("DELETE FROM procrastinate_jobs")
        connection.execute(_MAKE_DUE, [DUE])
        connection.execute("VACUUM ANALYZE accounts_grant, tokens_organizationaccess, procrastinate_jobs")
    began = time.perf_counter()
    found = operations.ask_for_due_syncs(now=timezone.now(), at_most=2 * DUE)
    seconds = time.perf_counter() - began
    print(f" {found:,} due among {end:,}: {seconds:.2f} s, {found / seconds:,.0f} a second")
    if found != DUE:
        raise SystemExit(f"{DUE} were due")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
