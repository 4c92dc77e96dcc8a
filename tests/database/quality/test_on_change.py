"""A row that goes wrong is found, alerted and recovered soon after, without any schedule."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr
from tests.outbox import fetch_all, until

from mentalspace.database.connection import Connection
from mentalspace.quality.passes import check_changes
from mentalspace.quality.reactions import REACTIONS, has_changes
from mentalspace.quality.runner import find_tables, record
from mentalspace.realtime import ReactionContext
from mentalspace.settings import Settings
from mentalspace.worker.reactor import Reactor

(ON_CHANGE,) = (replace(each, settle=timedelta(), share=0) for each in REACTIONS)
CHANGE = "update public.appointments set status = %s where id = %s"
UPCOMING = """
select id::text from public.appointments
where status = 'Scheduled' and deleted_at is null and start_time > now() + interval '1 day'
order by id limit 1
"""
FAILURES = """
select failures from governance.quality_check_history
where table_name = 'public.appointments' and name = 'completed_in_future'
order by checked_at desc limit 1
"""
RUNS = "select triggered_by from public.data_quality_results order by check_date"


@pytest.fixture
async def judged(seeded_connection: Connection) -> Connection:
    """A practice of which a pass has seen everything."""
    evaluation = await check_changes(seeded_connection, await find_tables(seeded_connection))
    async with seeded_connection.transaction():
        await record(seeded_connection, evaluation)
    return seeded_connection


async def failures(connection: Connection) -> object:
    ((number,),) = await fetch_all(connection, FAILURES)
    return number


async def test_a_change_is_judged_at_once(judged: Connection, seeded_database_url: str) -> None:
    settings = Settings(database_url=SecretStr(seeded_database_url))
    reactor = Reactor(settings, [ON_CHANGE], timedelta(hours=1))
    ((key,),) = await fetch_all(judged, UPCOMING)
    before, stop = await failures(judged), asyncio.Event()
    assert isinstance(before, int)
    running = asyncio.create_task(reactor.run(stop))
    try:
        for status, expected in (("Completed", before + 1), ("Scheduled", before)):
            await judged.execute(CHANGE, (status, key))

            async def seen(expected: int = expected) -> bool:
                reactor.wake()
                return await failures(judged) == expected

            await until(seen, 30)
    finally:
        stop.set()
        await asyncio.wait_for(running, 20)
    assert {row[0] for row in await fetch_all(judged, RUNS)} == {"manual", "change"}


async def test_it_is_due_while_captured_changes_wait_and_nobody_paused_it(judged: Connection) -> None:
    context = ReactionContext(judged, Settings())
    ((key,),) = await fetch_all(judged, UPCOMING)
    # The record of a run is a change too, and none that anybody waits for.
    assert await fetch_all(judged, "select distinct relation from governance.quality_changes")
    assert not await has_changes(context)
    async with judged.transaction(force_rollback=True):
        await judged.execute(CHANGE, ("Completed", key))
        assert await has_changes(context)
    assert not await has_changes(context)
    await judged.execute(CHANGE, ("Completed", key))
    assert await has_changes(context)
    await judged.execute(
        "insert into governance.jobs (name, title, schedule, time_zone) "
        "values ('data_quality_changes', 'T', '* * * * *', 'UTC') on conflict do nothing"
    )
    await judged.execute(
        "insert into governance.job_pauses (job, paused_by) values ('data_quality_changes', 'somebody')"
    )
    assert not await has_changes(context)
