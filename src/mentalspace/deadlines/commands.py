"""`mentalspace deadlines`: list, late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mentalspace import terminal
from mentalspace.errors import InputError
from mentalspace.options import DatabaseUrl, Json, load_settings, run_async

if TYPE_CHECKING:
    from mentalspace.deadlines.overview import Overview
    from mentalspace.deadlines.promise import DueRow
    from mentalspace.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    help="Promises (SLA) of the RACI matrix: what waits, what is late, what has no clock.",
)


@app.command("list")
def list_promises(
    module: Annotated[str | None, typer.Option(help="One module; all if not given.")] = None,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Show every promise: what waits, is late, or nothing measures. Exit 1 if any is late."""
    from mentalspace.deadlines.printing import show_overviews

    settings = load_settings(database_url=database_url)
    found = run_async(_list(settings, module))
    if as_json:
        terminal.emit_json(found)
    else:
        show_overviews(found, settings.time_zone)
    raise typer.Exit(int(any(each.late for each in found)))


@app.command()
def late(
    task: Annotated[str, typer.Argument(help="create_note, or clinical_notes.create_note.")],
    soon: Annotated[
        bool, typer.Option("--soon", help="What is due within the time of the reminder too.")
    ] = False,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Show rows that break one promise, longest overdue first. Keys only; exit 1 if there are any."""
    from mentalspace.deadlines.printing import show_rows

    settings = load_settings(database_url=database_url)
    rows = run_async(_late(settings, task, soon))
    if as_json:
        terminal.emit_json([{"key": row.row_key, "due_at": row.due_at} for row in rows])
    else:
        show_rows(rows, settings.time_zone)
    raise typer.Exit(int(bool(rows)))


async def _list(settings: Settings, module: str | None) -> list[Overview]:
    from mentalspace.database.connection import connect
    from mentalspace.deadlines.overview import find_overviews

    async with connect(settings.database_url.get_secret_value()) as connection:
        found = await find_overviews(connection, settings.practice_time_zone)
    modules = {each.module for each in found}
    if module and module not in modules:
        raise InputError(f"{module}: no promise of such a module; write one of {', '.join(sorted(modules))}")
    return [each for each in found if module in (None, each.module)]


async def _late(settings: Settings, task: str, soon: bool) -> list[DueRow]:
    from datetime import timedelta

    from mentalspace.database.connection import connect
    from mentalspace.deadlines.promise import fetch_now, find_due, find_promises

    async with connect(settings.database_url.get_secret_value()) as connection:
        clocks = [each for each in await find_promises(connection) if each.is_measured]
        chosen = next((each for each in clocks if task in (each.name, each.task)), None)
        if chosen is None:
            names = ", ".join(each.name for each in clocks)
            raise InputError(f"{task}: no clock for such a task; write one of {names}")
        now = await fetch_now(connection)
        ahead = (chosen.remind if soon else None) or timedelta()
        return await find_due(connection, chosen, now, now + ahead, settings.practice_time_zone)
