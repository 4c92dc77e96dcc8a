"""A look at the feeds from outside: workers that beat and hear nothing."""

from __future__ import annotations

from datetime import timedelta

from mentalspace.alerts.findings import alert_findings
from mentalspace.database.connection import fetch_row
from mentalspace.database.queries import load_queries
from mentalspace.findings import Finding, Level
from mentalspace.jobs.job import Cron, Job, JobContext, Outcome

queries = load_queries(__package__ or "")
_SILENCE = timedelta(seconds=60)
_RECENT = timedelta(minutes=2)


async def watch(context: JobContext) -> Outcome:
    """Find workers whose feed is silent, alert, and forget those that are gone."""
    async with context.transaction() as connection:
        await connection.execute(queries["forget_canaries"])
        row = await fetch_row(connection, queries["find_silent"], {"silence": _SILENCE, "recent": _RECENT})
        findings = (_silent(row["silent"], row["listeners"]),) if row["silent"] else ()
        await alert_findings(connection, "realtime", findings)
    return Outcome(f"{row['silent']} of {row['listeners']} feeds silent", findings, row)


def _silent(silent: int, listeners: int) -> Finding:
    return Finding(
        check="realtime",
        title="Realtime is silent",
        level=Level.error,
        subject="public.feed_canaries",
        detail=f"{silent} of {listeners} workers hear nothing; they work by their sweeps, which is slower",
        remediation="See the log of the Realtime server; a policy that raises silences it for everybody.",
        key="realtime:public.feed_canaries:silent",
        owner="security_administrator",
    )


JOBS = (
    Job(
        "watch_feed",
        "Looks for workers whose Realtime feed is silent",
        Cron("*/2 * * * *"),
        watch,
        catch_up=False,
        misfire_grace=timedelta(minutes=2),
    ),
)
