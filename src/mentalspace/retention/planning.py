"""Ask Postgres what retention would remove. Read-only."""

from __future__ import annotations

from datetime import date

from psycopg import IsolationLevel

from mentalspace.database.connection import Connection, fetch_row
from mentalspace.database.queries import load_queries
from mentalspace.retention.plan import Plan, RulePlan

queries = load_queries(__package__ or "")


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
    today: date = (await fetch_row(connection, queries["fetch_today"]))["today"]
    return today
