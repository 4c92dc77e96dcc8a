"""Where compiled rules become a migration file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from mentalspace.database.migrations import find_migrations
from mentalspace.retention.rendering import NAME


def find_current(folder: Path) -> Path | None:
    """The latest migration that loads retention rules, if there is one."""
    loads = [migration.path for migration in find_migrations(folder) if migration.name == NAME]
    return loads[-1] if loads else None


def write_migration(folder: Path, sql: str) -> Path | None:
    """Write a new migration and return its path; none if the latest one says the same."""
    current = find_current(folder)
    if current and current.read_text(encoding="utf-8") == sql:
        return None
    path = folder / f"{datetime.now(UTC):%Y%m%d%H%M%S}_{NAME}.sql"
    path.write_text(sql, encoding="utf-8")
    return path
