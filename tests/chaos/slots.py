"""Schedules of a chaos run: thirty jobs, each with a slot every thirty seconds: one comes every second."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from mentalspace.jobs.job import Cron, Job, JobContext, Outcome
from mentalspace.jobs.ledger import Ledger
from mentalspace.jobs.worker import Pace, Worker
from mentalspace.settings import Settings

PERIOD = 30
LEASE = timedelta(seconds=4)
PACE = Pace(sweep=timedelta(seconds=1), drain=timedelta(seconds=5))
EFFECT = "insert into chaos.slots (job, slot) values (%s, %s)"


async def act(context: JobContext) -> Outcome:
    """Write an effect, then take a moment in which much can happen."""
    await context.connection.execute(EFFECT, (context.run_id, context.scheduled_for))
    await asyncio.sleep(0.2)
    return Outcome("done")


def find_next(cron: Cron, zone: ZoneInfo, after: datetime) -> datetime:
    return find_last(cron, zone, after) + timedelta(seconds=PERIOD)


def find_last(cron: Cron, zone: ZoneInfo, until: datetime) -> datetime:
    second = int(until.timestamp())
    return datetime.fromtimestamp(second - (second - _place(cron)) % PERIOD, UTC)


def _place(cron: Cron) -> int:
    return int(cron.expression.split()[0])


# Atomic: the effect commits with its outcome. However many workers die over it, it is tried again.
JOBS = tuple(
    Job(f"chaos_{place}", "Leaves an effect", Cron(f"{place} * * * *"), act, atomic=True, attempts=100)
    for place in range(PERIOD)
)


async def keep_schedules(database_url: str, stop: asyncio.Event) -> None:
    """Run the slots as they come, until told to stop."""
    settings = Settings(database_url=SecretStr(database_url))
    with (
        patch("mentalspace.jobs.schedule.find_next_slot", find_next),
        patch("mentalspace.jobs.worker.find_next_slot", find_next),
        patch("mentalspace.jobs.worker.find_last_slot", find_last),
    ):
        async with Ledger(database_url, lease=LEASE) as ledger:
            await Worker(settings, JOBS, ledger, PACE).run(stop)
