"""Pause a job, and let it go on: recorded with who, when and why."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import AwareDatetime, BaseModel, ConfigDict

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.errors import RefusedError
from mentalspace.jobs.job import Job

queries = load_queries(__package__ or "")


class PausedAlreadyError(RefusedError):
    """The job is paused already; see `mentalspace job list`."""


class NotPausedError(RefusedError):
    """The job is not paused; there is nothing to resume."""


class Pause(BaseModel):
    """From when to when a job was paused, and by whom."""

    model_config = ConfigDict(frozen=True)

    job: str
    paused_at: AwareDatetime
    paused_by: str
    reason: str | None
    resumed_at: AwareDatetime | None
    resumed_by: str | None


async def pause_job(connection: Connection, job: Job, by: str, reason: str | None = None) -> Pause:
    """Start nothing new of this job. A run that goes on ends as ever; runs by hand are still possible.

    The job must be registered. Raises `PausedAlreadyError`.
    """
    values = {"job": job.name, "by": by, "reason": reason}
    row = await (await connection.execute(queries["pause_job"], values)).fetchone()
    if row is None:
        raise PausedAlreadyError
    return Pause.model_validate(row)


async def resume_job(connection: Connection, job: Job, by: str) -> Pause:
    """Let a job go on with its next slot; what passed meanwhile is skipped. Raises `NotPausedError`."""
    row = await (await connection.execute(queries["resume_job"], {"job": job.name, "by": by})).fetchone()
    if row is None:
        raise NotPausedError
    return Pause.model_validate(row)


async def find_pauses(connection: Connection, names: Iterable[str]) -> dict[str, Pause]:
    """The pauses that go on, by job. Read-only."""
    rows = await (await connection.execute(queries["list_pauses"], {"names": list(names)})).fetchall()
    return {row["job"]: Pause.model_validate(row) for row in rows}
