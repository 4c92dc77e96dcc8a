"""The clocks are looked at every ten minutes: what is late is alerted, what no longer is, resolved; who is
Responsible hears of what is due soon."""

from __future__ import annotations

from datetime import timedelta

from mentalspace.alerts.ladder import settle_alerts
from mentalspace.deadlines.breach import METRIC, find_breaches
from mentalspace.deadlines.promise import fetch_now
from mentalspace.deadlines.reminders import remind
from mentalspace.jobs.job import Cron, Job, JobContext, Outcome


async def watch(context: JobContext) -> Outcome:
    """Find rows that break a promise of the matrix, and alert whoever its escalation path names."""
    connection, time_zone = context.connection, context.settings.practice_time_zone
    now = await fetch_now(connection)
    breaches = await find_breaches(connection, now, time_zone)
    await settle_alerts(connection, METRIC, [breach.to_alert() for breach in breaches])
    reminded = await remind(connection, now, time_zone)
    late = {breach.promise.name: len(breach.rows) for breach in breaches}
    summary = (
        f"{len(breaches)} promises broken, {sum(late.values())} rows late, {sum(reminded.values())} due soon"
    )
    findings = tuple(breach.to_finding() for breach in breaches)
    return Outcome(summary, findings, {"late": late, "reminded": reminded})


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
