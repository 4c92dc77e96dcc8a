"""The checks, every morning before the practice opens."""

from __future__ import annotations

from datetime import timedelta

from mentalspace.jobs.job import Cron, Job, JobContext, Outcome


async def check_data(context: JobContext) -> Outcome:
    """Run every check, record results and alert owners. Bears being started twice: alerts open once."""
    from mentalspace.quality.describe import find_all
    from mentalspace.quality.runner import evaluate, find_tables, record

    evaluation = await evaluate(context.connection, await find_tables(context.connection))
    async with context.transaction() as connection:
        run = await record(connection, evaluation, triggered_by="data_quality")
    failed = sum(score.failed for score in run.scores)
    errors = sum(score.errors for score in run.scores)
    summary = f"{len(run.results)} checks: {failed} failed, {errors} could not run; score {run.score:.2f} %"
    return Outcome(summary, find_all(run), run.model_dump(mode="json"))


# Governance plan, 5.3: data-quality-check at 7 in the morning.
JOBS = (
    Job(
        name="data_quality",
        title="Data quality checks",
        schedule=Cron("0 7 * * *"),
        run=check_data,
        timeout=timedelta(minutes=30),
        misfire_grace=timedelta(hours=6),
    ),
)
