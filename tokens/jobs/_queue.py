"""The queue's own upkeep: jobs of killed workers run again."""

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from tokens.jobs._job import log

# Seconds without a heartbeat after which a worker's job counts as abandoned.
STALLED_AFTER_SECONDS = 60
# How long failed jobs stay to be looked at.
FAILED_KEPT_DAYS = 30


@app.periodic(cron="* * * * *")
@app.task(name="tokens.retry_stalled_jobs", queueing_lock="retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Run the jobs of killed workers again; the queue itself leaves them behind as running."""
    manager = context.app.job_manager
    for stalled in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
        try:
            await manager.retry_job(stalled)
        except UniqueViolation:
            # The same work is waiting again already; the abandoned job must not hold its lock any longer.
            await manager.finish_job_by_id_async(stalled.id or 0, Status.FAILED, delete_job=False)
        log.warning("stalled job found", job_id=stalled.id, task=stalled.task_name)


@app.periodic(cron="37 4 * * *")
@app.task(name="tokens.clear_jobs", queueing_lock="clear_jobs", pass_context=True)
async def clear_jobs(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Delete jobs that failed so long ago that nobody looks at them any more."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=24 * FAILED_KEPT_DAYS, include_failed=True, include_cancelled=True, include_aborted=True
    )
