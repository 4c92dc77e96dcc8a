"""A worker of a chaos run: claimer and schedules, with little patience. `python -m tests.chaos.worker URL`.

SIGUSR1 sets its clock to another wrong time.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import timedelta
from functools import partial

from pydantic import SecretStr
from tests.chaos import clock
from tests.chaos.consumers import CONSUMERS
from tests.chaos.slots import PACE, keep_schedules

from mentalspace.events.claimer import Claimer
from mentalspace.events.outbox import BatchSize, Limits
from mentalspace.logs import configure_logs
from mentalspace.settings import LogLevel, Settings
from mentalspace.worker.process import run_services

# Less than a socket may stay silent, and more than a crowded machine needs for a small batch.
LIMITS = Limits(silence=timedelta(seconds=4), statement=timedelta(seconds=5), answer=timedelta(seconds=6))


async def work(database_url: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, clock.jump)
    settings = Settings(database_url=SecretStr(database_url))
    # Small batches: the more transactions, the more can go wrong in one.
    claimer = Claimer(settings, CONSUMERS, timedelta(milliseconds=200), BatchSize(10, 5), LIMITS)
    await run_services([claimer.run, partial(keep_schedules, database_url)], stop, PACE.drain)


if __name__ == "__main__":
    configure_logs(LogLevel.error)
    clock.install()
    asyncio.run(work(sys.argv[1]))
