"""From a job's slot to the start of its run: one worker, a slot every second in place of every minute."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

from mentalspace.database.connection import connect
from mentalspace.jobs.job import Cron, Job, JobContext, Outcome
from mentalspace.jobs.ledger import Ledger
from mentalspace.jobs.worker import Worker
from mentalspace.settings import load_settings

LAGS = """
select extract(epoch from started_at - scheduled_for)::float8 * 1000 as ms
from governance.job_runs where job = 'bench' and attempt = 1
"""


async def nothing(context: JobContext) -> Outcome:
    """The ledger alone."""
    return Outcome("nothing")


def next_second(cron: Cron, zone: ZoneInfo, after: datetime) -> datetime:
    return after.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)


def last_second(cron: Cron, zone: ZoneInfo, until: datetime) -> datetime:
    return until.astimezone(UTC).replace(microsecond=0)


async def pick_up(url: str, seconds: float) -> list[float]:
    """Milliseconds of each slot that came while the worker ran."""
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, stop.set)
    jobs = (Job("bench", "Nothing", Cron("* * * * *"), nothing),)
    with (
        patch("mentalspace.jobs.schedule.find_next_slot", next_second),
        patch("mentalspace.jobs.worker.find_next_slot", next_second),
        patch("mentalspace.jobs.worker.find_last_slot", last_second),
        patch("mentalspace.jobs.worker._EARLY", timedelta(0)),
    ):
        async with Ledger(url) as ledger:
            await Worker(load_settings(database_url=url), jobs, ledger).run(stop)
    async with connect(url) as database:
        cursor = await database.execute(LAGS)
        return [row["ms"] for row in await cursor.fetchall()]
