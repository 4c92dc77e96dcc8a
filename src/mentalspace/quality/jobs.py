"""The checks: every morning over all rows, and every few minutes over what changed."""

from __future__ import annotations

from datetime import timedelta

from mentalspace.jobs.job import Cron, Job, JobContext, Outcome


async def check_data(context: JobContext) -> Outcome:
    """Run every check, record results and alert owners. Bears being started twice: alerts open once.

    Reads all rows of what the catalog does not prove, and says where incremental passes had it wrong.
    """
    from mentalspace.quality.describe import find_all
    from mentalspace.quality.passes import check_changes
    from mentalspace.quality.runner import find_tables, record

    tables = await find_tables(context.connection)
    evaluation = await check_changes(context.connection, tables, whole=True)
    async with context.transaction() as connection:
        run = await record(connection, evaluation, triggered_by="data_quality")
    failed = sum(score.failed for score in run.scores)
    errors = sum(score.errors for score in run.scores)
    summary = f"{len(run.results)} checks: {failed} failed, {errors} could not run; score {run.score:.2f} %"
    return Outcome(summary, find_all(run), run.model_dump(mode="json"))


async def check_changed_data(context: JobContext) -> Outcome:
    """Judge what changed, and record and alert if a result is another than the latest. May run twice."""
    from mentalspace.quality.describe import find_all
    from mentalspace.quality.passes import check_changes
    from mentalspace.quality.runner import find_tables, record_news

    evaluation = await check_changes(context.connection, await find_tables(context.connection))
    async with context.transaction() as connection:
        run = await record_news(connection, evaluation, triggered_by="data_quality_changes")
    looked = f"{sum(result.rows_read or 0 for result in evaluation.results)} rows looked at"
    if run is None:
        return Outcome(f"{len(evaluation.results)} checks as before; {looked}")
    changed = len(run.opened) + len(run.recovered)
    return Outcome(f"{len(run.results)} checks, results changed; {looked}; {changed} alerts", find_all(run))


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
    Job(
        name="data_quality_changes",
        title="Data quality checks of what changed",
        schedule=Cron("*/15 * * * *"),
        run=check_changed_data,
        timeout=timedelta(minutes=10),
    ),
)
