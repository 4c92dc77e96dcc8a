"""`mentalspace contracts`: check and render (compile stands in `quality.contract_commands`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mentalspace import terminal
from mentalspace.options import Json
from mentalspace.settings import Settings, load_settings

if TYPE_CHECKING:
    from mentalspace.contracts.contract import Contracts
    from mentalspace.contracts.generated import GeneratedFile

app = typer.Typer(no_args_is_help=True, help="Check data contracts, compile and render them.")

Write = Annotated[bool, typer.Option("--write", help="Write what differs; else only say it.")]


@app.command()
def render(write: Write = False, as_json: Json = False) -> None:
    """Render contracts to Markdown. Exit code 1 if a file is not current and --write is not given."""
    from mentalspace.contracts.generated import find_outdated, render_documents

    settings = load_settings()
    report_files(
        find_outdated(render_documents(read(settings)), settings.workspace), settings, write, as_json
    )


def read(settings: Settings) -> Contracts:
    """The workspace's contracts, with their SQL checked. Raises `DocumentError`."""
    from mentalspace.contracts.check import check_contracts
    from mentalspace.contracts.contract import FOLDER
    from mentalspace.contracts.parse import read_contracts

    contracts = read_contracts(settings.workspace / FOLDER)
    check_contracts(contracts)
    return contracts


def report_files(files: list[GeneratedFile], settings: Settings, write: bool, as_json: bool) -> None:
    """Write files or say that they differ; exit code 1 for what stays outdated."""
    from mentalspace.contracts.generated import write_files

    if write:
        write_files(files, settings.workspace)
    paths: list[Path] = [file.path for file in files]
    if as_json:
        terminal.emit_json([{"path": str(path), "written": write} for path in paths])
    else:
        for path in paths:
            terminal.show(f"{'written' if write else 'not current'}: {path}")
        if not paths:
            terminal.show("[green]✓[/] everything is current")
    raise typer.Exit(int(bool(paths) and not write))
