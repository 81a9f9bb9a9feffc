"""Build a large audit log for the measurements: a year of one million events, with a chain that holds.

The events are made by Postgres, as the owner, with times of their own; their links are written by the trigger
that writes all links.
"""

import time
from typing import Any

from psycopg import sql

EVENTS, BATCH = 1_000_000, 50_000
PEOPLE, PATS, ORGANIZATIONS = 2_000, 10_000, 20
# What ended: a rare outcome and a type within the first tenth; an organization and a person of whom much was
# recorded until months ago, which statistics do not tell apart from what is common today.
LONG_AGO, MONTHS_AGO = EVENTS // 10, EVENTS * 6 // 10
RETIRED_ORGANIZATION, ENDED_TYPE, WHO_LEFT = "retired", "pat.kept", "Busy Bee"

_ORGANIZATIONS = """
    INSERT INTO tokens_organization (name)
    SELECT 'organization-' || number FROM generate_series(1, %(organizations)s - 1) AS number
    UNION ALL SELECT 'retired'
    ON CONFLICT DO NOTHING
"""
# Few people do much, many do little: that is what the powers of random() make.
_EVENTS = """
INSERT INTO tokens_auditevent (
    at, type, outcome, actor_kind, actor_tenant_id, actor_object_id, actor_label, owner_tenant_id,
    owner_object_id, owner_label, authorization_id, organization, pat_name, operation_id, request_id,
    activity_id, error_code, address, user_agent, data, personal_data, salt
)
SELECT
    at, type, outcome, actor_kind,
    CASE WHEN actor_kind = 'person' THEN tenant END,
    CASE WHEN actor_kind = 'person' THEN person END,
    CASE actor_kind WHEN 'person' THEN label WHEN 'system' THEN 'sync' ELSE 'root (uid 0)' END,
    CASE WHEN type <> 'command.ran' THEN tenant END,
    CASE WHEN type <> 'command.ran' THEN person END,
    CASE WHEN type <> 'command.ran' THEN label ELSE '' END,
    CASE WHEN of_a_pat THEN md5('pat ' || pat)::uuid END,
    CASE WHEN NOT of_a_pat THEN ''
        WHEN number <= %(months_ago)s AND pat %% 2 = 0 THEN 'retired'
        ELSE 'organization-' || 1 + pat %% (%(organizations)s - 1) END,
    CASE WHEN of_a_pat THEN
        (ARRAY['ci', 'nightly', 'release', 'mirror', 'backup', 'packages'])[1 + pat %% 6] || '-'
        || (ARRAY['deploy', 'build', 'agent', 'reader', 'sync'])[1 + pat / 6 %% 5] || '-' || pat
        ELSE '' END,
    CASE WHEN of_a_pat THEN md5('operation ' || number / 2)::uuid END,
    md5('request ' || number / 3),
    CASE WHEN of_a_pat AND outcome <> 'requested' THEN md5('activity ' || number)::uuid::text ELSE '' END,
    CASE outcome WHEN 'refused' THEN 'accessDenied' WHEN 'failed' THEN 'unreachable' ELSE '' END,
    CASE WHEN actor_kind = 'person' THEN '10.20.' || pat %% 250 || '.' || number %% 250 ELSE '' END,
    CASE WHEN actor_kind = 'person'
        THEN 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36'
        ELSE '' END,
    CASE WHEN of_a_pat THEN jsonb_build_object('scopes', jsonb_build_array('vso.code', 'vso.build_execute'),
        'valid_to', at + interval '30 days') ELSE '{}' END,
    CASE WHEN of_a_pat THEN jsonb_build_object('purpose', 'the pipeline of team ' || pat %% 90) ELSE '{}' END,
    uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
FROM (
    SELECT drawn.*,
        type LIKE 'pat.%%' AS of_a_pat,
        md5('tenant')::uuid AS tenant,
        md5('person ' || pat %% %(people)s)::uuid AS person,
        CASE WHEN pat = 0 AND number <= %(months_ago)s THEN 'Busy Bee' ELSE
            (ARRAY['Ada', 'Grace', 'Edsger', 'Barbara', 'Donald', 'Radia', 'Ken', 'Margaret'])[1 + pat %% 8]
            || ' ' || (ARRAY['Lindquist', 'Okafor', 'Moreau', 'Tanaka', 'Novak'])[1 + pat / 8 %% 5]
            || ' ' || lpad((pat %% %(people)s)::text, 4, '0') END AS label,
        CASE WHEN number <= %(long_ago)s AND number %% 2000 = 0 THEN 'unknown'
            WHEN type LIKE '%%\\_requested' THEN 'requested'
            WHEN luck < 0.03 THEN 'refused' WHEN luck < 0.04 THEN 'failed' ELSE 'success' END AS outcome,
        CASE WHEN type = 'command.ran' THEN 'operator'
            WHEN type IN ('mail.sent', 'pat.found', 'auth.grant_used', 'pat.expired') THEN 'system'
            ELSE 'person' END AS actor_kind
    FROM (
        SELECT number,
            now() - interval '365 days' * (1 - number / %(events)s::float) AS at,
            floor(%(pats)s * power(random(), 3))::int AS pat,
            random() AS luck,
            CASE WHEN number <= %(long_ago)s AND number %% 3 = 0 THEN 'pat.kept' ELSE (ARRAY[
                'auth.signed_in', 'auth.signed_in', 'auth.signed_in', 'auth.signed_out',
                'auth.session_ended', 'auth.grant_used', 'auth.grant_used', 'mail.sent', 'mail.sent',
                'pat.create_requested', 'pat.created', 'pat.received', 'pat.rotate_requested',
                'pat.rotated', 'pat.end_requested', 'pat.end_set', 'pat.revoke_requested', 'pat.revoked',
                'pat.update_requested', 'pat.updated', 'pat.expired', 'pat.found', 'command.ran'
            ])[CASE WHEN random() < 0.001 THEN 23 ELSE 1 + floor(22 * random())::int END] END AS type
        FROM generate_series(%(first)s, %(last)s) AS number
    ) AS drawn
) AS event
ORDER BY number
"""
_INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE tablename = 'tokens_auditevent' AND indexname NOT LIKE '%pkey'
"""


def build(owner: Any) -> None:
    """Fill the log of a database, as its owner; indexes are made at the end, which is quicker."""
    began = time.perf_counter()
    numbers = {
        "events": EVENTS,
        "people": PEOPLE,
        "pats": PATS,
        "organizations": ORGANIZATIONS,
        "long_ago": LONG_AGO,
        "months_ago": MONTHS_AGO,
    }
    indexes = owner.execute(_INDEXES).fetchall()
    for name, _ in indexes:
        owner.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    owner.execute("ALTER TABLE tokens_auditevent DISABLE TRIGGER tokens_audit_stamp")
    owner.execute(_ORGANIZATIONS, numbers)
    owner.execute("SELECT setseed(0.5)")
    for first in range(1, EVENTS + 1, BATCH):
        owner.execute(_EVENTS, {**numbers, "first": first, "last": first + BATCH - 1})
    owner.execute("ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_stamp")
    linked = time.perf_counter()
    print(f" {EVENTS:,} events made and linked in {linked - began:.0f} s", flush=True)
    for _, definition in indexes:
        owner.execute(definition)
    owner.execute("VACUUM (ANALYZE) tokens_auditevent")
    owner.execute("VACUUM (ANALYZE) tokens_auditlink")
    print(f" {len(indexes)} indexes made in {time.perf_counter() - linked:.0f} s", flush=True)
