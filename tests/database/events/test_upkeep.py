"""Days of consumed events, findings about what is stuck, and the claimer's loop."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr
from tests.outbox import EFFECTS, Writer, fetch_all, record, until
from tests.sample_jobs import lease_run

from mentalspace.database.connection import Connection
from mentalspace.events.claimer import Claimer
from mentalspace.events.consumer import EventContext
from mentalspace.events.drain import drain_batch
from mentalspace.events.history import State, find_events
from mentalspace.events.jobs import keep_days, watch
from mentalspace.jobs.job import JobContext
from mentalspace.settings import Settings

DAYS = "select count(*) from pg_inherits where inhparent = 'governance.consumed_events'::regclass"


@pytest.fixture
async def context(connection: Connection) -> JobContext:
    """A run of its own, with the lease that transactions ask for."""
    return await lease_run(connection)


async def test_days_are_added_ahead_and_what_waited_moves_in(context: JobContext) -> None:
    connection = context.connection
    await record(connection, "a", "b")
    await drain_batch(EventContext(connection, context.settings), [])
    outcome = await keep_days(context)
    assert outcome.data == {"added": 7, "dropped": 0}
    assert await fetch_all(connection, "select count(*) from governance.consumed_events_default") == [(0,)]
    assert len(await find_events(connection, State.consumed)) == 2
    assert (await keep_days(context)).data == {"added": 0, "dropped": 0}


async def test_days_that_are_over_go_whole(context: JobContext) -> None:
    connection = context.connection
    await connection.execute(
        "update governance.ledger_periods set kept = '400 days' where ledger = 'consumed_events'"
    )
    await connection.execute(
        "select governance.add_consumed_events_days((now() - '99 days'::interval)::date, 1)"
    )
    assert (await keep_days(context)).data["dropped"] == 0
    await connection.execute(
        "update governance.ledger_periods set kept = '98 days' where ledger = 'consumed_events'"
    )
    assert (await keep_days(context)).data["dropped"] == 1
    await connection.execute("select governance.add_consumed_events_days('2026-01-01', 3)")
    assert (await keep_days(context)).data["dropped"] == 3
    assert await fetch_all(connection, DAYS) == [(8,)]


async def test_the_dead_and_the_late_are_found(context: JobContext) -> None:
    connection = context.connection
    assert (await watch(context)).findings == ()
    await record(connection, "a", "b")
    await connection.execute(
        "update governance.events set died_at = now(), error_class = 'KeyError' where event_id = 1"
    )
    await connection.execute("update governance.events set occurred_at = now() - interval '1 hour'")
    findings = (await watch(context)).findings
    assert [finding.key for finding in findings] == [
        "events:public.appointments:dead",
        "events:governance.events:lag",
    ]
    assert findings[0].detail == "1 events, for KeyError"


async def test_the_claimer_drains_when_woken_and_survives_the_database(
    database_url: str, connection: Connection
) -> None:
    await connection.execute(EFFECTS.encode())
    settings = Settings(database_url=SecretStr(database_url))
    claimer = Claimer(settings, [Writer().consumer], sweep=timedelta(hours=1))
    stop = asyncio.Event()
    running = asyncio.create_task(claimer.run(stop))
    count = "select count(*) from public.effects"

    async def effects() -> object:
        return (await fetch_all(connection, count))[0][0]

    await until(lambda: is_idle(connection))
    await record(connection, "a")
    claimer.wake()
    await until(effects)
    await connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mentalspace events'"
        " and datname = current_database()"
    )
    await record(connection, "b")
    claimer.wake()

    async def both() -> bool:
        return await effects() == 2

    await until(both)
    stop.set()
    await asyncio.wait_for(running, 5)
    assert (claimer.tally.consumed, claimer.tally.reconnects) == (2, 1)


async def is_idle(connection: Connection) -> bool:
    claimers = await fetch_all(
        connection,
        "select pid from pg_stat_activity where application_name = 'mentalspace events' and state = 'idle'"
        " and datname = current_database()",
    )
    return bool(claimers)


async def test_the_claimer_sweeps_unasked(database_url: str, connection: Connection) -> None:
    await connection.execute(EFFECTS.encode())
    settings = Settings(database_url=SecretStr(database_url))
    claimer = Claimer(settings, [Writer().consumer], sweep=timedelta(milliseconds=50))
    stop = asyncio.Event()
    running = asyncio.create_task(claimer.run(stop))
    await until(lambda: is_idle(connection))
    await record(connection, "a")

    async def consumed() -> bool:
        return claimer.tally.consumed == 1

    await until(consumed)
    stop.set()
    await asyncio.wait_for(running, 5)
