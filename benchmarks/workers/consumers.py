"""What the benchmark's workers do with events: nothing, or one row each."""

from __future__ import annotations

from collections.abc import Sequence

from mentalspace.events import Consumer, Event, EventContext

HANDLED = "create table if not exists public.handled (event_id bigint, handled_at timestamptz)"
HANDLE = "insert into public.handled select id, clock_timestamp() from unnest(%s::bigint[]) id"


async def nothing(context: EventContext, events: Sequence[Event]) -> None:
    """The queue alone."""


async def write(context: EventContext, events: Sequence[Event]) -> None:
    """An effect per event, and when it was written."""
    await context.connection.execute(HANDLE, ([event.event_id for event in events],))


NOTHING = (Consumer("nothing", nothing),)
WRITE = (Consumer("write", write),)
