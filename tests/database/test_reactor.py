"""The reactor: woken it looks at once, unwoken it looks anyway, and nothing that fails stops it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from pydantic import SecretStr
from tests.outbox import fetch_all, until

from mentalspace.database.connection import Connection
from mentalspace.realtime import Reaction, ReactionContext
from mentalspace.settings import Settings
from mentalspace.worker.reactor import Reactor

NEVER, OFTEN, AT_ONCE = timedelta(hours=1), timedelta(milliseconds=20), timedelta()
TODO = "create table public.todo (id integer generated always as identity, word text)"


async def is_due(context: ReactionContext) -> bool:
    return await (await context.connection.execute("select from public.todo limit 1")).fetchone() is not None


async def do(context: ReactionContext) -> None:
    await context.connection.execute("delete from public.todo")


def reaction(react: Callable[[ReactionContext], Awaitable[None]] = do, **changes: object) -> Reaction:
    values = {"settle": AT_ONCE, "share": 0} | changes
    return Reaction("doer", is_due, react, **values)


@asynccontextmanager
async def reacting(url: str, *reactions: Reaction, sweep: timedelta = NEVER) -> AsyncIterator[Reactor]:
    reactor = Reactor(Settings(database_url=SecretStr(url)), reactions, sweep)
    stop = asyncio.Event()
    running = asyncio.create_task(reactor.run(stop))
    try:
        yield reactor
    finally:
        stop.set()
        await asyncio.wait_for(running, 20)


@pytest.fixture
async def todo(connection: Connection) -> Connection:
    await connection.execute(TODO)
    return connection


async def add(connection: Connection, word: str = "x") -> None:
    await connection.execute("insert into public.todo (word) values (%s)", (word,))


async def is_empty(connection: Connection) -> bool:
    return await fetch_all(connection, "select 1 from public.todo") == []


async def test_woken_it_does_what_a_table_says(todo: Connection, database_url: str) -> None:
    async with reacting(database_url, reaction()) as reactor:
        for count in (1, 2):
            await add(todo)

            async def done(count: int = count) -> bool:
                reactor.wake()
                return reactor.done["doer"] == count

            await until(done)
            assert await is_empty(todo)
        reactor.wake()
    assert reactor.done["doer"] == 2


async def test_unwoken_it_looks_anyway(todo: Connection, database_url: str) -> None:
    async with reacting(database_url, reaction(), sweep=OFTEN):
        await add(todo)
        await until(lambda: is_empty(todo))


async def test_what_fails_is_tried_again_and_stops_nothing_else(todo: Connection, database_url: str) -> None:
    async def fail(context: ReactionContext) -> None:
        await context.connection.execute("select 1 / count(*) from public.todo where word = 'right'")
        await do(context)

    other: list[bool] = []

    async def note(_: ReactionContext) -> None:
        other.append(True)

    failing, noting = reaction(fail), Reaction("noter", is_due, note, settle=AT_ONCE, share=0)
    async with reacting(database_url, failing, noting, sweep=OFTEN) as reactor:
        await add(todo, "wrong")

        async def tried() -> bool:
            return reactor.failed["doer"] >= 2 and len(other) >= 2

        await until(tried)
        await add(todo, "right")
        await until(lambda: is_empty(todo))
    assert reactor.done["doer"] == 1


async def test_a_lost_connection_is_made_anew(todo: Connection, database_url: str) -> None:
    async def lose(context: ReactionContext) -> None:
        await todo.execute("delete from public.todo where word = 'lose'")
        await context.connection.execute("select pg_terminate_backend(pg_backend_pid())")

    async with reacting(database_url, reaction(lose), sweep=OFTEN) as reactor:
        await add(todo, "lose")
        await until(lambda: is_empty(todo))

        async def failed() -> bool:
            return reactor.failed["doer"] == 1

        await until(failed)
        await add(todo, "lose")
        await until(lambda: is_empty(todo))


async def test_what_takes_too_long_is_broken_off_and_so_is_what_is_under_way_at_the_end(
    todo: Connection, database_url: str
) -> None:
    asleep = "select 1 from pg_stat_activity where query like '%pg_sleep(1000)%' and pid <> pg_backend_pid()"

    async def sleep(context: ReactionContext) -> None:
        await context.connection.execute("select pg_sleep(1000)")

    async def sleeps() -> bool:
        return bool(await fetch_all(todo, f"{asleep} and state = 'active'"))

    await add(todo)
    async with reacting(database_url, reaction(sleep)):
        await until(sleeps)
    short = reaction(sleep, timeout=timedelta(milliseconds=50))
    async with reacting(database_url, short, sweep=OFTEN) as reactor:

        async def cut() -> bool:
            return reactor.failed["doer"] >= 1

        await until(cut)


async def test_a_name_is_snake_case() -> None:
    with pytest.raises(ValueError, match="snake_case"):
        Reaction("No name", is_due, do)
