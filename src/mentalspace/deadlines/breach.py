"""A promise that is broken now: how many rows, since when, and some of their keys."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel, ConfigDict

from mentalspace.alerts import Alert, Severity
from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.findings import Finding, Level

queries = load_queries(__package__ or "")
METRIC = "deadlines"
_MOST_KEYS = 5


class Deadline(BaseModel):
    """A clock, as `governance.deadlines` declares it."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    module: str
    task: str
    table_name: str
    severity: Severity
    owner: str
    path: tuple[str, ...]
    remediation: str


class Breach(BaseModel):
    """The rows that break a promise now."""

    model_config = ConfigDict(frozen=True)

    deadline: Deadline
    rows: int
    overdue: timedelta
    keys: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"deadline:public.{self.deadline.table_name}:{self.deadline.name}"

    @property
    def detail(self) -> str:
        """Counts and keys; the oldest first."""
        hours = self.overdue.total_seconds() / 3600
        shown = ", ".join(self.keys) + (", …" if self.rows > len(self.keys) else "")
        rows = "1 row" if self.rows == 1 else f"{self.rows} rows"
        return f"{rows} late, the oldest by {hours:.0f} hours: {shown}"

    def to_finding(self) -> Finding:
        """For the record of the run."""
        return Finding(
            check="deadline",
            title=self.deadline.title,
            level=Level.error,
            subject=f"public.{self.deadline.table_name}",
            detail=self.detail,
            remediation=self.deadline.remediation,
            key=self.key,
            owner=self.deadline.owner,
        )

    def to_alert(self) -> Alert:
        """For the owner, and whoever comes after."""
        return Alert(
            key=self.key,
            metric=METRIC,
            value=self.rows,
            severity=self.deadline.severity,
            message=f"{self.deadline.title}: {self.detail}. {self.deadline.remediation}",
            path=(self.deadline.owner, *self.deadline.path),
        )


async def find_breaches(connection: Connection) -> list[Breach]:
    """Every promise that is broken now, by name. Read-only."""
    rows = await (await connection.execute(queries["list_deadlines"])).fetchall()
    found = [await _measure(connection, Deadline.model_validate(row)) for row in rows]
    return [breach for breach in found if breach.rows]


async def _measure(connection: Connection, deadline: Deadline) -> Breach:
    cursor = await connection.execute(
        queries["measure_breaches"], {"name": deadline.name, "most": _MOST_KEYS}
    )
    row = await cursor.fetchone()
    assert row  # noqa: S101  (an aggregate always has one)
    return Breach(deadline=deadline, **row)
