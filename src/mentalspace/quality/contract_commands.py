"""`mentalspace contracts`, whole: what compiles contracts to checks joins what reads them."""

from __future__ import annotations

from typing import Annotated

import typer

from mentalspace import terminal
from mentalspace.contracts.commands import Write, app, read, report_files
from mentalspace.options import Json
from mentalspace.settings import load_settings

__all__ = ["app"]

Version = Annotated[str | None, typer.Option("--version", help="Version of the migration; else now.")]


@app.command("compile")
def compile_(write: Write = False, version: Version = None, as_json: Json = False) -> None:
    """Compile contracts to a migration of checks. Exit code 1 if it stays outdated."""
    from mentalspace.quality.generated import find_outdated_migration

    settings = load_settings()
    contracts = read(settings)
    zone = settings.practice_time_zone
    report_files(
        find_outdated_migration(contracts, zone, settings.workspace, version), settings, write, as_json
    )


@app.command()
def check(as_json: Json = False) -> None:
    """Check that contracts are valid and everything generated from them is current."""
    from mentalspace.contracts.generated import find_outdated, render_documents
    from mentalspace.quality.generated import find_outdated_migration

    settings = load_settings()
    contracts = read(settings)
    terminal.say(f"{len(contracts)} contracts are valid")
    documents = find_outdated(render_documents(contracts), settings.workspace)
    migration = find_outdated_migration(contracts, settings.practice_time_zone, settings.workspace)
    report_files([*documents, *migration], settings, write=False, as_json=as_json)
