"""`mentalspace contracts`, whole: what compiles contracts to checks, or connects, joins what reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mentalspace import terminal
from mentalspace.contracts.commands import Write, app, read, report_files, report_findings
from mentalspace.options import DatabaseUrl, Json, load_settings, run_async

if TYPE_CHECKING:
    from mentalspace.catalog.table import LiveTable
    from mentalspace.contracts.contract import Contracts
    from mentalspace.contracts.generated import GeneratedFile
    from mentalspace.settings import Settings

__all__ = ["app"]

Version = Annotated[str | None, typer.Option("--version", help="Version of the migration; else now.")]
Live = Annotated[bool, typer.Option("--live", help="Compare with the database, too.")]
Table = Annotated[str | None, typer.Option("--table", help="Only this table of the database.")]
Owner = Annotated[str, typer.Option("--owner", help="The position that is to answer for the data.")]


@app.command("compile")
def compile_(write: Write = False, version: Version = None, as_json: Json = False) -> None:
    """Compile contracts to a migration of checks. Exit 1 if it stays outdated."""
    from mentalspace.quality.generated import find_outdated_migrations

    settings = load_settings()
    contracts = read(settings)
    zone = settings.practice_time_zone
    report_files(
        find_outdated_migrations(contracts, zone, settings.workspace, version), settings, write, as_json
    )


@app.command()
def check(
    live: Live = False, table: Table = None, database_url: DatabaseUrl = None, as_json: Json = False
) -> None:
    """Check contracts, and that generated files are current.

    With --live instead, that the tables of a database agree; --table and --database-url mean that. Exit 1
    for what is outdated or differs.
    """
    settings = load_settings(database_url=database_url)
    contracts = read(settings)
    terminal.say(f"{len(contracts)} contracts are valid")
    if live or table or database_url:
        _report_drift(settings, contracts, table, as_json=as_json)
    else:
        _report_outdated(settings, contracts, as_json=as_json)


@app.command("import")
def import_(
    table: Annotated[str, typer.Option("--table", help="The table, such as clients or other.clients.")],
    owner: Owner = "clinical_operations_manager",
    write: Annotated[bool, typer.Option("--write", help="Keep it in docs/data-contracts, too.")] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Draft a contract from a live table, and print it. Reads no row."""
    import sys

    from mentalspace.contracts.draft import draft_file

    settings = load_settings(database_url=database_url)
    live = run_async(_fetch_table(settings, table))
    file = draft_file(live, owner, _today(settings))
    if write:
        _write_new(file, settings)
    sys.stdout.write(file.text)


def _today(settings: Settings) -> str:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return datetime.now(ZoneInfo(settings.practice_time_zone)).date().isoformat()


def _write_new(file: GeneratedFile, settings: Settings) -> None:
    from mentalspace.contracts.generated import write_files
    from mentalspace.errors import InputError

    if (settings.workspace / file.path).exists():
        raise InputError(f"{file.path} exists; compare with mentalspace contracts check --live")
    write_files([file], settings.workspace)
    terminal.say(f"written: {file.path}")


def _report_outdated(settings: Settings, contracts: Contracts, *, as_json: bool) -> None:
    from mentalspace.contracts.generated import find_outdated, render_documents
    from mentalspace.quality.generated import find_outdated_migrations

    documents = find_outdated(render_documents(contracts), settings.workspace)
    migration = find_outdated_migrations(contracts, settings.practice_time_zone, settings.workspace)
    report_files([*documents, *migration], settings, write=False, as_json=as_json)


def _report_drift(settings: Settings, contracts: Contracts, table: str | None, *, as_json: bool) -> None:
    from mentalspace.contracts.drift import find_drift
    from mentalspace.errors import InputError

    if table and table not in contracts:
        raise InputError(f"{table} has no contract; mentalspace contracts import --table {table} drafts one")
    live = run_async(_find_tables(settings, contracts))
    report_findings(find_drift(contracts, live, table), settings, "Drift", as_json=as_json)


async def _find_tables(settings: Settings, contracts: Contracts) -> dict[str, LiveTable]:
    from mentalspace.catalog.reading import find_tables
    from mentalspace.database.connection import connect

    schemas = {contract.table.schema_name for contract in contracts.values()}
    async with connect(settings.database_url.get_secret_value()) as connection:
        return await find_tables(connection, schemas=schemas)


async def _fetch_table(settings: Settings, name: str) -> LiveTable:
    from mentalspace.catalog.reading import fetch_table
    from mentalspace.database.connection import connect

    async with connect(settings.database_url.get_secret_value()) as connection:
        return await fetch_table(connection, name)
