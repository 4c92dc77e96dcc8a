"""The ladder: once a minute, whoever did not acknowledge is passed over."""

from __future__ import annotations

from datetime import timedelta

from mentalspace.alerts.ladder import climb_alerts
from mentalspace.jobs.job import Cron, Job, JobContext, Outcome


async def climb(context: JobContext) -> Outcome:
    """Tell the next step of alerts that nobody acknowledged in time."""
    climbed = await climb_alerts(context.connection)
    return Outcome(f"{climbed} alerts climbed", data={"climbed": climbed})


JOBS = (
    Job(
        "climb_alerts",
        "Tells the next of the path what nobody acknowledged",
        Cron("* * * * *"),
        climb,
        timeout=timedelta(minutes=1),
        catch_up=False,
        misfire_grace=timedelta(minutes=1),
        atomic=True,
    ),
)
