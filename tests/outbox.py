"""Fill an outbox and count what consumers did with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from mentalspace.database.connection import Connection
from mentalspace.events import Consumer, Event, EventContext

EFFECTS = """
create table if not exists public.effects (
  consumer text, event_id bigint, row_key text, seen_at timestamptz default clock_timestamp()
)
"""
RECORD = """
select
  governance.record_event('scheduling', 'cancel_appointment', 'appointments', key, '{"command": "update"}')
from unnest(%s::text[]) key
"""


async def record(connection: Connection, *keys: str) -> None:
    """Record one event per key, in this order."""
    await connection.execute(RECORD, (list(keys),))


async def fetch_all(connection: Connection, query: str) -> list[tuple[object, ...]]:
    cursor = await connection.execute(query.encode())
    return [tuple(row.values()) for row in await cursor.fetchall()]


async def until(condition: Callable[[], Awaitable[object]], seconds: float = 60) -> None:
    """Wait until a condition holds; fails when it does not come true in time."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


@dataclass
class Writer:
    """A consumer that writes one row per event, and fails where told."""

    name: str = "writer"
    fails: Callable[[Event], Exception | None] = lambda _: None
    batches: list[list[str]] = field(default_factory=list)

    async def handle(self, context: EventContext, events: Sequence[Event]) -> None:
        self.batches.append([event.row_key for event in events])
        for event in events:
            await context.connection.execute(
                "insert into public.effects (consumer, event_id, row_key) values (%s, %s, %s)",
                (self.name, event.event_id, event.row_key),
            )
            if error := self.fails(event):
                raise error

    @property
    def consumer(self) -> Consumer:
        return Consumer(self.name, self.handle)


async def _ignore(context: EventContext, events: Sequence[Event]) -> None:
    """Consumed is consumed."""


async def _hang(context: EventContext, events: Sequence[Event]) -> None:
    await context.connection.execute("select pg_sleep(60)")


# For `mentalspace worker --consumers`.
CONSUMERS = (Consumer("ignorer", _ignore),)
HANGING = (Consumer("hanger", _hang, timeout=timedelta(minutes=1)),)
