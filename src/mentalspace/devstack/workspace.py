"""Bring a database to what the workspace says: its migrations, then, on an empty practice, its seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg

from mentalspace.database.connection import Connection
from mentalspace.database.migrations import Migration, apply_migrations
from mentalspace.errors import MentalspaceError

MIGRATIONS = Path("supabase") / "migrations"
SEED = Path("supabase") / "seed.sql"


async def migrate(
    connection: Connection, workspace: Path, on_applied: Callable[[Migration], None] = lambda _: None
) -> list[Migration]:
    """Apply the migrations that are missing; return them."""
    return await apply_migrations(connection, workspace / MIGRATIONS, on_applied)


async def seed(connection: Connection, workspace: Path) -> bool:
    """Run the workspace's seed file in one transaction; return whether there is one.

    The file is idempotent by convention, and synthetic.
    """
    path = workspace / SEED
    if not path.exists():
        return False
    try:
        await connection.execute(path.read_bytes())
        await connection.execute("reset all")
    except psycopg.Error as error:
        message = error.diag.message_primary or "refused"
        raise MentalspaceError(f"{path}: {message} ({error.sqlstate}); nothing of it was loaded") from error
    return True
