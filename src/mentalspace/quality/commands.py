"""`mentalspace quality`: run, show and explain the checks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from mentalspace import terminal
from mentalspace.options import DatabaseUrl, Json
from mentalspace.settings import Settings, load_settings

if TYPE_CHECKING:
    from mentalspace.quality.explain import Explanation
    from mentalspace.quality.overview import Overview
    from mentalspace.quality.result import QualityRun
    from mentalspace.quality.runner import Reading

app = typer.Typer(no_args_is_help=True, help="Check the data against the contracts, and see how good it is.")

Table = Annotated[str | None, typer.Option("--table", help="Only the checks of this table's contract.")]
Junit = Annotated[bool, typer.Option("--junit", help="Answer in JUnit XML.")]
Keys = Annotated[int, typer.Option("--keys", min=0, max=1000, help="Keys of wrong rows to keep per check.")]
Timeout = Annotated[float, typer.Option("--timeout", min=0.001, help="Seconds that one table may take.")]
Distrust = Annotated[
    bool, typer.Option("--distrust", help="Read rows even where the catalog proves that none is wrong.")
]


@app.command()
def run(
    table: Table = None,
    keys: Keys = 20,
    timeout: Timeout = 300,
    distrust: Distrust = False,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
    junit: Junit = False,
) -> None:
    """Run the checks, record the results and alert the owners. Exit code 1 if data is wrong."""
    from mentalspace.findings import exclude_findings, exit_code
    from mentalspace.quality.describe import find_all
    from mentalspace.quality.printing import print_run
    from mentalspace.quality.runner import Reading

    settings = load_settings(database_url=database_url)
    reading = Reading(trust=not distrust, key_limit=keys, timeout_seconds=timeout)
    result = asyncio.run(_run(settings, table, reading))
    findings = exclude_findings(find_all(result), settings.exclude_findings)
    print_run(result, findings, as_json=as_json, junit=junit)
    raise typer.Exit(exit_code(findings))


@app.command()
def show(database_url: DatabaseUrl = None, as_json: Json = False) -> None:
    """Show the latest scores beside the goal, and what is wrong. Read-only."""
    from mentalspace.quality.printing import print_overview

    print_overview(asyncio.run(_show(load_settings(database_url=database_url))), as_json=as_json)


@app.command()
def explain(
    check: Annotated[str, typer.Argument(help="<table>.<rule>, such as appointments.double_booking")],
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Show what a check asks, what proves it, and how Postgres would read. Reads no rows."""
    from mentalspace.quality.printing import print_explanation

    print_explanation(asyncio.run(_explain(load_settings(database_url=database_url), check)), as_json=as_json)


async def _run(settings: Settings, table: str | None, reading: Reading) -> QualityRun:
    from mentalspace.database.connection import connect
    from mentalspace.quality.runner import evaluate, find_tables, record

    async with connect(settings.database_url.get_secret_value()) as connection:
        tables = await find_tables(connection, table)
        with terminal.progress("Checking", total=len(tables)) as advance:
            evaluation = await evaluate(connection, tables, reading, advance)
        async with connection.transaction():
            return await record(connection, evaluation)


async def _show(settings: Settings) -> Overview:
    from mentalspace.database.connection import connect
    from mentalspace.quality.overview import fetch_overview

    async with connect(settings.database_url.get_secret_value()) as connection:
        return await fetch_overview(connection)


async def _explain(settings: Settings, check: str) -> Explanation:
    from mentalspace.database.connection import connect
    from mentalspace.quality.explain import explain_check

    async with connect(settings.database_url.get_secret_value()) as connection:
        return await explain_check(connection, check)
