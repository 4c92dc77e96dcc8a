"""The same number of empty jobs through pgqueuer and procrastinate: `python peers.py NAME URL JOBS`."""

from __future__ import annotations

import asyncio
import json
import sys
from time import perf_counter


async def pgqueuer(url: str, jobs: int) -> float:
    """Seconds that one worker takes; batches of 100, with asyncpg, which its makers measure it with."""
    import asyncpg
    from pgqueuer.db import AsyncpgDriver
    from pgqueuer.models import Job
    from pgqueuer.qm import QueueManager
    from pgqueuer.queries import Queries
    from pgqueuer.types import QueueExecutionMode

    connection = await asyncpg.connect(url)
    try:
        queries = Queries(AsyncpgDriver(connection))
        await queries.install()
        await queries.enqueue(["nothing"] * jobs, [None] * jobs, [0] * jobs)
        manager = QueueManager(queries)

        @manager.entrypoint("nothing")
        async def nothing(job: Job) -> None:
            pass

        began = perf_counter()
        await manager.run(batch_size=100, mode=QueueExecutionMode.drain)
        return perf_counter() - began
    finally:
        await connection.close()


async def procrastinate(url: str, jobs: int) -> float:
    """Seconds that one worker takes, ten jobs at once."""
    from procrastinate import App, PsycopgConnector

    app = App(connector=PsycopgConnector(conninfo=url))

    @app.task(name="nothing")
    async def nothing(number: int) -> None:
        pass

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await nothing.batch_defer_async(*({"number": number} for number in range(jobs)))
        began = perf_counter()
        await app.run_worker_async(wait=False, concurrency=10, install_signal_handlers=False)
        return perf_counter() - began


if __name__ == "__main__":
    name, url, jobs = sys.argv[1:]
    seconds = asyncio.run({"pgqueuer": pgqueuer, "procrastinate": procrastinate}[name](url, int(jobs)))
    sys.stdout.write(json.dumps({"seconds": seconds}))
