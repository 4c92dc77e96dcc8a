"""Consuming: every event, in order, its effects once, whatever a consumer does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.outbox import EFFECTS, Writer, fetch_all, record, until

from mentalspace.database.connection import Connection, connect
from mentalspace.errors import MentalspaceError, UnavailableError
from mentalspace.events import Consumer, Event, EventContext
from mentalspace.events.drain import Drained, delay_attempt, drain_batch
from mentalspace.events.history import State, drop_events, find_events, measure_backlog, retry_events
from mentalspace.events.outbox import MOST_ATTEMPTS, BatchSize, Limits, claim_events
from mentalspace.settings import Settings

SETTINGS = Settings()
BY_EFFECT = "select row_key, count(*) from public.effects group by 1 order by 1"


@pytest.fixture
async def outbox(connection: Connection) -> Connection:
    await connection.execute(EFFECTS.encode())
    return connection


@pytest.fixture
async def rival(database_url: str) -> AsyncIterator[Connection]:
    async with connect(database_url) as opened:
        yield opened


async def drain(connection: Connection, *writers: Writer, size: BatchSize | None = None) -> Drained:
    consumers = [writer.consumer for writer in writers]
    return await drain_batch(EventContext(connection, SETTINGS), consumers, size)


async def drains(connection: Connection) -> bool:
    return (await drain(connection, Writer())).claimed > 0


async def make_due(connection: Connection) -> None:
    await connection.execute("update governance.events set available_at = now() where died_at is null")


async def test_effects_and_acknowledgement_are_one(outbox: Connection) -> None:
    await record(outbox, "a", "b", "a")
    writer = Writer()
    assert await drain(outbox, writer) == Drained(3, 3)
    assert writer.batches == [["a", "b", "a"]]
    assert await drain(outbox, writer) == Drained()
    assert await fetch_all(outbox, BY_EFFECT) == [("a", 2), ("b", 1)]
    assert len(await find_events(outbox, State.consumed, table="appointments")) == 3


async def test_without_consumers_events_are_consumed(outbox: Connection) -> None:
    await record(outbox, "a")
    assert await drain(outbox) == Drained(1, 1)


async def test_a_claimed_row_is_nobody_elses(outbox: Connection, rival: Connection) -> None:
    await record(outbox, "a", "a", "b")
    async with outbox.transaction():
        mine = await claim_events(outbox, BatchSize(aggregates=1), Limits())
        assert [event.row_key for event in mine] == ["a", "a"]
        await record(rival, "a")
        # Not even the event that came after the claim: it would overtake the claimed ones.
        assert await drain(rival, other := Writer()) == Drained(1, 1)
        assert other.batches == [["b"]]
    assert await drain(rival, other) == Drained(3, 3)


async def test_a_dead_workers_claim_is_free_at_once(database_url: str, outbox: Connection) -> None:
    await record(outbox, "a")
    dying = await psycopg.AsyncConnection.connect(database_url, row_factory=dict_row)
    await claim_events(dying, BatchSize(), Limits())
    assert await drain(outbox, Writer()) == Drained()
    dying.pgconn.finish()
    await until(lambda: drains(outbox))


async def test_a_silent_workers_claim_runs_out(database_url: str, outbox: Connection) -> None:
    await record(outbox, "a")
    silent = await psycopg.AsyncConnection.connect(database_url, row_factory=dict_row)
    await claim_events(silent, BatchSize(), Limits(silence=timedelta(milliseconds=200)))
    await until(lambda: drains(outbox))
    await silent.close()


async def test_one_bad_event_stops_only_its_own_row(outbox: Connection) -> None:
    await record(outbox, "a", "bad", "b", "bad", "c")
    writer = Writer(fails=lambda event: ValueError("a value") if event.row_key == "bad" else None)
    assert await drain(outbox, writer) == Drained(5, 3, 1)
    assert await fetch_all(outbox, BY_EFFECT) == [("a", 1), ("b", 1), ("c", 1)]
    first, second = await find_events(outbox)
    assert (first.state, first.attempts, second.state) == (State.retrying, 1, State.pending)
    assert (first.error_class, "writer: in " in str(first.error_message)) == ("ValueError", True)
    assert "a value" not in str(first.error_message)
    # The second waits behind the first, though nothing is wrong with it.
    assert await drain(outbox, Writer()) == Drained()
    await make_due(outbox)
    assert await drain(outbox, healed := Writer()) == Drained(2, 2)
    assert healed.batches == [["bad", "bad"]]


async def test_who_is_done_is_not_asked_again(outbox: Connection) -> None:
    await record(outbox, "a", "a")
    good, bad = Writer("good"), Writer("bad", fails=lambda _: KeyError())
    await drain(outbox, good, bad)
    await make_due(outbox)
    bad.fails = lambda _: None
    assert await drain(outbox, good, bad) == Drained(2, 2)
    order = "select array_agg(event_id order by seen_at) from public.effects group by consumer"
    assert await fetch_all(outbox, order) == [([1, 2],), ([1, 2],)]


async def test_attempts_run_out_and_life_goes_on(outbox: Connection) -> None:
    await record(outbox, "a", "a")
    bad = Writer(fails=lambda event: RuntimeError() if event.event_id == 1 else None)
    for _ in range(MOST_ATTEMPTS - 1):
        assert await drain(outbox, bad) == Drained(2, 0, 1)
        await make_due(outbox)
    assert await drain(outbox, bad) == Drained(2, 0, 1, 1)
    assert await drain(outbox, bad) == Drained(1, 1)
    assert (await measure_backlog(outbox)).dead == 1
    assert await retry_events(outbox) == [1]
    assert await drain(outbox, Writer()) == Drained(1, 1)


async def test_contention_uses_up_no_attempt(outbox: Connection) -> None:
    await record(outbox, "a")
    await drain(outbox, Writer(fails=lambda _: psycopg.errors.DeadlockDetected()))
    (entry,) = await find_events(outbox)
    assert (entry.attempts, entry.error_class) == (0, "DeadlockDetected 40P01")


async def test_an_error_of_the_database_does_not_spoil_the_transaction(outbox: Connection) -> None:
    async def divide(context: EventContext, events: Sequence[Event]) -> None:
        if any(event.row_key == "bad" for event in events):
            await context.connection.execute("select 1 / 0")

    await record(outbox, "a", "bad")
    context = EventContext(outbox, SETTINGS)
    assert await drain_batch(context, [Consumer("divider", divide), Writer().consumer]) == Drained(2, 1, 1)
    assert await fetch_all(outbox, BY_EFFECT) == [("a", 1), ("bad", 1)]


async def test_a_consumer_that_hangs_is_stopped(outbox: Connection) -> None:
    async def hang(context: EventContext, events: Sequence[Event]) -> None:
        await context.connection.execute("select pg_sleep(60)")

    await record(outbox, "a")
    consumer = Consumer("hanger", hang, timeout=timedelta(milliseconds=100))
    assert (await drain_batch(EventContext(outbox, SETTINGS), [consumer])).failed == 1
    (entry,) = await find_events(outbox)
    assert entry.error_class == "ConsumerTimeoutError"


async def test_a_lost_connection_undoes_the_batch(database_url: str, outbox: Connection) -> None:
    async def cut(context: EventContext, events: Sequence[Event]) -> None:
        await outbox.execute("select pg_terminate_backend(%s)", (context.connection.info.backend_pid,))

    await record(outbox, "a")
    with pytest.raises(MentalspaceError):
        async with connect(database_url) as doomed:
            await drain_batch(
                EventContext(doomed, SETTINGS), [Writer("first").consumer, Consumer("cutter", cut)]
            )
    assert await fetch_all(outbox, BY_EFFECT) == []
    assert await drain(outbox, Writer()) == Drained(1, 1)


async def test_an_error_on_a_lost_connection_is_the_connections(
    database_url: str, outbox: Connection
) -> None:
    async def cut_and_fail(context: EventContext, events: Sequence[Event]) -> None:
        await outbox.execute("select pg_terminate_backend(%s)", (context.connection.info.backend_pid,))
        raise ValueError

    await record(outbox, "a")
    async with connect(database_url) as doomed:
        with pytest.raises(UnavailableError):
            await drain_batch(EventContext(doomed, SETTINGS), [Consumer("cutter", cut_and_fail)])
    (entry,) = await find_events(outbox)
    assert entry.attempts == 0


async def test_only_what_a_consumer_wants(outbox: Connection) -> None:
    writer = Writer()
    await record(outbox, "a", "b")
    consumer = Consumer("picky", writer.handle, wants=lambda event: event.row_key == "b")
    assert await drain_batch(EventContext(outbox, SETTINGS), [consumer]) == Drained(2, 2)
    assert writer.batches == [["b"]]


async def test_a_long_history_of_one_row_is_taken_in_parts(outbox: Connection) -> None:
    await record(outbox, *"aaaaa")
    size = BatchSize(depth=2)
    assert [(await drain(outbox, size=size)).consumed for _ in range(4)] == [2, 2, 1, 0]


async def test_dropping_spares_the_living(outbox: Connection) -> None:
    await record(outbox, "a", "b")
    await outbox.execute("update governance.events set died_at = now() where event_id = 2")
    assert await drop_events(outbox, [1, 2]) == [2]
    assert [entry.event_id for entry in await find_events(outbox)] == [1]


def test_attempts_come_ever_later() -> None:
    delays = [delay_attempt(attempts).total_seconds() for attempts in range(12)]
    assert 1.6 <= delays[0] <= 2.4
    assert max(delays) <= 15 * 60 * 1.2
    assert delays[:4] == sorted(delays[:4])
