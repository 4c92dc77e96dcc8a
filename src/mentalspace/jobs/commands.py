"""`mentalspace job`: list, run, history, pause, resume."""

from __future__ import annotations

from getpass import getuser
from typing import TYPE_CHECKING, Annotated

import typer

from mentalspace import terminal
from mentalspace.jobs.registry import ALL_JOBS, Jobs, fetch_job, load_jobs
from mentalspace.options import DatabaseUrl, Json, load_settings, run_async

if TYPE_CHECKING:
    from mentalspace.jobs.history import Listing, Run
    from mentalspace.jobs.job import Job
    from mentalspace.jobs.pausing import Pause
    from mentalspace.jobs.runner import Report
    from mentalspace.settings import Settings

Name = Annotated[str, typer.Argument(help="The job, as `mentalspace job list` names it.")]
app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Scheduled work: list it, run it now, see what came of it.",
)


@app.command("list")
def list_jobs(jobs: Jobs = ALL_JOBS, database_url: DatabaseUrl = None, as_json: Json = False) -> None:
    """List jobs: schedule, next run, last outcome and duration. Read-only."""
    from mentalspace.jobs.printing import show_listings, summarize_listing

    settings = load_settings(database_url=database_url)
    listings = run_async(_list(settings, load_jobs(jobs)))
    if as_json:
        terminal.emit_json([summarize_listing(listing) for listing in listings])
    else:
        show_listings(listings, settings.time_zone)


@app.command()
def run(
    name: Name,
    jobs: Jobs = ALL_JOBS,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Run one job now and record it. Exit 1 for findings, 3 if it failed or is running already."""
    from mentalspace.findings import exit_code
    from mentalspace.jobs.printing import show_report, summarize_report
    from mentalspace.logs import configure_logs

    settings = load_settings(database_url=database_url)
    configure_logs(settings.effective_log_level)
    report = run_async(_run(settings, fetch_job(load_jobs(jobs), name)))
    if as_json:
        terminal.emit_json(summarize_report(report))
    else:
        show_report(report)
    raise typer.Exit(exit_code(report.outcome.findings) if report.outcome else 3)


@app.command()
def history(
    name: Annotated[str | None, typer.Argument(help="One job; all if not given.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many runs.")] = 20,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Show the latest runs and what came of them, newest first. Read-only."""
    from mentalspace.jobs.printing import show_runs

    settings = load_settings(database_url=database_url)
    runs = run_async(_history(settings, name, limit))
    if as_json:
        terminal.emit_json(runs)
    else:
        show_runs(runs, settings.time_zone)


@app.command()
def pause(
    name: Name,
    reason: Annotated[str | None, typer.Option(help="Why; recorded. No PHI.")] = None,
    jobs: Jobs = ALL_JOBS,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Start no more slots of a job until it is resumed. A run that goes on ends as ever."""
    settings = load_settings(database_url=database_url)
    job = fetch_job(load_jobs(jobs), name)
    paused = run_async(_pause(settings, job, reason))
    _answer(paused, f"{job.name} is paused: its slots are skipped, and not caught up", as_json=as_json)


@app.command()
def resume(
    name: Name, jobs: Jobs = ALL_JOBS, database_url: DatabaseUrl = None, as_json: Json = False
) -> None:
    """Let a paused job go on with its next slot."""
    settings = load_settings(database_url=database_url)
    job = fetch_job(load_jobs(jobs), name)
    _answer(run_async(_resume(settings, job)), f"{job.name} goes on with its next slot", as_json=as_json)


def _answer(pause: Pause, text: str, *, as_json: bool) -> None:
    if as_json:
        terminal.emit_json(pause)
    else:
        terminal.show(text)


async def _pause(settings: Settings, job: Job, reason: str | None) -> Pause:
    from mentalspace.database.connection import connect
    from mentalspace.jobs.ledger import Ledger
    from mentalspace.jobs.pausing import pause_job

    url = settings.database_url.get_secret_value()
    async with connect(url) as connection, Ledger(url) as ledger:
        await ledger.register([job], settings.practice_time_zone)
        return await pause_job(connection, job, getuser(), reason)


async def _resume(settings: Settings, job: Job) -> Pause:
    from mentalspace.database.connection import connect
    from mentalspace.jobs.pausing import resume_job

    async with connect(settings.database_url.get_secret_value()) as connection:
        return await resume_job(connection, job, getuser())


async def _list(settings: Settings, jobs: tuple[Job, ...]) -> list[Listing]:
    from mentalspace.database.connection import connect
    from mentalspace.jobs.history import list_jobs

    async with connect(settings.database_url.get_secret_value()) as connection:
        return await list_jobs(connection, jobs, settings.time_zone)


async def _run(settings: Settings, job: Job) -> Report:
    from mentalspace.database.connection import connect
    from mentalspace.jobs.oneshot import run_now

    # The ledger would wait for a database that restarts; a person wants to be told at once.
    async with connect(settings.database_url.get_secret_value()):
        pass
    return await run_now(job, settings)


async def _history(settings: Settings, name: str | None, limit: int) -> list[Run]:
    from mentalspace.database.connection import connect
    from mentalspace.jobs.history import find_runs

    async with connect(settings.database_url.get_secret_value()) as connection:
        return await find_runs(connection, name, limit)
