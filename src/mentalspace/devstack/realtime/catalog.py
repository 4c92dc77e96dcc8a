"""What the catalog says now of the tables that changed.

Read anew for every batch of changes and every join. Nothing is remembered: a grant revoked, a column added
or row security switched on counts from the next change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import DictRow

from mentalspace.database.queries import load_queries
from mentalspace.devstack.realtime.tables import Column, Snapshot, Table, parse_snapshot
from mentalspace.devstack.realtime.tokens import ROLES

queries = load_queries(__package__ or "")
Connection = psycopg.AsyncConnection[DictRow]


@dataclass(frozen=True)
class Catalog:
    """The tables that still exist, by oid, and what a statement sees that starts now."""

    tables: Mapping[int, Table]
    snapshot: Snapshot | None


async def fetch_catalog(connection: Connection, oids: Iterable[int]) -> Catalog:
    """Describe tables. Read-only."""
    tables: dict[int, Table] = {}
    snapshot = None
    for oid in oids:
        rows = await (await connection.execute(queries["describe_table"], (oid,))).fetchall()
        if rows:
            tables[oid] = _table(rows)
            snapshot = snapshot or parse_snapshot(rows[0]["snapshot"])
    return Catalog(tables, snapshot)


async def fetch_published(connection: Connection, publication: str, schema: str, table: str) -> list[Table]:
    """The published tables of a name; '*' stands for any schema or table. Read-only."""
    cursor = await connection.execute(
        queries["find_published"], {"publication": publication, "schema": schema, "table": table}
    )
    oids = [row["oid"] for row in await cursor.fetchall()]
    return list((await fetch_catalog(connection, oids)).tables.values())


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    first = rows[0]
    columns = {row["column"]: _column(row) for row in rows}
    return Table(first["oid"], first["schema"], first["name"], first["guarded"], columns)


def _column(row: Mapping[str, Any]) -> Column:
    return Column(
        row["column"],
        row["type"],
        row["base_type"],
        row["cast_type"],
        row["key_position"],
        frozenset(role for role in ROLES if row[role]),
        tuple(row["labels"]),
    )
