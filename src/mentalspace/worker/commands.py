"""`mentalspace worker`: run the schedules and react to changes until told to stop."""

from __future__ import annotations

import signal
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from mentalspace.jobs.registry import ALL_JOBS, Jobs, load_jobs
from mentalspace.options import DatabaseUrl, load_settings, run_async

if TYPE_CHECKING:
    import asyncio

    from mentalspace.jobs.worker import Pace
    from mentalspace.settings import Settings
    from mentalspace.worker.changes import ChangeWorker
    from mentalspace.worker.metrics import Metrics
    from mentalspace.worker.process import Service

app = typer.Typer(add_completion=False, rich_markup_mode=None)

# All capabilities' work, joined above this floor, hence named and not imported.
ALL_CONSUMERS = "mentalspace.wiring:CONSUMERS"
ALL_REACTIONS = "mentalspace.wiring:REACTIONS"
ALL_SUBSCRIPTIONS = "mentalspace.wiring:SUBSCRIPTIONS"


class Only(StrEnum):
    """Half of a worker, for a process of its own."""

    schedules = "schedules"
    changes = "changes"


Half = Annotated[Only | None, typer.Option("--only", help="Do one half of the work; both if not given.")]
Consumers = Annotated[str, typer.Option(help="Where the consumers are declared, as module:NAME.")]
Reactions = Annotated[str, typer.Option(help="Where the reactions are declared, as module:NAME.")]
Sweep = Annotated[float, typer.Option(min=0.1, help="Seconds between looks for runs left behind.")]
Drain = Annotated[float, typer.Option(min=0, help="Seconds that work gets to end on SIGTERM.")]
Lease = Annotated[float, typer.Option(min=1, help="Seconds until a silent worker's run is taken over.")]
Address = Annotated[
    str | None,
    typer.Option(help="host:port of health and metrics; else MENTALSPACE_WORKER_ADDRESS, else none."),
]


@app.command()
def worker(
    only: Half = None,
    jobs: Jobs = ALL_JOBS,
    consumers: Consumers = ALL_CONSUMERS,
    reactions: Reactions = ALL_REACTIONS,
    database_url: DatabaseUrl = None,
    sweep: Sweep = 30,
    drain: Drain = 14,
    lease: Lease = 60,
    address: Address = None,
) -> None:
    """Run schedules and react to changes until SIGTERM or Ctrl-C. Any number of workers may run."""
    from mentalspace.database.connection import check_address
    from mentalspace.jobs.worker import Pace
    from mentalspace.logs import configure_logs
    from mentalspace.telemetry import configure_telemetry, shutdown_telemetry

    settings = load_settings(database_url=database_url, worker_address=address)
    check_address(settings.database_url.get_secret_value())
    configure_logs(settings.effective_log_level)
    configure_telemetry(settings)
    pace = Pace(timedelta(seconds=sweep), timedelta(seconds=drain))
    changes = None if only is Only.schedules else _changes(settings, consumers, reactions)
    metrics = _metrics(settings, changes) if settings.worker_address else None
    services: list[Service] = [changes.run] if changes else []
    if only is not Only.changes:
        services.insert(0, _schedules(settings, jobs, pace, timedelta(seconds=lease), metrics))
    try:
        run_async(_work(services, pace.drain, settings, metrics))
    finally:
        shutdown_telemetry()


async def _work(
    services: list[Service], drain: timedelta, settings: Settings, metrics: Metrics | None
) -> None:
    import asyncio

    from mentalspace.worker.process import run_services

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    watching = _status(settings, metrics, stop) if metrics else None
    await run_services(services, stop, drain, watching)


def _metrics(settings: Settings, changes: ChangeWorker | None) -> Metrics:
    from mentalspace.worker.metrics import Metrics
    from mentalspace.worker.status import parse_address

    parse_address(settings.worker_address)
    return Metrics(settings.database_url.get_secret_value(), changes)


def _status(settings: Settings, metrics: Metrics, stop: asyncio.Event) -> Service:
    from mentalspace.worker.health import Health
    from mentalspace.worker.status import StatusServer

    health = Health(settings.database_url.get_secret_value(), metrics, stop)
    return StatusServer(settings.worker_address, health.pages).run


def _schedules(
    settings: Settings, jobs: str, pace: Pace, lease: timedelta, metrics: Metrics | None
) -> Service:
    from mentalspace.jobs.ledger import Ledger
    from mentalspace.jobs.worker import Worker

    declared = load_jobs(jobs)

    async def run(stop: asyncio.Event) -> None:
        async with Ledger(settings.database_url.get_secret_value(), lease=lease) as ledger:
            observe = metrics.observe_run if metrics else lambda _: None
            await Worker(settings, declared, ledger, pace, observe).run(stop)

    return run


def _changes(settings: Settings, consumers: str, reactions: str) -> ChangeWorker:
    from mentalspace.events import Consumer
    from mentalspace.realtime import Reaction, Subscription
    from mentalspace.worker.changes import ChangeWorker
    from mentalspace.worker.process import load_declared

    return ChangeWorker(
        settings,
        load_declared(consumers, Consumer),
        load_declared(ALL_SUBSCRIPTIONS, Subscription),
        reactions=load_declared(reactions, Reaction),
    )
