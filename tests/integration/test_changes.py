"""Reacting to changes against the running stack: a hint wakes, a sweep is not needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from pydantic import SecretStr
from tests.conftest import RunningStack
from tests.outbox import until

from mentalspace.database.connection import Connection, connect
from mentalspace.events import Consumer, Event, EventContext
from mentalspace.realtime import Reaction, ReactionContext, Subscription
from mentalspace.realtime.token import Token, TokenSource
from mentalspace.settings import Settings
from mentalspace.worker.changes import ChangeWorker, Sweeps

NEVER = timedelta(hours=1)
CHANGE = """
with changed as (
  insert into public.system_alerts (metric, value, threshold, severity, message)
  values ('test', 1, 1, 'low', 'a test') returning id
)
select governance.record_event('monitoring', 'raise_alert', 'system_alerts', id::text) from changed
"""


class Listener:
    """A consumer that notes when it was called."""

    def __init__(self) -> None:
        self.seen: list[Event] = []

    async def handle(self, context: EventContext, events: Sequence[Event]) -> None:
        self.seen += [event for event in events if event.module == "monitoring"]

    async def has_seen(self, count: int) -> bool:
        return len(self.seen) >= count


@pytest.fixture
async def database(stack: RunningStack) -> AsyncIterator[Connection]:
    async with connect(stack.database_url) as connection:
        yield connection
        await connection.execute("delete from public.system_alerts where metric = 'test'")
        await connection.execute("delete from governance.consumed_events where module = 'monitoring'")


@asynccontextmanager
async def working(
    stack: RunningStack,
    listener: Listener,
    source: TokenSource | None = None,
    reactions: Sequence[Reaction] = (),
    **changes: object,
) -> AsyncIterator[ChangeWorker]:
    settings = Settings(
        database_url=SecretStr(stack.database_url),
        supabase_url=stack.url,
        supabase_secret_key=SecretStr(stack.secret_key),
    )
    worker = ChangeWorker(
        settings,
        [Consumer("listener", listener.handle)],
        [Subscription()],
        Sweeps(NEVER, NEVER),
        reactions,
    )
    worker.feed.source = source
    for name, value in changes.items():
        setattr(worker.canary, name, value)
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    try:
        yield worker
    finally:
        stop.set()
        await asyncio.wait_for(running, 60)


async def is_live(worker: ChangeWorker) -> bool:
    return worker.feed.live


async def test_a_change_is_handled_without_waiting_for_a_sweep(
    stack: RunningStack, database: Connection
) -> None:
    """The next sweep is an hour away; `benchmarks/workers` says how long it takes."""
    listener = Listener()
    async with working(stack, listener) as worker:
        await until(lambda: is_live(worker))
        for count in range(1, 11):
            await database.execute(CHANGE.encode())
            await until(lambda count=count: listener.has_seen(count))


async def test_a_reaction_is_woken_by_a_change(stack: RunningStack, database: Connection) -> None:
    async def is_due(context: ReactionContext) -> bool:
        cursor = await context.connection.execute("select from public.system_alerts where metric = 'test'")
        return await cursor.fetchone() is not None

    async def react(context: ReactionContext) -> None:
        await context.connection.execute("delete from public.system_alerts where metric = 'test'")

    async with working(stack, Listener(), reactions=[Reaction("tidy_up", is_due, react)]) as worker:
        await until(lambda: is_live(worker))
        await database.execute(CHANGE.encode())

        async def reacted() -> bool:
            return worker.reactor.done["tidy_up"] == 1

        await until(reacted)


async def test_the_canary_comes_back(stack: RunningStack, database: Connection) -> None:
    async with working(stack, Listener(), every=timedelta(milliseconds=200)) as worker:

        async def heard() -> bool:
            return worker.canary.latency is not None

        await until(heard)
        assert not worker.canary.silent
        cursor = await database.execute("select beat, heard from public.feed_canaries")
        assert len(await cursor.fetchall()) == 1
    cursor = await database.execute("select from public.feed_canaries")
    assert await cursor.fetchall() == []


async def test_what_happened_before_the_feed_was_live_is_found(
    stack: RunningStack, database: Connection
) -> None:
    listener = Listener()
    await database.execute(CHANGE.encode())
    async with working(stack, listener):
        await until(lambda: listener.has_seen(1))


async def test_a_session_that_ends_is_followed_by_the_next(stack: RunningStack, database: Connection) -> None:
    listener = Listener()
    async with working(stack, listener) as worker:
        await until(lambda: is_live(worker))
        worker.feed.restart("a test")

        async def again() -> bool:
            return worker.feed.sessions == 2 and worker.feed.live

        await until(again)
        await database.execute(CHANGE.encode())
        await until(lambda: listener.has_seen(1))


async def test_a_token_is_renewed_before_it_expires(stack: RunningStack, database: Connection) -> None:
    issued: list[datetime] = []

    async def source() -> Token:
        issued.append(datetime.now(UTC) + timedelta(seconds=1))
        # A claim counts whole seconds, and a loaded machine may be late by some seconds; one that is not
        # renewed ends the session before the test does.
        claims = {"role": "service_role", "exp": issued[-1] + timedelta(seconds=3)}
        return Token(jwt.encode(claims, stack.jwt_secret, algorithm="HS256"), issued[-1])

    listener = Listener()
    async with working(stack, listener, source) as worker:
        await until(lambda: is_live(worker))

        async def outlived() -> bool:
            return datetime.now(UTC) > issued[0] + timedelta(seconds=3.5)

        await until(outlived)
        await database.execute(CHANGE.encode())
        await until(lambda: listener.has_seen(1))
        assert (worker.feed.sessions, len(issued) >= 3) == (1, True)


async def test_a_wrong_key_is_tried_again_and_harms_nothing(
    stack: RunningStack, database: Connection
) -> None:
    listener = Listener()
    async with working(stack, listener) as worker:
        worker.feed.api_key = "sb_secret_wrong"
        worker.feed.restart("a test")

        async def refused() -> bool:
            return worker.feed.sessions >= 2 and not worker.feed.live

        await until(refused)
        await database.execute(CHANGE.encode())
        worker.claimer.wake()
        await until(lambda: listener.has_seen(1))
