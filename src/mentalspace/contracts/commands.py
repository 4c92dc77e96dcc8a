"""`mentalspace contracts`: render and diff (what compiles or connects is in `quality.contract_commands`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mentalspace import terminal
from mentalspace.options import Json, load_settings

if TYPE_CHECKING:
    from mentalspace.contracts.contract import Contracts
    from mentalspace.contracts.generated import GeneratedFile
    from mentalspace.findings import Finding
    from mentalspace.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Check data contracts, compile and render them.")

Write = Annotated[bool, typer.Option("--write", help="Write what differs; else only say it.")]


@app.command()
def render(write: Write = False, as_json: Json = False) -> None:
    """Render contracts to Markdown. Exit 1 if a file is not current and --write is not given."""
    from mentalspace.contracts.generated import find_outdated, render_documents

    settings = load_settings()
    report_files(
        find_outdated(render_documents(read(settings)), settings.workspace), settings, write, as_json
    )


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="A file, a folder or a git revision, such as main.")],
    new: Annotated[str | None, typer.Argument(help="The same; else the contracts as they are here.")] = None,
    as_json: Json = False,
) -> None:
    """Show what changed between two versions, and what is breaking.

    Exit 1 if something breaking has no new major version, or no notice was given.
    """
    from mentalspace.contracts.contract import FOLDER
    from mentalspace.contracts.difference import find_differences
    from mentalspace.contracts.revisions import read_version

    settings = load_settings()
    before = read_version(old, settings.workspace)
    after = read_version(new or str(settings.workspace / FOLDER), settings.workspace)
    report_findings(find_differences(before, after), settings, "Changes", as_json=as_json)


def report_findings(findings: list[Finding], settings: Settings, title: str, *, as_json: bool) -> None:
    """Print findings that are not excluded; exit code 1 if anything is worse than `info`."""
    from mentalspace.findings import exclude_findings, exit_code
    from mentalspace.findings.printing import Format, print_findings

    kept = exclude_findings(findings, settings.exclude_findings)
    print_findings(kept, Format.json if as_json else Format.text, title)
    raise typer.Exit(exit_code(kept))


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
