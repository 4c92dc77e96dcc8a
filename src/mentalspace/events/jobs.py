"""The outbox's own upkeep: days of consumed events, and a look at what is stuck."""

from __future__ import annotations

from datetime import timedelta

from mentalspace.alerts.findings import alert_findings
from mentalspace.database.connection import fetch_row
from mentalspace.events.history import measure_backlog
from mentalspace.events.outbox import queries
from mentalspace.findings import Finding, Level
from mentalspace.jobs.job import Cron, Job, JobContext, Outcome
from mentalspace.jobs.trimming import fetch_period

DAYS_AHEAD = 7
LAG = timedelta(minutes=5)


async def keep_days(context: JobContext) -> Outcome:
    """Add the partitions of the days to come, drop those that are over."""
    kept = await fetch_period(context.connection, "consumed_events")
    values = {"ahead": DAYS_AHEAD, "kept": kept}
    async with context.transaction() as connection:
        row = await fetch_row(connection, queries["keep_days"], values)
    return Outcome(f"{row['added']} days added, {row['dropped']} dropped", data=row)


async def watch(context: JobContext) -> Outcome:
    """Find events that died, and a backlog that nobody drains; alert."""
    backlog = await measure_backlog(context.connection)
    rows = await (await context.connection.execute(queries["measure_dead"])).fetchall()
    findings = [_dead(row["table_name"], row["events"], row["errors"]) for row in rows]
    if backlog.lag > LAG.total_seconds():
        findings.append(_late(backlog.waiting, backlog.lag))
    async with context.transaction() as connection:
        await alert_findings(connection, "events", findings)
    summary = f"{backlog.waiting} events waiting, {backlog.dead} dead"
    return Outcome(summary, tuple(findings), backlog.model_dump())


def _dead(table: str, events: int, errors: list[str]) -> Finding:
    return Finding(
        check="events",
        title="Events died",
        level=Level.error,
        subject=f"public.{table}",
        detail=f"{events} events, for {', '.join(filter(None, errors)) or 'unknown reasons'}",
        remediation="Mend the cause, then `mentalspace events retry --all`; or `mentalspace events drop`.",
        key=f"events:public.{table}:dead",
        owner="security_administrator",
    )


def _late(waiting: int, lag: float) -> Finding:
    return Finding(
        check="events",
        title="Events wait for too long",
        level=Level.error,
        subject="governance.events",
        detail=f"{waiting} events, the oldest for {lag:.0f} s",
        remediation="Is a worker running? Start more of them, or look at its log.",
        key="events:governance.events:lag",
        owner="security_administrator",
    )


JOBS = (
    Job("keep_event_days", "Adds and drops days of consumed events", Cron("20 3 * * *"), keep_days),
    Job(
        "watch_events",
        "Looks for events that died or wait for too long",
        Cron("*/5 * * * *"),
        watch,
        catch_up=False,
        misfire_grace=timedelta(minutes=5),
    ),
)
