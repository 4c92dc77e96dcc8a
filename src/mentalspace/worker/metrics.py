"""What Prometheus reads: what this process did, and where the work in the database stands.

Figures of the database are the same in every replica: take the maximum, never the sum.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from mentalspace.database.connection import Connection, connect, fetch_row
from mentalspace.database.queries import load_queries
from mentalspace.delivery.history import count_deliveries, measure_waiting
from mentalspace.errors import MentalspaceError
from mentalspace.events.history import measure_backlog
from mentalspace.jobs.runner import Report

if TYPE_CHECKING:
    from mentalspace.worker.changes import ChangeWorker

log = structlog.get_logger()
queries = load_queries(__package__ or "")
_PATIENCE_SECONDS = 4
# Asked more often, the database is not.
_FRESH_SECONDS = 5
_SECONDS = (0.05, 0.25, 1, 5, 15, 60, 300, 1800)


@dataclass
class Metrics:
    """The metrics of one worker. `database_url` is asked when they are read."""

    database_url: str
    changes: ChangeWorker | None = None
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    _measured_at: float = -_FRESH_SECONDS
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._runs = Histogram(
            "mentalspace_job_run_seconds",
            "Runs of jobs that ended in this process, by how they ended.",
            ("job", "status"),
            registry=self.registry,
            buckets=_SECONDS,
        )
        self._gauges = {name: self._gauge(name, *about) for name, about in _GAUGES.items()}
        self._consumed = Counter(
            "mentalspace_events_consumed", "Events consumed by this process.", registry=self.registry
        )
        self._consumed_before = 0

    def observe_run(self, report: Report) -> None:
        """Count a run that ended here."""
        self._runs.labels(report.job, report.status or "lost").observe(report.seconds)

    async def measure(self) -> None:
        """Bring the figures up to date; when the database does not answer, say so and keep the rest."""
        self._measure_process()
        async with self._turn:
            if monotonic() - self._measured_at < _FRESH_SECONDS:
                return
            up = await self._measure_database()
            self._gauges["database_up"].set(up)
            self._measured_at = monotonic()

    def render(self) -> str:
        """The text that Prometheus reads."""
        return generate_latest(self.registry).decode()

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"mentalspace_{name}", text, labels, registry=self.registry)

    def _measure_process(self) -> None:
        if self.changes is None:
            return
        consumed = self.changes.claimer.tally.consumed
        self._consumed.inc(consumed - self._consumed_before)
        self._consumed_before = consumed
        self._gauges["feed_live"].set(self.changes.feed.live and not self.changes.canary.silent)

    async def _measure_database(self) -> bool:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                async with connect(self.database_url, application_name="mentalspace metrics") as connection:
                    await self._read(connection)
        except (MentalspaceError, TimeoutError) as error:
            log.warning("metrics of the database are missing", error=str(error) or "it took too long")
            return False
        return True

    async def _read(self, connection: Connection) -> None:
        backlog = await measure_backlog(connection)
        self._gauges["events_waiting"].set(backlog.waiting)
        self._gauges["events_dead"].set(backlog.dead)
        self._gauges["events_lag_seconds"].set(backlog.lag)
        waiting = await measure_waiting(connection)
        self._gauges["deliveries_due"].set(waiting.waiting)
        self._gauges["deliveries_lag_seconds"].set(waiting.seconds)
        self._fill("deliveries", await count_deliveries(connection), "number", "channel", "state")
        jobs = await (await connection.execute(queries["measure_jobs"])).fetchall()
        self._fill("job_last_success_timestamp_seconds", jobs, "succeeded_at", "job")
        self._fill("job_last_seconds", jobs, "seconds", "job")
        self._fill("job_paused", jobs, "paused", "job")
        self._fill("job_failing", jobs, "failing", "job")
        self._fill(
            "job_runs_open",
            await (await connection.execute(queries["measure_open"])).fetchall(),
            "number",
            "status",
        )
        alerts = await fetch_row(connection, queries["measure_alerts"])
        self._gauges["alerts_open"].set(alerts["number"])

    def _fill(self, name: str, rows: list[dict[str, Any]], value: str, *labels: str) -> None:
        gauge = self._gauges[name]
        gauge.clear()
        for row in rows:
            if row[value] is not None:
                gauge.labels(*(row[label] for label in labels)).set(row[value])


_GAUGES = {
    "database_up": ("1 if the figures of the database are of now.",),
    "feed_live": ("1 while this process hears changes through Realtime.",),
    "events_waiting": ("Events that wait to be consumed.",),
    "events_dead": ("Events whose attempts are used up.",),
    "events_lag_seconds": ("How long the oldest event waits.",),
    "deliveries": ("Deliveries that wait, and those that ended within a day.", "channel", "state"),
    "deliveries_due": ("Messages and deliveries whose time has come.",),
    "deliveries_lag_seconds": ("How long the oldest of them waits.",),
    "job_last_success_timestamp_seconds": ("When the job last succeeded.", "job"),
    "job_last_seconds": ("How long its last successful run took.", "job"),
    "job_paused": ("1 while the job is paused.", "job"),
    "job_failing": ("1 if its latest run failed, was abandoned or missed.", "job"),
    "job_runs_open": ("Runs that go on or wait to be taken over.", "status"),
    "alerts_open": ("Alerts that nobody resolved.",),
}
