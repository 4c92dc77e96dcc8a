"""What the catalog says now of the tables that changed: columns, key, row security, who may select what.

Read anew for every batch of changes and every join. Nothing is remembered: a grant revoked, a column added
or row security switched on counts from the next change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import psycopg
from psycopg.rows import DictRow

from mentalspace.database.queries import load_queries
from mentalspace.devstack.realtime.tokens import ROLES

queries = load_queries(__package__ or "")
Connection = psycopg.AsyncConnection[DictRow]


@dataclass(frozen=True)
class Column:
    """One column. `base_type` is the type under a domain, `labels` an enum's in order."""

    name: str
    type: str
    base_type: str
    cast_type: str
    key_position: int | None
    readers: frozenset[str]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table. `guarded` means that row level security is enabled."""

    oid: int
    schema: str
    name: str
    guarded: bool
    columns: Mapping[str, Column]

    @cached_property
    def key(self) -> tuple[Column, ...]:
        """The columns of the primary key; empty if the table has none."""
        keyed = [column for column in self.columns.values() if column.key_position is not None]
        return tuple(sorted(keyed, key=lambda column: column.key_position or 0))

    def readable(self, role: str) -> dict[str, Column]:
        """The columns that the role may select, in order."""
        return {name: column for name, column in self.columns.items() if role in column.readers}


@dataclass(frozen=True)
class Snapshot:
    """Which transactions are finished and visible: those before `limit` that are not `running`."""

    limit: int
    running: frozenset[int]

    def shows(self, transaction: int) -> bool:
        """Whether a (32-bit) transaction is visible. Ids go round: half of them are always in the past."""
        behind = (self.limit - transaction) % (1 << 32)
        return 0 < behind < 1 << 31 and transaction not in self.running


def parse_snapshot(text: str) -> Snapshot:
    """Read the text form of `pg_snapshot`, xmin:xmax:running."""
    _, limit, running = text.split(":")
    ids = (int(each) % (1 << 32) for each in running.split(",") if each)
    return Snapshot(int(limit) % (1 << 32), frozenset(ids))


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
