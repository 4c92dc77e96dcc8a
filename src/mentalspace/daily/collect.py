"""Run the jobs of the morning under the ledger, then read what they and the practice have to say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from mentalspace import terminal
from mentalspace.administration.emergency import find_accesses
from mentalspace.administration.emergency import find_overdue as find_unreviewed
from mentalspace.daily.report import Alert, DailyReport, find_failed
from mentalspace.database.connection import Connection, connect, fetch_row
from mentalspace.database.queries import load_queries
from mentalspace.findings import Finding, exclude_findings
from mentalspace.jobs.history import Run, find_runs
from mentalspace.jobs.oneshot import RunningAlreadyError, run_now
from mentalspace.jobs.registry import fetch_job
from mentalspace.quality.describe import describe_results
from mentalspace.quality.overview import fetch_overview
from mentalspace.raci.coverage import find_unassigned
from mentalspace.raci.matrix import Matrix
from mentalspace.raci.privileges import measure_coverage
from mentalspace.releases.findings import find_overdue
from mentalspace.releases.recording import find_releases
from mentalspace.retention.findings import find_obstacles
from mentalspace.retention.planning import fetch_plan
from mentalspace.settings import Settings
from mentalspace.wiring import JOBS

# What measures. Retention is planned here and applied at night, never by reading a report.
MORNING_JOBS = ("data_quality", "capture_release_metrics")
MOST_RUNS = 100
queries = load_queries(__package__ or "")


async def run_morning_jobs(settings: Settings) -> None:
    """Run each job once, recorded; one that a worker is running at this moment is left to it."""
    with terminal.progress("Measuring", len(MORNING_JOBS)) as advance:
        for name in MORNING_JOBS:
            try:
                await run_now(fetch_job(JOBS, name), settings)
            except RunningAlreadyError:
                terminal.say(f"{name} is running already; the report shows its latest results")
            advance(name)


async def collect_report(settings: Settings, matrix: Matrix) -> DailyReport:
    """Read the report. Read-only: on one connection, from tables that jobs have written."""
    async with connect(settings.database_url.get_secret_value()) as connection:
        practice_date, began_at = await _fetch_day(connection, settings)
        coverage = await measure_coverage(connection, matrix)
        quality = await fetch_overview(connection)
        retention = await fetch_plan(connection)
        releases = await find_releases(connection)
        emergencies = await find_accesses(connection)
        runs = await _find_runs(connection, began_at)
        alerts = await _find_alerts(connection, began_at)

    def findings() -> Iterator[Finding]:
        yield from find_unassigned(coverage.unassigned or ())
        yield from describe_results(quality.failing)
        yield from find_obstacles(retention)
        yield from find_overdue(releases)
        yield from find_unreviewed(emergencies)
        yield from find_failed(runs)

    return DailyReport(
        practice_date=practice_date,
        coverage=coverage,
        quality=quality,
        retention=retention,
        releases_awaiting_review=tuple(release for release in releases if release.awaits_review),
        alerts=alerts,
        runs=runs,
        findings=tuple(exclude_findings(findings(), settings.exclude_findings)),
    )


async def _fetch_day(connection: Connection, settings: Settings) -> tuple[date, datetime]:
    row = await fetch_row(connection, queries["fetch_practice_day"], {"zone": settings.practice_time_zone})
    return row["practice_date"], row["began_at"]


async def _find_runs(connection: Connection, since: datetime) -> tuple[Run, ...]:
    runs = await find_runs(connection, limit=MOST_RUNS)
    return tuple(run for run in runs if run.started_at and run.started_at >= since)


async def _find_alerts(connection: Connection, since: datetime) -> tuple[Alert, ...]:
    cursor = await connection.execute(queries["list_alerts"], {"since": since})
    return tuple(Alert.model_validate(row) for row in await cursor.fetchall())
