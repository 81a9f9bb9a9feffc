"""Every task by its name, and what runs by the clock."""

from procrastinate.contrib.django import app

from tokens import enqueue

NAMES = {
    enqueue.SYNC_PERSON,
    enqueue.SYNC_PATS,
    enqueue.SYNC_UNASKED,
    enqueue.SETTLE_OPERATION,
    enqueue.REVOKE_ORPHAN,
    enqueue.END_PAT,
    enqueue.FINISH_END,
    enqueue.RUN_BULK,
    enqueue.WAKE_BULK,
    enqueue.SEND_MAIL,
    enqueue.SEND_MAILS,
    "tokens.remind",
    "tokens.sweep",
    "tokens.sync_due",
    "tokens.sweep_clocks",
    "tokens.sweep_mails",
    "tokens.retry_stalled_jobs",
    "tokens.clear_sessions",
    "tokens.clear_old_rows",
    "tokens.clear_jobs",
    "tokens.end_grants",
    "tokens.watch_credentials",
}


def test_the_worker_knows_every_task_by_its_name() -> None:
    assert {name for name in app.tasks if name.startswith("tokens.")} == NAMES


def test_some_run_by_the_clock() -> None:
    periodic = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert periodic == {
        "tokens.remind": "* * * * *",
        "tokens.sweep": "* * * * *",
        "tokens.sync_due": "* * * * *",
        "tokens.sweep_clocks": "* * * * *",
        "tokens.sweep_mails": "* * * * *",
        "tokens.retry_stalled_jobs": "* * * * *",
        "tokens.clear_sessions": "17 3 * * *",
        "tokens.clear_old_rows": "11 4 * * *",
        "tokens.clear_jobs": "37 4 * * *",
        "tokens.end_grants": "29 * * * *",
        "tokens.watch_credentials": "43 5 * * *",
    }
