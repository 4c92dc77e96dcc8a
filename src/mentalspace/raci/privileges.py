"""What a database grants to callers, and coverage measured against it. Read-only."""

from __future__ import annotations

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.raci.coverage import Coverage, GrantedCommand, judge_granted
from mentalspace.raci.matrix import Matrix

queries = load_queries(__package__ or "")


async def measure_coverage(connection: Connection, matrix: Matrix) -> Coverage:
    """Coverage in both directions, against what this database grants."""
    return judge_granted(matrix, await fetch_granted(connection))


async def fetch_granted(connection: Connection) -> list[GrantedCommand]:
    """What anonymous, authenticated and everybody are granted in `public`."""
    rows = await (await connection.execute(queries["list_granted_commands"])).fetchall()
    return [GrantedCommand(row["table_name"], row["command"], tuple(row["roles"])) for row in rows]
