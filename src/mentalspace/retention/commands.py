"""`mentalspace retention`: plan, apply, compile."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from mentalspace import terminal
from mentalspace.errors import InputError
from mentalspace.options import DatabaseUrl, Json, load_settings, run_async

if TYPE_CHECKING:
    from mentalspace.retention.plan import Plan
    from mentalspace.retention.run import Run
    from mentalspace.settings import Settings

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Keep rows as long as the law says, and no longer."
)


@app.command()
def plan(
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A day to look at; today if not given.")
    ] = None,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Show what is due, what waits and what is kept, by rule. Read-only.

    Keys with --json. Exit 1 for findings.
    """
    from mentalspace.findings import exclude_findings, exit_code
    from mentalspace.retention.findings import find_obstacles
    from mentalspace.retention.printing import show_plan, summarize_plan

    settings = load_settings(database_url=database_url)
    found = run_async(_plan(settings, as_of.date() if as_of else None, with_keys=as_json))
    findings = exclude_findings(find_obstacles(found), settings.exclude_findings)
    if as_json:
        terminal.emit_json(summarize_plan(found, findings))
    else:
        show_plan(found, findings)
    raise typer.Exit(exit_code(findings))


@app.command()
def apply(
    yes: Annotated[bool, typer.Option("--yes", help="Remove the rows; look at the plan first.")] = False,
    batch_size: Annotated[int, typer.Option(min=1, max=10_000, help="Rows per transaction.")] = 500,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Remove what is due, in short transactions. Can be stopped and run again. Exit 1 for findings."""
    from mentalspace.findings import exclude_findings, exit_code
    from mentalspace.retention.findings import find_obstacles
    from mentalspace.retention.printing import show_run, summarize_run

    if not yes:
        raise InputError("this removes rows: look at `mentalspace retention plan`, then add --yes")
    settings = load_settings(database_url=database_url)
    run, left = run_async(_apply(settings, batch_size))
    findings = exclude_findings(find_obstacles(left), settings.exclude_findings)
    if as_json:
        terminal.emit_json(summarize_run(run, findings))
    else:
        show_run(run, findings)
    raise typer.Exit(exit_code(findings))


@app.command("compile")
def compile_contracts(
    write: Annotated[bool, typer.Option("--write", help="Write a migration if the rules changed.")] = False,
) -> None:
    """Turn the retention of the data contracts into SQL. Never connects."""
    from mentalspace.contracts.contract import FOLDER
    from mentalspace.contracts.parse import read_contracts
    from mentalspace.database.commands import migrations_folder
    from mentalspace.retention.compiling import compile_rules
    from mentalspace.retention.migration import write_migration
    from mentalspace.retention.rendering import render_migration

    settings = load_settings()
    sql = render_migration(compile_rules(read_contracts(settings.workspace / FOLDER)))
    if not write:
        typer.echo(sql, nl=False)
    elif path := write_migration(migrations_folder(settings), sql):
        terminal.show(str(path))
    else:
        terminal.say("the rules did not change; nothing was written")


async def _plan(settings: Settings, as_of: date | None, *, with_keys: bool) -> Plan:
    from mentalspace.database.connection import connect
    from mentalspace.retention.planning import fetch_plan

    async with connect(settings.database_url.get_secret_value()) as connection:
        return await fetch_plan(connection, as_of=as_of, with_keys=with_keys)


async def _apply(settings: Settings, batch_size: int) -> tuple[Run, Plan]:
    from mentalspace.database.connection import connect
    from mentalspace.retention.applying import apply_retention
    from mentalspace.retention.planning import fetch_plan
    from mentalspace.retention.run import Origin

    async with connect(settings.database_url.get_secret_value()) as connection:
        with terminal.progress("removing") as advance:
            run = await apply_retention(
                connection, Origin.command, batch_size=batch_size, on_batch=lambda name, _: advance(name)
            )
        return run, await fetch_plan(connection)
