"""Deliver every minute; look at what does not arrive."""

from __future__ import annotations

from datetime import timedelta

from mentalspace.alerts.findings import alert_findings
from mentalspace.delivery.channels import Channels
from mentalspace.delivery.delivering import Deliverer, read_manners
from mentalspace.delivery.history import Waiting, count_deliveries, find_unconfigured, measure_waiting
from mentalspace.delivery.outbox import queries
from mentalspace.findings import Finding, Level
from mentalspace.jobs.job import Cron, Job, JobContext, Outcome
from mentalspace.jobs.trimming import fetch_period, trim
from mentalspace.settings import Environment

LATE = timedelta(minutes=15)
_SUBJECT = "public.notification_logs"


async def deliver(context: JobContext) -> Outcome:
    """Send what is due. Each delivery has a lease and a key of its own, so a run may die anywhere."""
    deliverer = Deliverer(
        context.connection,
        Channels.from_settings(context.settings),
        read_manners(context.settings),
        f"run {context.run_id}",
    )
    tally = await deliverer.drain()
    summary = f"{tally.count('sent')} sent, {tally.count('failed') + tally.count('died')} failed"
    return Outcome(summary, data=tally.summarize())


async def watch(context: JobContext) -> Outcome:
    """Find messages that died, wait for too long, or ask for a channel that nobody configured; alert."""
    counts = await count_deliveries(context.connection)
    waiting = await measure_waiting(context.connection)
    unconfigured = await find_unconfigured(context.connection)
    dead = {row["channel"]: row["number"] for row in counts if row["state"] == "dead"}
    findings = [_dead(channel, number) for channel, number in dead.items()]
    findings += [
        _unconfigured(channel, number, context.settings.environment)
        for channel, number in unconfigured.items()
    ]
    if waiting.seconds > LATE.total_seconds():
        findings.append(_late(waiting))
    async with context.transaction() as connection:
        await alert_findings(connection, "notifications", findings)
    summary = f"{waiting.waiting} deliveries due, {sum(dead.values())} died within a day"
    return Outcome(
        summary, tuple(findings), {"waiting": waiting.waiting, "seconds": waiting.seconds, "dead": dead}
    )


async def trim_deliveries(context: JobContext) -> Outcome:
    """Remove deliveries, and their attempts, whose period is over."""
    kept = await fetch_period(context.connection, "deliveries")
    removed = await trim(context, queries["trim_deliveries"], {"kept": kept})
    return Outcome(f"{removed} deliveries removed", data={"deliveries": removed})


def _dead(channel: str, number: int) -> Finding:
    return _finding(
        f"{channel}_dead",
        "Messages did not arrive",
        Level.error,
        f"{number} deliveries by {channel} died within a day",
        f"Try `mentalspace notifications test {channel}`; then `mentalspace notifications resend --failed`.",
    )


def _late(waiting: Waiting) -> Finding:
    return _finding(
        "late",
        "Messages wait for too long",
        Level.error,
        f"{waiting.waiting} deliveries due, the oldest for {waiting.seconds:.0f} s",
        "Does a worker run, and does the job deliver_notifications succeed?",
    )


def _unconfigured(channel: str, number: int, environment: Environment) -> Finding:
    return _finding(
        f"{channel}_not_configured",
        "A channel is not configured",
        Level.info if environment is Environment.development else Level.warning,
        f"{number} messages of the last day asked for {channel}",
        f"Set MENTALSPACE_NOTIFICATION_{channel.upper()}_URL.",
    )


def _finding(what: str, title: str, level: Level, detail: str, remediation: str) -> Finding:
    return Finding(
        check="notifications",
        title=title,
        level=level,
        subject=_SUBJECT,
        detail=detail,
        remediation=remediation,
        key=f"notifications:{_SUBJECT}:{what}",
        owner="security_administrator",
    )


JOBS = (
    Job("deliver_notifications", "Sends messages that are due", Cron("* * * * *"), deliver),
    Job(
        "watch_notifications",
        "Looks for messages that do not arrive",
        Cron("*/5 * * * *"),
        watch,
        catch_up=False,
        misfire_grace=timedelta(minutes=5),
    ),
    Job(
        "trim_deliveries",
        "Removes deliveries of messages whose period is over",
        Cron("50 3 * * *"),
        trim_deliveries,
    ),
)
