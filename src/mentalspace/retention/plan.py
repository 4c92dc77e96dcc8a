"""What retention would remove, and what it keeps for which reason. Read-only."""

from __future__ import annotations

from datetime import date

from psycopg import IsolationLevel
from pydantic import BaseModel, ConfigDict

from mentalspace.contracts.retention import DeletionMethod
from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries

queries = load_queries(__package__ or "")


class Keys(BaseModel):
    """Primary keys; those that wait with the tables they wait for."""

    model_config = ConfigDict(frozen=True)

    due: tuple[str, ...]
    waiting: dict[str, tuple[str, ...]]
    undated: tuple[str, ...]


class RulePlan(BaseModel):
    """One rule's table on one day: every row in use is in exactly one of the five counts."""

    model_config = ConfigDict(frozen=True)

    data_type: str
    table_name: str
    deletion_method: DeletionMethod
    retention_period_months: int
    owner_position: str
    reason: str
    # The table of the dates that count, if it is another one.
    subject_table: str | None
    active: int
    undated: int
    kept: int
    waiting: int
    due: int
    next_due: date | None
    waits_for: dict[str, int]
    keys: Keys | None = None


class Plan(BaseModel):
    """What every active rule comes to on one day, in the order in which rules are applied."""

    model_config = ConfigDict(frozen=True)

    as_of: date
    rules: tuple[RulePlan, ...]

    @property
    def due(self) -> int:
        return sum(rule.due for rule in self.rules)


async def fetch_plan(connection: Connection, *, as_of: date | None = None, with_keys: bool = False) -> Plan:
    """Judge every row in one read-only snapshot, as of a day (the practice's today if not given)."""
    await connection.set_read_only(True)
    await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
    try:
        async with connection.transaction():
            day = as_of or await _fetch_today(connection)
            cursor = await connection.execute(queries["plan"], {"as_of": day, "with_keys": with_keys})
            return Plan(as_of=day, rules=tuple(RulePlan(**row) for row in await cursor.fetchall()))
    finally:
        if not connection.closed:
            await connection.set_read_only(None)
            await connection.set_isolation_level(None)


async def _fetch_today(connection: Connection) -> date:
    row = await (await connection.execute(queries["fetch_today"])).fetchone()
    assert row  # noqa: S101  (a select without from has one row)
    today: date = row["today"]
    return today
