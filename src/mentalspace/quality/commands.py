"""`mentalspace quality`: run, show and explain the checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mentalspace import terminal
from mentalspace.options import DatabaseUrl, Json, load_settings, run_async

if TYPE_CHECKING:
    from mentalspace.quality.explain import Explanation
    from mentalspace.quality.history import PastResult, PastRun
    from mentalspace.quality.overview import Overview
    from mentalspace.quality.result import QualityRun
    from mentalspace.quality.runner import Reading
    from mentalspace.quality.suggestion import Suggestion
    from mentalspace.settings import Settings

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Check the data against the contracts, and see how good it is.",
)

Table = Annotated[str | None, typer.Option("--table", help="Only the checks of this table's contract.")]
Junit = Annotated[bool, typer.Option("--junit", help="Answer in JUnit XML.")]
Keys = Annotated[int, typer.Option("--keys", min=0, max=1000, help="Keys of wrong rows to keep per check.")]
Timeout = Annotated[float, typer.Option("--timeout", min=0.001, help="Seconds that one table may take.")]
Full = Annotated[bool, typer.Option("--full", help="Read all rows, and compare with incremental passes.")]
Distrust = Annotated[
    bool, typer.Option("--distrust", help="Read rows even where the catalog proves that none is wrong.")
]


@app.command()
def run(
    table: Table = None,
    keys: Keys = 20,
    timeout: Timeout = 300,
    full: Full = False,
    distrust: Distrust = False,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
    junit: Junit = False,
) -> None:
    """Run the checks, record the results and alert the owners. Exit 1 if data is wrong.

    Judges the rows that changed since the last pass, where that is sound; all rows the first time.
    """
    from mentalspace.findings import exclude_findings, exit_code
    from mentalspace.quality.describe import find_all
    from mentalspace.quality.printing import print_run
    from mentalspace.quality.runner import Reading

    settings = load_settings(database_url=database_url)
    reading = Reading(trust=not distrust, key_limit=keys, timeout_seconds=timeout)
    result = run_async(_run(settings, table, reading, whole=full))
    findings = exclude_findings(find_all(result), settings.exclude_findings)
    print_run(result, findings, as_json=as_json, junit=junit)
    raise typer.Exit(exit_code(findings))


@app.command()
def show(database_url: DatabaseUrl = None, as_json: Json = False) -> None:
    """Show the latest scores beside the goal, and what is wrong. Read-only."""
    from mentalspace.quality.printing import print_overview

    print_overview(run_async(_show(load_settings(database_url=database_url))), as_json=as_json)


@app.command()
def explain(
    check: Annotated[str, typer.Argument(help="<table>.<rule>, such as appointments.double_booking")],
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Show what a check asks, what proves it, and Postgres' plan. Reads no rows."""
    from mentalspace.quality.printing import print_explanation

    print_explanation(run_async(_explain(load_settings(database_url=database_url), check)), as_json=as_json)


@app.command()
def history(
    check: Annotated[str | None, typer.Argument(help="<table>.<rule>; else all runs.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many, newest first.")] = 20,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Show how runs, or the results of one check, went over time. Read-only."""
    from mentalspace.quality.history_printing import print_history, print_runs

    settings = load_settings(database_url=database_url)
    if check is None:
        print_runs(run_async(_list_runs(settings, limit)), as_json=as_json)
    else:
        print_history(run_async(_list_history(settings, check, limit)), check, as_json=as_json)


@app.command()
def suggest(
    table: Annotated[str, typer.Option("--table", help="The table to look at, such as clients.")],
    timeout: Annotated[float, typer.Option("--timeout", min=0.001, help="Seconds that it may take.")] = 60,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Propose rules that the data passes and the contract lacks. Counts rows; shows no value of PHI."""
    import sys

    from mentalspace.quality.suggestion import render_suggestions

    settings = load_settings(database_url=database_url)
    suggestions = run_async(_suggest(settings, table, timeout))
    if as_json:
        terminal.emit_json(
            [{"column": s.column, "evidence": s.evidence, "rule": s.rule} for s in suggestions]
        )
        return
    sys.stdout.write(render_suggestions(suggestions))
    terminal.say(
        f"{len(suggestions)} rules to accept or not; name them, say why they matter, and how to mend"
    )


async def _list_runs(settings: Settings, limit: int) -> list[PastRun]:
    from mentalspace.database.connection import connect
    from mentalspace.quality.history import list_runs

    async with connect(settings.database_url.get_secret_value()) as connection:
        return await list_runs(connection, limit)


async def _list_history(settings: Settings, check: str, limit: int) -> list[PastResult]:
    from mentalspace.database.connection import connect
    from mentalspace.quality.history import list_history

    async with connect(settings.database_url.get_secret_value()) as connection:
        return await list_history(connection, check, limit)


async def _suggest(settings: Settings, table: str, seconds: float) -> list[Suggestion]:
    from mentalspace.contracts.commands import read
    from mentalspace.database.connection import connect
    from mentalspace.quality.suggesting import find_suggestions

    contract = read(settings).get(table)
    async with connect(settings.database_url.get_secret_value()) as connection:
        return await find_suggestions(connection, table, contract, seconds)


async def _run(settings: Settings, table: str | None, reading: Reading, *, whole: bool) -> QualityRun:
    from mentalspace.database.connection import connect
    from mentalspace.quality.passes import check_changes
    from mentalspace.quality.runner import evaluate, find_tables, record

    async with connect(settings.database_url.get_secret_value()) as connection:
        tables = await find_tables(connection, table)
        with terminal.progress("Checking", total=len(tables)) as advance:
            if reading.trust:
                evaluation = await check_changes(connection, tables, reading, advance, whole=whole)
            else:
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
