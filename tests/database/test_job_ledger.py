"""The ledger: one claim per slot, leases that expire, fencing tokens that grow, the database's clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from tests.people import acting_as, refused
from tests.sample_jobs import ATOMIC, EFFECT, JOBS, SLOW, count_effects, make_effects

from mentalspace.database.connection import Connection
from mentalspace.errors import RefusedError
from mentalspace.jobs.history import find_runs
from mentalspace.jobs.job import JobContext, LeaseLostError, Outcome
from mentalspace.jobs.ledger import Lease, Ledger, OpenRun, Status
from mentalspace.settings import load_settings

SLOT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
INSTANT = timedelta(milliseconds=50)
DONE = Outcome("done")


@pytest.fixture
async def ledgers(database_url: str) -> AsyncIterator[list[Ledger]]:
    """Three workers' views of one ledger, with leases of an instant."""
    async with AsyncExitStack() as stack:
        opened = [Ledger(database_url, f"worker {number}", lease=INSTANT) for number in range(3)]
        for ledger in opened:
            await stack.enter_async_context(ledger)
        await opened[0].register(JOBS, "America/New_York")
        yield opened


async def claim(ledger: Ledger, slot: datetime = SLOT) -> Lease:
    lease = await ledger.claim(EFFECT, slot)
    assert lease is not None
    return lease


async def open_run(ledger: Ledger) -> OpenRun:
    await asyncio.sleep(2 * INSTANT.total_seconds())
    (run,) = await ledger.find_open([EFFECT.name])
    return run


def context(connection: Connection, lease: Lease, url: str) -> JobContext:
    settings = load_settings(database_url=url)
    return JobContext(settings, connection, lease.run_id, lease.scheduled_for, lease.fencing_token)


@pytest.mark.parametrize("claimers", [2, 3])
async def test_a_slot_is_claimed_once(ledgers: list[Ledger], claimers: int) -> None:
    for number in range(20):
        slot = SLOT - timedelta(minutes=number)
        leases = await asyncio.gather(*(ledger.claim(EFFECT, slot) for ledger in ledgers[:claimers]))
        (winner,) = [lease for lease in leases if lease]
        await ledgers[0].finish(winner, Status.succeeded, DONE, None)


@pytest.mark.parametrize("claimers", [2, 3])
async def test_an_expired_lease_is_taken_over_once(ledgers: list[Ledger], claimers: int) -> None:
    first = await claim(ledgers[0])
    for number in range(EFFECT.attempts - 1):
        run = await open_run(ledgers[0])
        leases = await asyncio.gather(*(ledger.take_over(EFFECT, run) for ledger in ledgers[:claimers]))
        (winner,) = [lease for lease in leases if lease]
        assert winner.run_id == first.run_id
        assert winner.attempt == number + 2
        assert winner.fencing_token > first.fencing_token


async def test_a_live_lease_is_not_open(database_url: str, ledgers: list[Ledger]) -> None:
    async with Ledger(database_url, "careful", lease=timedelta(minutes=1)) as ledger:
        lease = await claim(ledger)
        await asyncio.sleep(2 * INSTANT.total_seconds())
        assert await ledgers[0].find_open([EFFECT.name]) == []
        assert await ledgers[0].take_over(EFFECT, OpenRun(lease.run_id, EFFECT.name, 1)) is None


async def test_a_stale_token_neither_finishes_nor_renews_nor_writes(
    database_url: str, connection: Connection, ledgers: list[Ledger]
) -> None:
    await make_effects(connection)
    stale = await claim(ledgers[0])
    fresh = await ledgers[1].take_over(EFFECT, await open_run(ledgers[1]))
    assert fresh
    with pytest.raises(LeaseLostError):
        await ledgers[0].finish(stale, Status.succeeded, DONE, None)
    with pytest.raises(LeaseLostError):
        await ledgers[0].renew(stale)
    with pytest.raises(LeaseLostError):
        await ledgers[0].release(stale)
    with pytest.raises(LeaseLostError):
        async with context(connection, stale, database_url).transaction() as inside:
            await inside.execute("insert into public.effects values (1, 1)")
    assert await count_effects(connection) == 0
    await ledgers[1].finish(fresh, Status.succeeded, DONE, None)
    (run,) = await find_runs(connection)
    assert (run.status, run.worker, run.summary) == (Status.succeeded, "worker 1", "done")


async def test_nobody_takes_over_inside_a_fenced_transaction(
    database_url: str, connection: Connection, ledgers: list[Ledger]
) -> None:
    lease = await claim(ledgers[0])
    async with context(connection, lease, database_url).transaction():
        assert await ledgers[1].take_over(EFFECT, await open_run(ledgers[1])) is None
        await ledgers[0].renew(lease)
    assert await ledgers[1].take_over(EFFECT, await open_run(ledgers[1])) is not None


async def test_finish_may_be_repeated_by_its_holder_alone(ledgers: list[Ledger]) -> None:
    lease = await claim(ledgers[0])
    await ledgers[0].finish(lease, Status.succeeded, DONE, None)
    await ledgers[0].finish(lease, Status.succeeded, DONE, None)
    with pytest.raises(LeaseLostError):
        await ledgers[0].finish(lease, Status.failed, None, None)


async def test_a_run_that_keeps_killing_workers_is_abandoned(
    connection: Connection, ledgers: list[Ledger]
) -> None:
    await claim(ledgers[0])
    for _ in range(EFFECT.attempts - 1):
        assert await ledgers[1].take_over(EFFECT, await open_run(ledgers[1]))
    assert await ledgers[1].take_over(EFFECT, await open_run(ledgers[1])) is None
    (run,) = await find_runs(connection)
    assert (run.status, run.attempt) == (Status.abandoned, EFFECT.attempts)
    assert await ledgers[1].find_open([EFFECT.name]) == []


async def test_a_released_run_is_open_at_once_and_loses_no_attempt(ledgers: list[Ledger]) -> None:
    await ledgers[0].release(await claim(ledgers[0]))
    (run,) = await ledgers[1].find_open([EFFECT.name])
    lease = await ledgers[1].take_over(EFFECT, run)
    assert lease
    assert lease.attempt == 1


async def test_runs_of_a_job_do_not_overlap(ledgers: list[Ledger]) -> None:
    lease = await claim(ledgers[0])
    later = SLOT + timedelta(minutes=1)
    assert await ledgers[1].claim(EFFECT, later) is None
    assert await ledgers[1].claim(EFFECT) is None
    assert await ledgers[1].claim(SLOW, SLOT) is not None
    await ledgers[0].finish(lease, Status.succeeded, DONE, None)
    assert await ledgers[1].claim(EFFECT, later) is not None


async def test_a_queued_run_waits_for_the_one_going_on(ledgers: list[Ledger]) -> None:
    await ledgers[0].release(await claim(ledgers[0]))
    (queued,) = await ledgers[1].find_open([EFFECT.name])
    going_on = await ledgers[0].claim(EFFECT, SLOT + timedelta(minutes=1))
    assert going_on
    assert await ledgers[1].take_over(EFFECT, queued) is None
    await ledgers[0].finish(going_on, Status.succeeded, DONE, None)
    assert await ledgers[1].take_over(EFFECT, queued) is not None


async def test_a_slot_to_come_is_not_claimed(ledgers: list[Ledger]) -> None:
    (state,) = await ledgers[0].list_states([EFFECT.name])
    assert await ledgers[0].claim(EFFECT, state.now + timedelta(seconds=30)) is None
    assert await ledgers[0].claim(EFFECT, state.now) is not None


async def test_a_paused_job_starts_nothing_but_by_hand(connection: Connection, ledgers: list[Ledger]) -> None:
    await ledgers[0].release(await claim(ledgers[0]))
    await connection.execute("update governance.jobs set paused_at = now()")
    assert await ledgers[0].claim(EFFECT, SLOT + timedelta(minutes=1)) is None
    assert await ledgers[0].find_open([EFFECT.name]) == []
    assert await ledgers[0].claim(EFFECT) is not None


async def test_a_missed_slot_is_recorded_once_and_never_claimed(ledgers: list[Ledger]) -> None:
    assert await ledgers[0].record_missed(EFFECT, SLOT)
    assert not await ledgers[1].record_missed(EFFECT, SLOT)
    assert await ledgers[1].claim(EFFECT, SLOT) is None


async def test_announcing_again_keeps_when_a_job_was_first_known(
    connection: Connection, ledgers: list[Ledger]
) -> None:
    (before,) = await ledgers[0].list_states([ATOMIC.name])
    await ledgers[1].register([ATOMIC], "America/Chicago")
    (after,) = await ledgers[0].list_states([ATOMIC.name])
    assert after.registered_at == before.registered_at
    rows = await (
        await connection.execute("select time_zone from governance.jobs where name = 'atomic'")
    ).fetchall()
    assert rows[0]["time_zone"] == "America/Chicago"


async def test_a_broken_connection_is_replaced(connection: Connection, ledgers: list[Ledger]) -> None:
    await claim(ledgers[0])
    await connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where application_name = 'mentalspace ledger' and datname = current_database()"
    )
    assert await ledgers[0].list_states([EFFECT.name])


async def test_a_database_without_the_ledger_says_what_to_do(empty_database_url: str) -> None:
    async with Ledger(empty_database_url) as ledger:
        with pytest.raises(RefusedError, match="mentalspace database migrate"):
            await ledger.list_states([EFFECT.name])


async def test_api_roles_reach_nothing(connection: Connection) -> None:
    for role, table in product(("anon", "authenticated", "service_role"), ("jobs", "job_runs")):
        async with acting_as(connection, None, role), refused(connection):
            await connection.execute(f"select from governance.{table}".encode())


async def test_a_heartbeat_stays_a_heap_only_update(connection: Connection) -> None:
    cursor = await connection.execute(
        "select indexdef from pg_indexes where schemaname = 'governance' and tablename = 'job_runs'"
    )
    definitions = [row["indexdef"] for row in await cursor.fetchall()]
    assert len(definitions) >= 4
    assert [text for text in definitions if "lease_until" in text or "heartbeat_at" in text] == []
