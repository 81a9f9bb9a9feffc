"""People with PATs of whom some are due, for measurements and tests of processes: made by Postgres, at once.

It is noon where everybody is, so that nothing waits for the morning, whenever this runs.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_ORGANIZATIONS = """
    INSERT INTO tokens_organization (name)
    SELECT 'organization-' || number FROM generate_series(1, 20) AS number ON CONFLICT DO NOTHING
"""
_PEOPLE = """
    INSERT INTO accounts_user (
        tenant_id, object_id, username, display_name, user_principal_name, email, login_hint, is_guest,
        is_active, is_staff, is_superuser, created_at, signed_in_at, disconnected_reason
    )
    SELECT md5('tenant')::uuid, md5('person ' || number)::uuid, 'person-' || number, 'Person ' || number,
        'person-' || number || '@example.com', 'person-' || number || '@example.com', '', false, true, false,
        false, now() - interval '300 days', now() - interval '1 day', ''
    FROM generate_series(1, %(people)s::int) AS number
"""
_WISHES = """
    INSERT INTO tokens_remindersettings (user_id, steps, time_zone, welcomed_at)
    SELECT id, '{30,14,7,3,1,0}', %(zone)s, now() - interval '200 days'
    FROM accounts_user WHERE username LIKE 'person-%%'
"""
_ACCESS = """
    INSERT INTO tokens_organizationaccess (user_id, organization_id, state, read_at, finished_at, error_code,
        activity_id)
    SELECT person.id, organization.id, 'read', now(), now(), '', ''
    FROM accounts_user AS person, tokens_organization AS organization
    WHERE person.username LIKE 'person-%%' AND organization.name = 'organization-' || 1 + person.id %% 20
"""
# So many are due, evenly among all: today is the seventh day before they end. The others have had their look,
# and have another one in the months to come.
_PATS = """
    INSERT INTO tokens_pat (
        id, user_id, organization_id, authorization_id, name, scopes, is_global, valid_from, valid_to,
        first_seen_at, written_at, is_left_over, purpose, remind_at
    )
    SELECT gen_random_uuid(), person.id, organization.id, gen_random_uuid(), 'agent-' || number, '{vso.code}',
        false, now() - interval '100 days',
        now() + CASE WHEN is_due THEN interval '7 days'
            ELSE interval '40 days' + interval '1 day' * (number %% 200) END,
        now() - interval '100 days', now() - interval '100 days', false, '',
        now() + CASE WHEN is_due THEN interval '-1 minute'
            ELSE interval '10 days' + interval '1 day' * (number %% 200) END
    FROM (
        SELECT number,
            number * %(due)s::bigint / %(pats)s > (number - 1) * %(due)s::bigint / %(pats)s AS is_due
        FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS number
    ) AS drawn
    JOIN accounts_user AS person
        ON person.username = 'person-' || 1 + (number - 1) * %(people)s::bigint / %(pats)s
    JOIN tokens_organization AS organization ON organization.name = 'organization-' || 1 + person.id %% 20
"""


def noon_zone(now: datetime) -> str:
    """Return the name of a zone in which it is between twelve and one at `now`."""
    hours = 12 - now.astimezone(UTC).hour
    return "UTC" if not hours else f"Etc/GMT{-hours:+d}"


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """So many people, all of their PATs, and how many of these are due."""

    people: int
    pats: int
    due: int
    batch: int = 100_000

    def build(self, owner: Any) -> None:
        """Write them, as the owner of the database, who looks at nothing: its triggers keep what is given."""
        zone = noon_zone(datetime.now(UTC))
        values = {"people": self.people, "pats": self.pats, "due": self.due, "zone": zone}
        for statement in (_ORGANIZATIONS, _PEOPLE, _WISHES, _ACCESS):
            owner.execute(statement, values)
        owner.execute("UPDATE tokens_remindersettings SET remind_at = NULL")
        for first in range(1, self.pats + 1, self.batch):
            last = min(first + self.batch - 1, self.pats)
            owner.execute(_PATS, {**values, "first": first, "last": last})
        # By itself it would come a minute later, in the midst of what is measured.
        owner.execute("VACUUM ANALYZE")
