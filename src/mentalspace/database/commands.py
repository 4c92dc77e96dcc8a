"""`mentalspace database`: migrate and status."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mentalspace import terminal
from mentalspace.errors import InputError
from mentalspace.options import DatabaseUrl, Json, load_settings, run_async

if TYPE_CHECKING:
    from mentalspace.settings import Settings

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Apply migrations and see which are applied."
)


@app.command()
def migrate(database_url: DatabaseUrl = None, as_json: Json = False) -> None:
    """Apply the workspace's missing migrations, one transaction each."""
    settings = load_settings(database_url=database_url)
    applied = run_async(_migrate(settings))
    if as_json:
        terminal.emit_json([{"version": version, "name": name} for version, name in applied])
    else:
        terminal.show(f"{len(applied)} applied" if applied else "nothing to apply")


@app.command()
def status(database_url: DatabaseUrl = None, as_json: Json = False) -> None:
    """List the workspace's migrations and whether each is applied. Read-only."""
    rows = run_async(_status(load_settings(database_url=database_url)))
    if as_json:
        terminal.emit_json([{"version": v, "name": n, "applied": a} for v, n, a in rows])
    else:
        for version, name, applied in rows:
            terminal.show(f"{'[green]✓[/]' if applied else '[yellow]–[/]'} {version} {name}")


async def _migrate(settings: Settings) -> list[tuple[str, str]]:
    from mentalspace.database.connection import connect, is_pooled
    from mentalspace.database.migrations import apply_migrations

    url = settings.database_url.get_secret_value()
    if is_pooled(url):
        raise InputError(
            "migrations hold a lock of their session, which a pooler in transaction mode gives to others: "
            "pass the server's own address (port 5432) with --database-url"
        )
    async with connect(url) as connection:
        done = await apply_migrations(
            connection,
            migrations_folder(settings),
            lambda migration: terminal.say(f"applied {migration.path.name}"),
        )
    return [(migration.version, migration.name) for migration in done]


async def _status(settings: Settings) -> list[tuple[str, str, bool]]:
    from mentalspace.database.connection import connect
    from mentalspace.database.migrations import fetch_status

    async with connect(settings.database_url.get_secret_value()) as connection:
        rows = await fetch_status(connection, migrations_folder(settings))
    return [(row.version, row.name, row.applied) for row in rows]


def migrations_folder(settings: Settings) -> Path:
    """Where a workspace keeps its migrations."""
    return settings.workspace / "supabase" / "migrations"
