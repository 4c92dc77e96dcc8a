"""Read tables from the catalog. Read-only; sees definitions, never rows."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from mentalspace.catalog.table import LiveColumn, LiveForeignKey, LiveIndex, LiveTable
from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.errors import InputError

queries = load_queries(__package__)


async def find_tables(
    connection: Connection, *, tables: Collection[str] = (), schemas: Collection[str] = ()
) -> dict[str, LiveTable]:
    """Tables by schema-qualified name: those named (`public.clients`), and all of `schemas`."""
    async with connection.transaction():
        # Without a search path Postgres prints every name with its schema.
        await connection.execute("select set_config('search_path', '', true)")
        rows = await connection.execute(
            queries["describe_tables"], {"tables": list(tables), "schemas": list(schemas)}
        )
        found = [_table(row) for row in await rows.fetchall()]
    return {table.qualified_name: table for table in found}


async def fetch_table(connection: Connection, name: str) -> LiveTable:
    """One table, in `public` unless its schema is given. Raises `InputError` if there is none."""
    qualified = name if "." in name else f"public.{name}"
    found = await find_tables(connection, tables=[qualified])
    if qualified not in found:
        raise InputError(f"the database has no table {qualified}; see its tables with psql: \\dt")
    return found[qualified]


def _table(row: dict[str, Any]) -> LiveTable:
    parts = {
        "columns": tuple(LiveColumn(**column) for column in row["columns"]),
        "foreign_keys": tuple(LiveForeignKey(**_frozen(key)) for key in row["foreign_keys"]),
        "indexes": tuple(LiveIndex(**_frozen(index)) for index in row["indexes"]),
        "grants": {role: tuple(commands) for role, commands in row["grants"].items()},
    }
    return LiveTable(**{**row, **parts})


def _frozen(data: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
