"""Where every promise stands: rows that wait, rows that are late, or why nothing measures it. Read-only."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from mentalspace.database.connection import Connection
from mentalspace.deadlines.promise import Promise, count_due, fetch_now, find_promises

# Whatever waits is due before then.
_HORIZON = timedelta(days=366)


class Overview(BaseModel):
    """A promise as it stands; `waiting` and `late` are None when no table shows it."""

    model_config = ConfigDict(frozen=True)

    module: str
    task: str
    promise: str
    table_name: str | None
    waiting: int | None = None
    late: int | None = None
    first_due_at: datetime | None = None
    path: tuple[str, ...] = ()
    unmeasured: str = ""


async def find_overviews(connection: Connection, time_zone: str) -> list[Overview]:
    """Every promise of the matrix in force, by module."""
    now = await fetch_now(connection)
    return [await _look(connection, each, now, time_zone) for each in await find_promises(connection)]


async def _look(connection: Connection, promise: Promise, now: datetime, time_zone: str) -> Overview:
    overview = Overview(
        module=promise.module,
        task=promise.task,
        promise=promise.promise,
        table_name=promise.table_name,
        unmeasured=promise.unmeasured,
    )
    if not promise.is_measured:
        return overview
    counts = await count_due(connection, promise, now, now + _HORIZON, time_zone)
    return overview.model_copy(
        update={
            "waiting": counts["rows"] - counts["late"],
            "late": counts["late"],
            "first_due_at": counts["first_due_at"],
            "path": promise.path,
        }
    )
