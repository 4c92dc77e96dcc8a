"""`mentalspace daily`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from mentalspace import terminal
from mentalspace.options import DatabaseUrl, Json, load_settings, run_async

if TYPE_CHECKING:
    from mentalspace.daily.report import DailyReport
    from mentalspace.settings import Settings

app = typer.Typer(add_completion=False, help="Measure, and print the morning report of the practice.")


@app.command()
def daily(database_url: DatabaseUrl = None, as_json: Json = False) -> None:
    """Measure, and print the morning report of the practice. Exit 1 for findings."""
    from mentalspace.daily.printing import render_report
    from mentalspace.findings import exit_code
    from mentalspace.logs import configure_logs
    from mentalspace.settings import LogLevel

    settings = load_settings(database_url=database_url)
    # The ledger keeps what happened; only what failed is worth a line beside a report.
    configure_logs(LogLevel.error)
    report = run_async(_daily(settings))
    if as_json:
        terminal.emit_json(report)
    else:
        terminal.show(render_report(report))
    raise typer.Exit(exit_code(report.findings))


async def _daily(settings: Settings) -> DailyReport:
    from mentalspace.daily.collect import collect_report, run_morning_jobs
    from mentalspace.database.connection import connect
    from mentalspace.raci.commands import load_matrix

    matrix = load_matrix(settings)
    # A database that is not there is said at once, not retried as a worker would.
    async with connect(settings.database_url.get_secret_value()):
        pass
    await run_morning_jobs(settings)
    return await collect_report(settings, matrix)
