"""Apply `supabase/migrations` anywhere, in the layout and history table of the Supabase CLI.

A file is `<14 digits>_<name>.sql`; the history is `supabase_migrations.schema_migrations`. One
transaction per file. An applied file is immutable: if its text no longer equals what was applied,
nothing runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import psycopg

from mentalspace.database.connection import Connection, fetch_row
from mentalspace.database.queries import load_queries
from mentalspace.errors import InputError, MentalspaceError, RefusedError

_FILE = re.compile(r"^(\d{14})_([a-z0-9_]+)\.sql$")
_INSIGNIFICANT = re.compile(r"[\s;]+")
queries = load_queries(__package__ or "")


class EditedMigrationError(RefusedError):
    """An applied migration was edited; restore the file and write a new migration instead."""


@dataclass(frozen=True)
class Migration:
    """One migration file."""

    version: str
    name: str
    path: Path

    @cached_property
    def sql(self) -> str:
        return self.path.read_text(encoding="utf-8")


@dataclass(frozen=True)
class MigrationStatus:
    """Whether one migration is applied."""

    version: str
    name: str
    applied: bool


def find_migrations(folder: Path) -> list[Migration]:
    """The migrations of a folder in order; empty if there are none. Reads names, never connects.

    Raises `InputError` for a `.sql` file whose name is not a migration's, and for a version used twice.
    """
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = _FILE.match(path.name)
        if not match:
            raise InputError(f"{path}: name it <14 digits>_<snake_case>.sql")
        found.append(Migration(match[1], match[2], path))
    for one, other in pairwise(found):
        if one.version == other.version:
            raise InputError(f"{other.path}: version {one.version} is also {one.path.name}; give it its own")
    return found


async def fetch_applied(connection: Connection) -> dict[str, Sequence[str] | None]:
    """The statements applied by version; empty on a database without history. Read-only."""
    if not (await fetch_row(connection, queries["has_history"]))["exists"]:
        return {}
    rows = await (await connection.execute(queries["list_applied"])).fetchall()
    return {row["version"]: row["statements"] for row in rows}


async def fetch_status(connection: Connection, folder: Path) -> list[MigrationStatus]:
    """Every file of the folder, and whether it is applied. Read-only."""
    applied = await fetch_applied(connection)
    return [MigrationStatus(m.version, m.name, m.version in applied) for m in find_migrations(folder)]


async def apply_migrations(
    connection: Connection,
    folder: Path,
    on_applied: Callable[[Migration], None] = lambda _: None,
) -> list[Migration]:
    """Apply what is missing, in order, one transaction each; return what was applied.

    A session lock keeps two callers apart. Raises `EditedMigrationError` before anything runs when an
    applied file changed, and `MentalspaceError` naming file and line when a statement fails: that file
    is rolled back whole, those before it stay.
    """
    migrations = find_migrations(folder)
    await connection.execute(queries["lock"])
    try:
        applied = await fetch_applied(connection)
        refuse_edited(migrations, applied)
        await connection.execute(queries["create_history"])
        missing = [migration for migration in migrations if migration.version not in applied]
        for migration in missing:
            await _apply(connection, migration)
            on_applied(migration)
    finally:
        if not connection.broken:
            await connection.execute(queries["unlock"])
    return missing


def refuse_edited(migrations: Sequence[Migration], applied: Mapping[str, Sequence[str] | None]) -> None:
    """Raise if an applied file's text differs from what was applied, other than in white space.

    The Supabase CLI stores a file split into statements, we store it whole: both compare equal.
    """
    for migration in migrations:
        statements = applied.get(migration.version)
        if statements and _essence("".join(statements)) != _essence(migration.sql):
            raise EditedMigrationError(
                f"{migration.path}: edited after it was applied; restore it and write a new migration"
            )


def _essence(sql: str) -> str:
    return _INSIGNIFICANT.sub("", sql)


async def _apply(connection: Connection, migration: Migration) -> None:
    try:
        async with connection.transaction():
            # A migration is reviewed source text, not input; without parameters several statements may run.
            await connection.execute(migration.sql.encode())
            await connection.execute(queries["reset_session"])
            await connection.execute(queries["record"], (migration.version, [migration.sql], migration.name))
    except psycopg.Error as error:
        raise MentalspaceError(_locate(migration, error)) from error


def _locate(migration: Migration, error: psycopg.Error) -> str:
    position = int(error.diag.statement_position or 0)
    line = migration.sql.count("\n", 0, position) + 1 if position else 1
    message = error.diag.message_primary or str(error)
    return f"{migration.path}:{line}: {message} ({error.sqlstate}); nothing of this file was applied"
