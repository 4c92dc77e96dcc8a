"""`mentalspace raci`: compile, check, explain, who, matrix, diff, schema, coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mentalspace import terminal
from mentalspace.options import DatabaseUrl, Json, load_settings, run_async

if TYPE_CHECKING:
    from mentalspace.findings import Finding
    from mentalspace.raci.coverage import Coverage
    from mentalspace.raci.matrix import Matrix
    from mentalspace.settings import Settings

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Who does what: documents compiled to Postgres, explained and proved.",
)
Offline = Annotated[bool, typer.Option("--offline", help="Look at the files only.")]


@app.command("compile")
def compile_command(
    write: Annotated[
        bool, typer.Option("--write", help="Write what changed: Markdown, new migrations.")
    ] = False,
    migration_version: Annotated[
        str | None, typer.Option(help="Version of the first new migration; else the time.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say which generated files are not current, or write them. Never connects. Exit 1 when some are not."""
    from mentalspace.raci.generated import find_outdated, write_files

    settings = load_settings()
    files = find_outdated(load_matrix(settings), settings.workspace, migration_version)
    if write:
        write_files(files, settings.workspace)
    if as_json:
        terminal.emit_json([file.path.as_posix() for file in files])
    else:
        for file in files:
            terminal.show(f"{'wrote' if write else 'not current:'} {file.path}")
        if not files:
            terminal.show("every generated file is current")
    if files and not write:
        raise typer.Exit(1)


@app.command()
def check(offline: Offline = False, database_url: DatabaseUrl = None, as_json: Json = False) -> None:
    """Check the documents, the generated files and the database. Exit 1 for findings."""
    from mentalspace.findings import exclude_findings, exit_code
    from mentalspace.findings.printing import Format, print_findings

    settings = load_settings(database_url=database_url)
    found = exclude_findings(_check(settings, offline), settings.exclude_findings)
    print_findings(found, Format.json if as_json else Format.text, "RACI")
    raise typer.Exit(exit_code(found))


@app.command()
def explain(
    task: Annotated[str, typer.Argument(help="cancel_appointment, or scheduling.cancel_appointment.")],
    role: Annotated[str, typer.Option("--as", help="therapist, front_desk, client, …")],
    as_json: Json = False,
) -> None:
    """Say what a role may do with a task, and why. Never connects."""
    from mentalspace.raci.explain import explain_task
    from mentalspace.raci.printing import show_explanation

    explanation = explain_task(load_matrix(load_settings()), task, role)
    if as_json:
        terminal.emit_json(explanation)
    else:
        show_explanation(explanation)


@app.command()
def who(
    task: Annotated[
        str | None, typer.Argument(help="cancel_appointment, or scheduling.cancel_appointment.")
    ] = None,
    table: Annotated[str | None, typer.Option(help="Instead of a task: what reaches this table.")] = None,
    command: Annotated[
        str | None, typer.Option(help="With --table: select, insert, update or delete; else all.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say who performs a task, is consulted, informed and asked next. Never connects."""
    from mentalspace.errors import InputError

    if (task is None) == (table is None) or (command and not table):
        raise InputError("give a task, or --table with or without --command")
    loaded = load_matrix(load_settings())
    if task:
        _show_holders(loaded, task, as_json)
    else:
        _show_reach(loaded, table or "", command, as_json)


@app.command()
def matrix(
    module: Annotated[str | None, typer.Argument(help="One module; all if not given.")] = None,
    as_json: Json = False,
) -> None:
    """Show the matrices: tasks, roles, duties, scopes. Never connects."""
    from mentalspace.errors import InputError
    from mentalspace.raci.advice import suggest
    from mentalspace.raci.printing import list_cells, show_module

    modules = load_matrix(load_settings()).modules
    if module and module not in modules:
        raise InputError(f"{module}: no such module; {suggest(module, modules)}")
    chosen = [modules[name] for name in sorted(modules) if module in (None, name)]
    if as_json:
        terminal.emit_json([cell for each in chosen for cell in list_cells(each)])
    else:
        for each in chosen:
            show_module(each)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="A git revision, or a folder of documents.")] = "HEAD",
    as_json: Json = False,
) -> None:
    """Say what changed since a revision, and what that gives or takes. Never connects. Exit 1 if anything."""
    from mentalspace.raci.diff import diff_modules
    from mentalspace.raci.history import read_old_documents
    from mentalspace.raci.parse import parse_modules
    from mentalspace.raci.printing_diff import list_changes, show_changes

    settings = load_settings()
    before = parse_modules(read_old_documents(settings.workspace, old))
    changes = diff_modules(before, load_matrix(settings).modules)
    if as_json:
        terminal.emit_json(list_changes(changes))
    else:
        show_changes(changes, old)
    raise typer.Exit(int(bool(changes)))


@app.command()
def schema(
    write: Annotated[bool, typer.Option("--write", help="Write docs/raci/raci.schema.json.")] = False,
) -> None:
    """Print or write the JSON Schema of the documents, for editors. Never connects."""
    import sys

    from mentalspace.raci.schema import FILE, render_schema, write_schema

    if write:
        written = write_schema(load_settings().workspace)
        terminal.show(f"wrote {FILE.as_posix()}" if written else f"{FILE.as_posix()} is current")
    else:
        sys.stdout.write(render_schema())


@app.command()
def coverage(offline: Offline = False, database_url: DatabaseUrl = None, as_json: Json = False) -> None:
    """Count enforced tasks, and commands that a task explains.

    Exit 1 if callers reach a command that no task explains."""
    from mentalspace.raci.printing import show_coverage, summarize_coverage

    settings = load_settings(database_url=database_url)
    measured = _coverage(settings, offline)
    if as_json:
        terminal.emit_json(summarize_coverage(measured))
    else:
        show_coverage(measured)
    raise typer.Exit(int(bool(measured.unassigned)))


def _show_holders(loaded: Matrix, task: str, as_json: bool) -> None:
    from mentalspace.raci.printing_who import show_holders
    from mentalspace.raci.who import find_holders

    answer = find_holders(loaded, task)
    if as_json:
        terminal.emit_json(answer)
    else:
        show_holders(answer)


def _show_reach(loaded: Matrix, table: str, command: str | None, as_json: bool) -> None:
    from mentalspace.raci.printing_who import show_reach
    from mentalspace.raci.who import find_reach

    answers = find_reach(loaded, table, command)
    if as_json:
        terminal.emit_json(list(answers))
    else:
        for each in answers:
            show_reach(each)


def load_matrix(settings: Settings) -> Matrix:
    """The workspace's matrix, with the tables of its contracts. Reads files, never connects."""
    from mentalspace.contracts.parse import PATTERN, read_contracts
    from mentalspace.raci.parse import FOLDER, parse_matrix

    contracts = settings.workspace / "docs" / "data-contracts"
    has_contracts = any(contracts.glob(PATTERN))
    return parse_matrix(settings.workspace / FOLDER, read_contracts(contracts) if has_contracts else {})


def _check(settings: Settings, offline: bool) -> list[Finding]:
    from mentalspace.raci.generated import find_stale

    loaded = load_matrix(settings)
    stale = find_stale(loaded, settings.workspace)
    return stale if offline else [*stale, *run_async(_drift(settings, loaded))]


async def _drift(settings: Settings, loaded: Matrix) -> list[Finding]:
    from mentalspace.database.connection import connect
    from mentalspace.raci.drift import find_drift
    from mentalspace.raci.function_drift import find_function_drift
    from mentalspace.raci.generated import MIGRATIONS

    async with connect(settings.database_url.get_secret_value()) as connection:
        migrations = settings.workspace / MIGRATIONS
        return [*await find_drift(connection, loaded), *await find_function_drift(connection, migrations)]


def _coverage(settings: Settings, offline: bool) -> Coverage:
    from mentalspace.raci.coverage import measure_documents

    loaded = load_matrix(settings)
    return measure_documents(loaded) if offline else run_async(_measure(settings, loaded))


async def _measure(settings: Settings, loaded: Matrix) -> Coverage:
    from mentalspace.database.connection import connect
    from mentalspace.raci.privileges import measure_coverage

    async with connect(settings.database_url.get_secret_value()) as connection:
        return await measure_coverage(connection, loaded)
