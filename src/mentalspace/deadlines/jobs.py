"""The clocks are looked at every ten minutes; what is late is alerted, what no longer is, resolved."""

from __future__ import annotations

from datetime import timedelta

from mentalspace.alerts.ladder import settle_alerts
from mentalspace.deadlines.breach import METRIC, find_breaches
from mentalspace.jobs.job import Cron, Job, JobContext, Outcome


async def watch(context: JobContext) -> Outcome:
    """Find rows that break a promise of the matrix, and alert the owner of each promise."""
    breaches = await find_breaches(context.connection)
    await settle_alerts(context.connection, METRIC, [breach.to_alert() for breach in breaches])
    data = {breach.deadline.name: breach.rows for breach in breaches}
    findings = tuple(breach.to_finding() for breach in breaches)
    return Outcome(f"{len(breaches)} promises broken, {sum(data.values())} rows late", findings, data)


JOBS = (
    Job(
        "watch_deadlines",
        "Looks for rows that break a promise of the RACI matrix",
        Cron("*/10 * * * *"),
        watch,
        timeout=timedelta(minutes=2),
        catch_up=False,
        misfire_grace=timedelta(minutes=10),
        atomic=True,
    ),
)
