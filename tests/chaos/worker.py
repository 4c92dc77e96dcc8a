"""A worker of a chaos run: the claimer alone, with little patience. `python -m tests.chaos.worker URL`."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import timedelta

from pydantic import SecretStr
from tests.chaos.consumers import CONSUMERS

from mentalspace.events.claimer import Claimer
from mentalspace.events.outbox import BatchSize, Limits
from mentalspace.logs import configure_logs
from mentalspace.settings import LogLevel, Settings

LIMITS = Limits(silence=timedelta(seconds=2), statement=timedelta(seconds=3), answer=timedelta(seconds=4))


async def work(database_url: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = Settings(database_url=SecretStr(database_url))
    # Small batches: the more transactions, the more can go wrong in one.
    claimer = Claimer(settings, CONSUMERS, timedelta(milliseconds=200), BatchSize(20, 10), LIMITS)
    await claimer.run(stop)


if __name__ == "__main__":
    configure_logs(LogLevel.error)
    asyncio.run(work(sys.argv[1]))
