"""The worker: slots run once over replicas, missed ones are caught up, runs left behind are taken over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.chaos import clock
from tests.outbox import until
from tests.sample_jobs import (
    EFFECT,
    FAILING,
    SELDOM,
    SLOW,
    count_effects,
    make_effects,
    register_long_ago,
)

from mentalspace.database.connection import Connection
from mentalspace.jobs import worker as worker_module
from mentalspace.jobs.history import Run, find_runs
from mentalspace.jobs.job import Cron, Job
from mentalspace.jobs.ledger import Ledger, Status
from mentalspace.jobs.worker import Pace, Worker
from mentalspace.settings import load_settings

BRISK = Pace(sweep=timedelta(seconds=0.5), drain=timedelta(seconds=0.5))
LEASE = timedelta(seconds=10)


@asynccontextmanager
async def working(url: str, *jobs: Job, pace: Pace = BRISK, workers: int = 1) -> AsyncIterator[None]:
    """Workers that run while the block does."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for number in range(workers):
            group.create_task(work(url, f"worker {number}", jobs, pace, stop))
        try:
            yield
        finally:
            stop.set()


async def work(url: str, name: str, jobs: tuple[Job, ...], pace: Pace, stop: asyncio.Event) -> None:
    async with Ledger(url, name, lease=LEASE) as ledger:
        await Worker(load_settings(database_url=url), jobs, ledger, pace).run(stop)


async def wait_for_runs(connection: Connection, number: int, *statuses: Status) -> list[Run]:
    """The runs, as soon as so many have one of these statuses."""
    async with asyncio.timeout(60):
        while True:
            runs = [run for run in await find_runs(connection) if run.status in statuses]
            if len(runs) >= number:
                return runs
            await asyncio.sleep(0.05)


@pytest.fixture
async def long_known(connection: Connection, database_url: str) -> None:
    await register_long_ago(connection, database_url)


@pytest.mark.usefixtures("long_known")
async def test_the_last_missed_slot_is_caught_up_once_by_three(
    connection: Connection, database_url: str
) -> None:
    job = replace(EFFECT, schedule=SELDOM)
    async with working(database_url, job, workers=3):
        (run,) = await wait_for_runs(connection, 1, Status.succeeded)
        await asyncio.sleep(0.7)
    assert run.scheduled_for.astimezone(ZoneInfo("America/New_York")) == datetime(
        2024, 2, 29, tzinfo=ZoneInfo("America/New_York")
    )
    assert len(await find_runs(connection)) == 1
    assert await count_effects(connection) == 1


@pytest.mark.usefixtures("long_known")
async def test_a_job_that_does_not_catch_up_records_the_missed_slot(
    connection: Connection, database_url: str
) -> None:
    job = replace(EFFECT, schedule=SELDOM, catch_up=False)
    async with working(database_url, job):
        (run,) = await wait_for_runs(connection, 1, Status.missed)
    assert run.started_at is None
    assert await count_effects(connection) == 0


async def test_a_new_job_catches_nothing_up(connection: Connection, database_url: str) -> None:
    async with working(database_url, replace(EFFECT, schedule=SELDOM)):
        await asyncio.sleep(0.7)
    assert await find_runs(connection) == []


async def test_slots_run_as_they_come(
    connection: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a slot every second in place of every minute, APScheduler alone wakes three workers."""

    def next_second(cron: Cron, zone: ZoneInfo, after: datetime) -> datetime:
        return after.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)

    def last_second(cron: Cron, zone: ZoneInfo, until: datetime) -> datetime:
        return until.astimezone(UTC).replace(microsecond=0)

    monkeypatch.setattr(worker_module, "find_next_slot", next_second)
    monkeypatch.setattr(worker_module, "find_last_slot", last_second)
    monkeypatch.setattr("mentalspace.jobs.schedule.find_next_slot", next_second)
    monkeypatch.setattr(worker_module, "_EARLY", timedelta(0))
    await make_effects(connection)
    async with working(database_url, EFFECT, pace=Pace(sweep=timedelta(hours=1)), workers=3):
        runs = await wait_for_runs(connection, 3, Status.succeeded)
    slots = sorted(run.scheduled_for for run in runs)
    assert len(slots) == len(set(slots))
    assert await count_effects(connection) == len(await find_runs(connection))


@pytest.mark.usefixtures("long_known")
async def test_a_run_left_behind_is_taken_over(connection: Connection, database_url: str) -> None:
    job = replace(EFFECT, schedule=SELDOM)
    async with Ledger(database_url, "dead", lease=timedelta(milliseconds=1)) as dead:
        assert await dead.claim(job, datetime(2026, 1, 1, tzinfo=UTC))
    async with working(database_url, job):
        (run,) = await wait_for_runs(connection, 1, Status.succeeded)
    assert (run.attempt, run.worker) == (2, "worker 0")
    assert await count_effects(connection) == 1


@pytest.mark.usefixtures("long_known")
async def test_a_job_that_raises_does_not_stop_the_others(connection: Connection, database_url: str) -> None:
    jobs = (replace(FAILING, schedule=SELDOM), replace(EFFECT, schedule=SELDOM))
    async with working(database_url, *jobs):
        runs = await wait_for_runs(connection, 2, Status.succeeded, Status.failed)
    assert {run.job: run.status for run in runs} == {"failing": Status.failed, "effect": Status.succeeded}


@pytest.mark.usefixtures("long_known")
async def test_what_does_not_end_in_time_is_handed_back(connection: Connection, database_url: str) -> None:
    async with working(database_url, SLOW):
        await wait_for_runs(connection, 1, Status.running)
    (run,) = await find_runs(connection)
    assert (run.status, run.attempt) == (Status.queued, 0)


@pytest.mark.usefixtures("long_known")
async def test_a_paused_job_sleeps(connection: Connection, database_url: str) -> None:
    await connection.execute("update governance.jobs set paused_at = now()")
    async with working(database_url, replace(EFFECT, schedule=SELDOM)):
        await asyncio.sleep(0.7)
    assert await find_runs(connection) == []


async def test_a_clock_that_is_set_back_stops_no_sweep(
    connection: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the wall clock the next sweep would be in an hour, and so would the next slot."""
    monkeypatch.setattr(clock.JumpingClock, "offset", timedelta(0))
    monkeypatch.setattr("apscheduler.schedulers.base.datetime", clock.JumpingClock)
    await make_effects(connection)
    async with working(database_url, replace(EFFECT, schedule=SELDOM)):
        await until(lambda: registered(connection))
        clock.JumpingClock.offset = -timedelta(hours=1)
        # Any sweep from now on finds a slot that was missed.
        await connection.execute("update governance.jobs set registered_at = now() - interval '4 years'")
        await wait_for_runs(connection, 1, Status.succeeded)


async def registered(connection: Connection) -> bool:
    return await (await connection.execute("select from governance.jobs")).fetchone() is not None


@pytest.mark.usefixtures("long_known")
async def test_lost_connections_are_replaced(connection: Connection, database_url: str) -> None:
    async with working(database_url, EFFECT):
        await wait_for_runs(connection, 1, Status.succeeded)
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name like 'mentalspace ledger' and datname = current_database()"
        )
        await connection.execute("truncate governance.job_runs")
        await wait_for_runs(connection, 1, Status.succeeded)
