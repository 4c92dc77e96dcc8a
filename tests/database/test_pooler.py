"""Workers behind pgbouncer in transaction mode: more clients than sessions, and nothing is noticed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr
from tests.acceptance.conftest import Cli, cli
from tests.outbox import fetch_all, record, until
from tests.pooler import SESSIONS, find_pgbouncer, pooler
from tests.sample_jobs import (
    BRIEF,
    EFFECT,
    SELDOM,
    count_effects,
    lease_run,
    register_long_ago,
)
from tests.sinks import hook_sink

from mentalspace.database.connection import Connection, connect
from mentalspace.delivery.jobs import deliver
from mentalspace.events import Consumer, Event, EventContext
from mentalspace.events.claimer import Claimer
from mentalspace.events.outbox import BatchSize
from mentalspace.jobs.history import find_runs
from mentalspace.jobs.ledger import Ledger, Status
from mentalspace.jobs.worker import Pace, Worker
from mentalspace.settings import Settings, load_settings

__all__ = ["cli"]  # a fixture of the commands' tests
pytestmark = pytest.mark.skipif(
    find_pgbouncer() is None, reason="pgbouncer is not installed (Debian: apt install pgbouncer)"
)
REPLICAS = 3
SERVED = """
select count(*) as sessions from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
"""
MESSAGES = """
insert into public.notification_logs (notification_type, subject, message, sent_via, recipient_user_ids)
select 'sample', 's', 'm', '{slack,in_app}', array[gen_random_uuid()] from generate_series(1, 20)
"""


@pytest.fixture
async def settings(database_url: str) -> AsyncIterator[Settings]:
    async with pooler(database_url) as url:
        yield load_settings(database_url=url)


async def write(context: EventContext, events: Sequence[Event]) -> None:
    ids = [event.event_id for event in events]
    await context.connection.execute("insert into public.written select unnest(%s::bigint[])", (ids,))


async def work(settings: Settings, number: int, stop: asyncio.Event) -> None:
    """One replica's schedules."""
    jobs = [replace(job, schedule=SELDOM) for job in (EFFECT, BRIEF)]
    pace = Pace(sweep=timedelta(milliseconds=300), drain=timedelta(seconds=5))
    async with Ledger(settings.database_url.get_secret_value(), f"worker {number}") as ledger:
        await Worker(settings, jobs, ledger, pace).run(stop)


async def test_replicas_share_fewer_sessions_than_they_are(
    connection: Connection, settings: Settings
) -> None:
    """Three replicas of both halves: seven clients and one for each run, three sessions of the server."""
    await register_long_ago(connection, settings.database_url.get_secret_value())
    await connection.execute("create table public.written (event_id bigint)")
    await record(connection, *(f"row {number % 40}" for number in range(400)))
    # Small batches: a statement that is used often is one that would be prepared.
    claimers = [
        Claimer(settings, [Consumer("writer", write)], timedelta(milliseconds=200), BatchSize(5, 4))
        for _ in range(REPLICAS)
    ]
    stop = asyncio.Event()

    async def all_done() -> bool:
        runs = [run for run in await find_runs(connection) if run.status is Status.succeeded]
        left = await fetch_all(connection, "select from governance.events limit 1")
        return len(runs) == 2 and not left

    async with asyncio.TaskGroup() as group:
        for number, claimer in enumerate(claimers):
            group.create_task(claimer.run(stop))
            group.create_task(work(settings, number, stop))
        try:
            await until(all_done)
            (row,) = await fetch_all(connection, SERVED)
        finally:
            stop.set()
    assert row[0] <= SESSIONS
    assert sum(claimer.tally.consumed for claimer in claimers) == 400
    assert sum(claimer.tally.reconnects for claimer in claimers) == 0
    written = await fetch_all(
        connection, "select count(*) as n, count(distinct event_id) as m from public.written"
    )
    assert written == [(400, 400)]
    assert await count_effects(connection) == 1


async def test_messages_leave(connection: Connection, settings: Settings) -> None:
    await connection.execute(MESSAGES)
    run = await lease_run(connection)
    async with hook_sink() as hook, connect(settings.database_url.get_secret_value()) as pooled:
        known = settings.model_copy(update={"notification_slack_url": SecretStr(hook.url)})
        outcome = await deliver(replace(run, connection=pooled, settings=known))
    assert (outcome.summary, len(hook.posts)) == ("20 sent, 0 failed", 20)


async def test_what_needs_a_session_says_so(settings: Settings, cli: Cli) -> None:
    """A session's lock, taken through a pooler, would be somebody else's at once."""
    ended = await cli("database", "migrate", "--database-url", settings.database_url.get_secret_value())
    assert (ended.code, ended.out) == (2, "")
    assert "the server's own address" in ended.err
