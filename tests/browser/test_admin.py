"""Every page of the administration, for auditors and for administrators: held to the same as all others."""

from typing import LiteralString

import pytest
from playwright.sync_api import expect
from psycopg import sql

from tests.browser.conftest import OpenBrowser
from tests.browser.inspection import Inspector

pytestmark = pytest.mark.browser

# Django's own admin: its filters stand 20 px apart, and the link in its count of results is not underlined.
_RULES_BROKEN_BY_DJANGO = ["target-size", "link-in-text-block"]
_LONG_NAME = "Nightly-export-of-everything-that-ended-" * 4 + "and a few words more, so that it wraps"
_MIXED_NAME = "עברית mixed with English <b>and</b> & signs"

_EVENTS = """
    INSERT INTO tokens_auditevent (type, outcome, actor_kind, actor_label, owner_label, organization,
        pat_name, operation_id, request_id, activity_id, error_code, address, user_agent, data, personal_data)
    SELECT type, outcome, 'person', %s::text, '', 'fabrikam',
        %s::text, '6f8a5d20-1c9b-4e57-8f0a-3b2c1d4e5f60'::uuid, 'one request', '', code, '192.0.2.1',
        'Mozilla/5.0', data::jsonb, jsonb_build_object('purpose', array['', %s::text])
    FROM (VALUES
        ('pat.update_requested', 'requested', '', '{}'),
        ('pat.update_answer_lost', 'unknown', '', '{}'),
        ('pat.update_refused', 'refused', 'policy_violation_with_a_long_code', '{}'),
        ('pat.updated', 'success', '', '{"scopes": [["vso.code"], ["vso.work", "vso.build"]]}')
    ) AS told (type, outcome, code, data)
"""
_PROOF = """
    WITH signed AS (
        INSERT INTO tokens_auditcheckpoint (position, hash, note) VALUES (1, decode(%s, 'hex'), %s)
    )
    INSERT INTO tokens_auditverification
        (from_position, to_position, links, erased, faults, findings, checkpoints, by)
    VALUES (1, 9, 9, 0, 2, ARRAY[%s, 'Event 7 at position 6 was altered.'], 1, 'root (uid 0)')
"""


def _statement(text: LiteralString) -> sql.Composed:
    return sql.Composed([sql.SQL(text)])


def test_the_audit_log_suits_everybody(open_browser: OpenBrowser) -> None:
    visitor = open_browser(roles=("PatPortal.Auditor",))
    inspector = Inspector(visitor.page, excluded_rules=_RULES_BROKEN_BY_DJANGO)
    visitor.sign_in("/admin/tokens/auditevent/")
    inspector.look("audit log without proof")
    visitor.portal.execute(_statement(_EVENTS), [_MIXED_NAME, _LONG_NAME, _LONG_NAME])
    visitor.portal.execute(
        _statement(_PROOF), ["ab" * 32, "origin\n1\n" + "A" * 200, "Event 5 is missing: " + "a" * 200]
    )
    visitor.page.reload()
    expect(visitor.page.get_by_text("2 faults")).to_be_visible()
    inspector.look("audit log")
    visitor.page.get_by_label("By event").select_option(label="PAT changed")
    visitor.button("Filter").click()
    expect(visitor.page.get_by_text("Clear all filters")).to_be_visible()
    inspector.look("audit log, filtered")
    visitor.page.locator("#result_list tbody a").first.click()
    expect(visitor.page.get_by_role("heading", name="What was changed")).to_be_visible()
    inspector.look("audit event")
    for name in ("auditverification", "auditcheckpoint"):
        visitor.go(f"/admin/tokens/{name}/")
        inspector.look(f"list of {name}s")
        visitor.page.locator("#result_list tbody a").first.click()
        inspector.look(f"one {name}")
    visitor.go("/admin/")
    inspector.look("administration")
    assert not inspector.faults, inspector.report()


_QUEUE: tuple[LiteralString, ...] = (
    """
    INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, queueing_lock) VALUES
        ('default', 'tokens.sync_pats', '{"user_id": 12345, "organization_id": 678}', 'failed', 'failed'),
        ('default', 'of.a.later.release.with.a.name.that.does.not.want.to.end', '{"operation_id":
        "4d3c0f4e-0000-4000-8000-00000000c0de"}', 'failed', 'of a later release')
    """,
    """
    INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp, periodic_id)
        VALUES ('tokens.sweep', extract(epoch FROM now())::bigint, 'of a test')
    """,
)


def test_the_queue_suits_everybody(open_browser: OpenBrowser) -> None:
    visitor = open_browser(roles=("PatPortal.Admin",))
    inspector = Inspector(visitor.page, excluded_rules=_RULES_BROKEN_BY_DJANGO)
    visitor.sign_in("/admin/tokens/queuedjob/")
    inspector.look("queue")
    for statement in _QUEUE:
        visitor.portal.execute(_statement(statement), [])
    # Whatever else waits in the queue by now stands before them.
    visitor.go("/admin/tokens/queuedjob/?status=failed")
    expect(visitor.page.get_by_role("heading", name="Last run by the clock")).to_be_visible()
    inspector.look("queue with jobs")
    visitor.page.get_by_label("tokens.sync_pats").check()
    visitor.page.get_by_label("Action:").select_option(label="Run again those that failed")
    visitor.page.locator("button[name=index]").click()
    expect(visitor.page.get_by_text("1 waits to run again.")).to_be_visible()
    inspector.look("queue after a retry")
    visitor.page.locator("#result_list tbody th a").first.click()
    inspector.look("one job")
    assert not inspector.faults, inspector.report()


_READ_BY_ADMINISTRATORS = {
    "accounts": ("user", "alarm"),
    "tokens": ("pat", "operation", "organization", "reminder", "remindersettings"),
}


_MANY_PAGES = """
(paginator) => paginator.prepend(...Array.from({length: 12}, (_, number) => {
  const link = document.createElement("a");
  link.href = `?p=${number + 1}`;
  link.textContent = number + 1;
  return link;
}))
"""


def test_what_administrators_read_suits_everybody(open_browser: OpenBrowser) -> None:
    visitor = open_browser(roles=("PatPortal.Admin",))
    inspector = Inspector(visitor.page, excluded_rules=_RULES_BROKEN_BY_DJANGO)
    visitor.sign_in()
    visitor.create_pat(name=_LONG_NAME)
    visitor.go("/admin/tokens/")
    inspector.look("administration of tokens")
    for app, models in _READ_BY_ADMINISTRATORS.items():
        for model in models:
            visitor.go(f"/admin/{app}/{model}/")
            if model == "pat":
                visitor.page.locator(".paginator").evaluate(_MANY_PAGES)
            inspector.look(f"list of {model}s".replace("ss", "s"))
            first = visitor.page.locator("#result_list tbody th a")
            if model in {"user", "pat", "operation", "organization"}:
                first.first.click()
                inspector.look(f"one {model}")
    assert not inspector.faults, inspector.report()
