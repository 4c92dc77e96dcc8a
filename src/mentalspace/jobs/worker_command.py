"""`mentalspace worker`: run the schedules until told to stop."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from mentalspace.jobs.registry import ALL_JOBS, Jobs, load_jobs
from mentalspace.options import DatabaseUrl
from mentalspace.settings import Settings, load_settings

if TYPE_CHECKING:
    from mentalspace.jobs.job import Job
    from mentalspace.jobs.worker import Pace

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def worker(
    jobs: Jobs = ALL_JOBS,
    database_url: DatabaseUrl = None,
    sweep: Annotated[float, typer.Option(min=0.1, help="Seconds between looks for work left behind.")] = 30,
    drain: Annotated[float, typer.Option(min=0, help="Seconds that runs get to end on SIGTERM.")] = 14,
    lease: Annotated[
        float, typer.Option(min=1, help="Seconds until a silent worker's run is taken over.")
    ] = 60,
) -> None:
    """Run every job on its schedule until SIGTERM or Ctrl-C. Any number of workers may run."""
    from mentalspace.jobs.worker import Pace
    from mentalspace.logs import configure_logs

    settings = load_settings(database_url=database_url)
    configure_logs(settings.effective_log_level)
    pace = Pace(timedelta(seconds=sweep), timedelta(seconds=drain))
    asyncio.run(_work(settings, load_jobs(jobs), pace, timedelta(seconds=lease)))


async def _work(settings: Settings, jobs: tuple[Job, ...], pace: Pace, lease: timedelta) -> None:
    from mentalspace.jobs.ledger import Ledger
    from mentalspace.jobs.worker import Worker

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Ledger(settings.database_url.get_secret_value(), lease=lease) as ledger:
        await Worker(settings, jobs, ledger, pace).run(stop)
