"""What a rule plans, and what it says about one row."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncRawCursor
from psycopg.rows import dict_row

from mentalspace.database.connection import Connection
from mentalspace.retention.plan import RulePlan
from mentalspace.retention.planning import fetch_plan

DAY = timedelta(days=1)
YEARS_7, YEARS_10, YEARS_18, YEARS_25 = 84, 120, 216, 300


async def today(connection: Connection) -> date:
    return (await fetch_plan(connection)).as_of


async def plan_of(connection: Connection, data_type: str, as_of: date | None = None) -> RulePlan:
    plan = await fetch_plan(connection, as_of=as_of, with_keys=True)
    return next(rule for rule in plan.rules if rule.data_type == data_type)


async def due(connection: Connection, data_type: str) -> set[str]:
    keys = (await plan_of(connection, data_type)).keys
    assert keys
    return set(keys.due)


async def judge(connection: Connection, table: str, key: UUID, as_of: date) -> dict[str, Any]:
    """What the rule's own statement says about one row on a day."""
    cursor = await connection.execute(
        "select governance.render_retention_statement(policy) as statement "
        "from public.data_retention_policies as policy where table_name = %s",
        (table,),
    )
    row = await cursor.fetchone()
    assert row
    raw = AsyncRawCursor(connection, row_factory=dict_row)
    await raw.execute(f"select * from ({row['statement']}) as judged where key = $2", (as_of, str(key)))
    judged = await raw.fetchone()
    assert judged
    return judged
