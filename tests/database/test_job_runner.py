"""A run: its lease is kept, its end recorded, and what a job raises stops nobody."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.outbox import until
from tests.sample_jobs import (
    ATOMIC,
    BRIEF,
    EFFECT,
    FAILING,
    FINDING,
    HASTY,
    JOBS,
    OFFLINE,
    SLOW,
    count_effects,
    make_effects,
)

from mentalspace.database.connection import Connection
from mentalspace.jobs import runner
from mentalspace.jobs.history import Run, find_runs
from mentalspace.jobs.job import Job
from mentalspace.jobs.ledger import Ledger, Status
from mentalspace.jobs.oneshot import InterruptedRunError, RunningAlreadyError, run_now
from mentalspace.jobs.runner import Report, run_leased
from mentalspace.settings import Settings, load_settings

SLOT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@pytest.fixture
async def ledger(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ledger]:
    """A long lease with a quick heart: what was lost is noticed soon, and a slow machine loses nothing."""
    monkeypatch.setattr(runner, "_BEATS_PER_LEASE", 100)
    async with Ledger(database_url, "runner", lease=timedelta(seconds=20)) as opened:
        await opened.register(JOBS, "America/New_York")
        yield opened


@pytest.fixture
def settings(database_url: str) -> Settings:
    return load_settings(database_url=database_url)


async def run(job: Job, ledger: Ledger, settings: Settings) -> Report:
    lease = await ledger.claim(job, SLOT)
    assert lease
    return await run_leased(job, lease, ledger, settings)


async def sleeping(connection: Connection) -> None:
    """Wait until the job is in the middle of its work."""

    async def asleep() -> bool:
        cursor = await connection.execute(
            "select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
        )
        return await cursor.fetchone() is not None

    await until(asleep)


async def only_run(connection: Connection) -> Run:
    (found,) = await find_runs(connection)
    return found


async def test_success_is_recorded(connection: Connection, ledger: Ledger, settings: Settings) -> None:
    await make_effects(connection)
    report = await run(EFFECT, ledger, settings)
    found = await only_run(connection)
    assert report.status is found.status is Status.succeeded
    assert found.outcome == {"summary": "left an effect", "findings": [], "data": {"effects": 1}}
    assert found.finished_at
    assert await count_effects(connection) == 1


async def test_failure_is_recorded_without_values(
    connection: Connection, ledger: Ledger, settings: Settings
) -> None:
    report = await run(FAILING, ledger, settings)
    found = await only_run(connection)
    assert report.status is found.status is Status.failed
    assert found.error_class == "DatabaseError 22P02"
    assert found.error_message
    assert "sample_jobs.py" in found.error_message
    assert "Jane" not in found.model_dump_json()


async def test_timeout_is_recorded_as_failed(
    connection: Connection, ledger: Ledger, settings: Settings
) -> None:
    report = await run(HASTY, ledger, settings)
    found = await only_run(connection)
    assert report.status is found.status is Status.failed
    assert found.error_class == "RunTimeoutError"
    assert report.seconds < 30


async def test_heartbeat_keeps_a_long_run(ledger: Ledger, settings: Settings) -> None:
    ledger.lease = timedelta(seconds=1)
    running = asyncio.create_task(run(BRIEF, ledger, settings))
    others: list[object] = []
    while not running.done():
        await asyncio.sleep(0.1)
        others += await ledger.find_open([BRIEF.name])
    assert running.result().status is Status.succeeded
    assert running.result().seconds > ledger.lease.total_seconds()
    assert others == []


async def test_a_run_that_lost_its_lease_is_stopped(
    connection: Connection, ledger: Ledger, settings: Settings
) -> None:
    running = asyncio.create_task(run(SLOW, ledger, settings))
    await sleeping(connection)
    await connection.execute("update governance.job_runs set fencing_token = fencing_token + 1000")
    report = await running
    assert report.status is None
    assert report.failure
    assert report.failure.error_class == "LeaseLostError"
    assert (await only_run(connection)).status is Status.running


async def test_lost_transport_is_tried_again_later(
    connection: Connection, ledger: Ledger, settings: Settings
) -> None:
    report = await run(OFFLINE, ledger, settings)
    assert report.status is (await only_run(connection)).status is Status.queued
    assert await ledger.find_open([OFFLINE.name]) == []
    await connection.execute("update governance.job_runs set available_at = now()")
    (queued,) = await ledger.find_open([OFFLINE.name])
    lease = await ledger.take_over(OFFLINE, queued)
    assert lease
    report = await run_leased(OFFLINE, lease, ledger, settings)
    found = await only_run(connection)
    assert report.status is found.status is Status.succeeded
    assert (found.attempt, found.error_class) == (2, None)


async def test_a_lost_database_connection_is_lost_transport(
    connection: Connection, ledger: Ledger, settings: Settings
) -> None:
    running = asyncio.create_task(run(SLOW, ledger, settings))
    await sleeping(connection)
    await connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where application_name = 'mentalspace job slow' and datname = current_database()"
    )
    report = await running
    assert report.status is (await only_run(connection)).status is Status.queued


async def test_a_cancelled_run_is_handed_back(
    connection: Connection, ledger: Ledger, settings: Settings
) -> None:
    running = asyncio.create_task(run(SLOW, ledger, settings))
    await sleeping(connection)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await only_run(connection)).status is Status.queued
    assert len(await ledger.find_open([SLOW.name])) == 1


async def test_atomic_effect_and_record_are_one(
    connection: Connection, ledger: Ledger, settings: Settings
) -> None:
    await make_effects(connection)
    running = asyncio.create_task(run(ATOMIC, ledger, settings))

    async def written() -> bool:
        cursor = await connection.execute(
            "select from pg_stat_activity where datname = current_database() "
            "and state = 'idle in transaction' and query like '%public.effects%'"
        )
        return await cursor.fetchone() is not None

    await until(written)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await count_effects(connection) == 0
    await connection.execute("update governance.job_runs set attempt = 1")
    (queued,) = await ledger.find_open([ATOMIC.name])
    lease = await ledger.take_over(ATOMIC, queued)
    assert lease
    report = await run_leased(ATOMIC, lease, ledger, settings)
    assert report.status is (await only_run(connection)).status is Status.succeeded
    assert await count_effects(connection) == 1


async def test_findings_can_be_excluded(database_url: str, ledger: Ledger) -> None:
    settings = load_settings(database_url=database_url, exclude_findings=("sample:public.effects",))
    report = await run(FINDING, ledger, settings)
    assert report.outcome
    assert report.outcome.findings == ()


async def test_by_hand_waits_for_nobody_and_overlaps_nobody(
    connection: Connection, ledger: Ledger, settings: Settings
) -> None:
    await make_effects(connection)
    lease = await ledger.claim(EFFECT, SLOT)
    assert lease
    with pytest.raises(RunningAlreadyError):
        await run_now(EFFECT, settings)
    await ledger.finish(lease, Status.cancelled, None, None)
    report = await run_now(EFFECT, settings)
    assert report.status is Status.succeeded
    newest, _ = await find_runs(connection)
    assert newest.triggered_by == "manual"


async def test_by_hand_takes_over_from_the_dead(
    connection: Connection, ledger: Ledger, settings: Settings
) -> None:
    await make_effects(connection)
    assert await ledger.claim(EFFECT, SLOT)
    await connection.execute("update governance.job_runs set lease_until = now() - interval '1 second'")
    report = await run_now(EFFECT, settings)
    assert report.status is Status.succeeded
    assert (await only_run(connection)).attempt == 2


async def test_by_hand_told_to_end_while_it_claims_it_ends_as_cancelled(
    connection: Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = Ledger.claim

    async def be_told(*arguments: object) -> object:
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        signal.raise_signal(signal.SIGTERM)
        return await claim(*arguments)

    monkeypatch.setattr(Ledger, "claim", be_told)
    with pytest.raises(InterruptedRunError):
        await run_now(SLOW, settings)
    assert (await only_run(connection)).status is Status.cancelled
