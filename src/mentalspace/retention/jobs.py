"""The nightly retention run."""

from __future__ import annotations

from datetime import timedelta

from mentalspace.jobs.job import Cron, Job, JobContext, Outcome
from mentalspace.retention.applying import apply_retention
from mentalspace.retention.findings import find_obstacles
from mentalspace.retention.planning import fetch_plan
from mentalspace.retention.run import Origin


async def run(context: JobContext) -> Outcome:
    """Remove what is due. Nothing is lost if it is killed: the next run goes on."""
    done = await apply_retention(context.connection, Origin.job, transaction=context.transaction)
    plan = await fetch_plan(context.connection)
    return Outcome(
        f"{done.removed} rows removed",
        findings=find_obstacles(plan),
        data={"removed": {removal.data_type: removal.removed for removal in done.removals}},
    )


JOBS = (
    Job(
        "apply_retention",
        "Removes rows whose retention period is over",
        Cron("30 2 * * *"),
        run,
        # Years of rows at the first run; what an hour is too short for is the next night's.
        timeout=timedelta(hours=1),
    ),
)
