"""Promises (SLA) of the RACI matrix in force, and the rows that wait for them. Read-only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from mentalspace.alerts import Severity
from mentalspace.database.connection import Connection, fetch_row
from mentalspace.database.queries import load_queries

queries = load_queries(__package__ or "")


class Promise(BaseModel):
    """A promise, what measures it, and who hears of a breach one after the other."""

    model_config = ConfigDict(frozen=True)

    module: str
    task: str
    module_title: str
    task_title: str
    promise: str
    owner: str
    table_name: str | None
    is_measured: bool
    unmeasured: str
    severity: Severity
    remedy: str
    remind: timedelta | None
    rule: str | None
    path: tuple[str, ...]
    patience: tuple[timedelta, ...]

    @property
    def name(self) -> str:
        return f"{self.module}.{self.task}"

    @property
    def title(self) -> str:
        """What was promised, without how long."""
        return self.promise.split(":", 1)[0]


class DueRow(BaseModel):
    """A row that waits for a task, when that is due, and whose it is."""

    model_config = ConfigDict(frozen=True)

    row_key: str
    due_at: datetime
    owners: tuple[UUID, ...]
    client_id: UUID | None

    def to_json(self) -> dict[str, Any]:
        """As the queries take it."""
        return {
            "row_key": self.row_key,
            "due_at": self.due_at.isoformat(),
            "owners": [str(owner) for owner in self.owners],
            "clients": [str(self.client_id)] if self.client_id else [],
        }


async def find_promises(connection: Connection) -> list[Promise]:
    """Every promise of the matrix in force, measured or not."""
    rows = await (await connection.execute(queries["list_promises"])).fetchall()
    return [Promise.model_validate(row) for row in rows]


async def find_due(
    connection: Connection, promise: Promise, now: datetime, before: datetime, time_zone: str
) -> list[DueRow]:
    """Rows that wait and are due before a moment, the longest waiting first."""
    values = _values(promise, now, before, time_zone)
    rows = await (await connection.execute(queries["find_due"], values)).fetchall()
    return [DueRow.model_validate(row) for row in rows]


async def count_due(
    connection: Connection, promise: Promise, now: datetime, before: datetime, time_zone: str
) -> dict[str, Any]:
    """How many rows wait and are due before a moment, how many are late, and when the first was due."""
    values = _values(promise, now, before, time_zone)
    return await fetch_row(connection, queries["count_due"], values)


async def fetch_now(connection: Connection) -> datetime:
    """The database's time: workers' clocks may be wrong."""
    moment: datetime = (await fetch_row(connection, "select now() as now"))["now"]
    return moment


def _values(promise: Promise, now: datetime, before: datetime, time_zone: str) -> dict[str, Any]:
    return {
        "module": promise.module,
        "task": promise.task,
        "now": now,
        "before": before,
        "time_zone": time_zone,
    }


def describe_rows(rows: Sequence[DueRow], most: int = 5) -> str:
    """Some keys, the longest waiting first."""
    return ", ".join(row.row_key for row in rows[:most]) + (", …" if len(rows) > most else "")
