"""What the ledger says about jobs and runs. Read-only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.jobs.job import Job
from mentalspace.jobs.ledger import Status
from mentalspace.jobs.pausing import Pause, find_pauses
from mentalspace.jobs.schedule import find_next_slot

queries = load_queries(__package__ or "")
_NEVER = datetime.max.replace(tzinfo=UTC)
TREND = 12


class Run(BaseModel):
    """One run as recorded."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    run_id: int
    job: str
    scheduled_for: AwareDatetime
    triggered_by: str
    status: Status
    worker: str | None
    attempt: int
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None
    seconds: float | None
    outcome: dict[str, Any] | None
    error_class: str | None
    error_message: str | None

    @property
    def summary(self) -> str:
        """One line: what came of it, or why it failed."""
        if self.outcome:
            return str(self.outcome["summary"])
        return " ".join(part for part in (self.error_class, self.error_message) if part)


async def fetch_database_time(connection: Connection) -> datetime:
    """The clock that decides about slots."""
    rows = await (await connection.execute(queries["fetch_time"])).fetchall()
    now: datetime = rows[0]["now"]
    return now


async def find_runs(connection: Connection, job: str | None = None, limit: int = 20) -> list[Run]:
    """The latest runs, newest first, of one job or of all."""
    cursor = await connection.execute(queries["list_runs"], {"job": job, "limit": limit})
    return [Run.model_validate(row) for row in await cursor.fetchall()]


async def find_latest_runs(connection: Connection, names: Iterable[str]) -> dict[str, Run]:
    """The latest run by job; a job that never ran has none."""
    cursor = await connection.execute(queries["list_latest"], {"names": list(names)})
    return {row["job"]: Run.model_validate(row) for row in await cursor.fetchall()}


async def find_durations(connection: Connection, names: Iterable[str]) -> dict[str, list[float]]:
    """Seconds of the latest successful runs by job, oldest first."""
    values = {"names": list(names), "limit": TREND}
    rows = await (await connection.execute(queries["list_durations"], values)).fetchall()
    return {row["job"]: row["seconds"] for row in rows}


@dataclass(frozen=True)
class Listing:
    """A declared job, when it runs next, its latest run, and how long it took of late."""

    job: Job
    next_slot: datetime | None
    latest: Run | None
    durations: tuple[float, ...] = ()
    pause: Pause | None = None

    @property
    def usual_seconds(self) -> float | None:
        """The median of the runs before the latest."""
        return median(self.durations[:-1]) if len(self.durations) > 1 else None


async def list_jobs(connection: Connection, jobs: Sequence[Job], zone: ZoneInfo) -> list[Listing]:
    """Every declared job in the order of its next slot by the database's clock, paused ones last."""
    names = [job.name for job in jobs]
    now = await fetch_database_time(connection)
    latest = await find_latest_runs(connection, names)
    durations = await find_durations(connection, names)
    pauses = await find_pauses(connection, names)
    listings = [
        Listing(
            job,
            None if job.name in pauses else find_next_slot(job.schedule, zone, now),
            latest.get(job.name),
            tuple(durations.get(job.name, ())),
            pauses.get(job.name),
        )
        for job in jobs
    ]
    return sorted(listings, key=lambda each: (each.next_slot or _NEVER, each.job.name))
