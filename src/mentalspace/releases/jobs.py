"""Metrics of releases whose 72 hours run or have just ended."""

from __future__ import annotations

from mentalspace.jobs.job import Cron, Job, JobContext, Outcome
from mentalspace.releases.findings import find_overdue
from mentalspace.releases.recording import capture_metrics, find_releases, find_uncaptured


async def run(context: JobContext) -> Outcome:
    """Capture what is not complete yet, one transaction each, and say which reviews are overdue."""
    versions = await find_uncaptured(context.connection)
    for version in versions:
        async with context.transaction() as connection:
            await capture_metrics(connection, version)
    releases = await find_releases(context.connection)
    return Outcome(
        f"metrics of {len(versions)} release{'' if len(versions) == 1 else 's'} captured",
        findings=find_overdue(releases),
        data={"captured": list(versions)},
    )


JOBS = (Job("capture_release_metrics", "Captures the first 72 hours of releases", Cron("15 * * * *"), run),)
