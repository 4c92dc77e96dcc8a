"""What the workers of a chaos run do with an event: an effect, and a message under the event's key.

Now and then the first try of an event fails after its effect was written, by the data or by contention.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import psycopg

from mentalspace.events import Consumer, Event, EventContext
from mentalspace.notifications import Notification
from mentalspace.notifications.outbox import enqueue_notifications

NOBODY = UUID(int=0)
EFFECT = """
insert into chaos.effects (event_id, thing, version)
select * from unnest(%s::bigint[], %s::text[], %s::integer[])
"""
_FAILS_BY_DATA, _FAILS_BY_CONTENTION = 397, 211


async def act(context: EventContext, events: Sequence[Event]) -> None:
    """Write one effect and one message per event, then perhaps fail."""
    ids = [event.event_id for event in events]
    versions = [event.facts["is"]["version"] for event in events]
    await context.connection.execute(EFFECT, (ids, [event.row_key for event in events], versions))
    await enqueue_notifications(context.connection, [_message(event) for event in events])
    for event in events:
        if event.attempts == 0 and event.event_id % _FAILS_BY_DATA == 0:
            raise ValueError("a poisoned event")
        if event.attempts == 0 and event.event_id % _FAILS_BY_CONTENTION == 0 and len(events) > 1:
            raise psycopg.errors.DeadlockDetected


async def count(context: EventContext, events: Sequence[Event]) -> None:
    """A second consumer, which must not act twice because the first one failed."""
    ids = [event.event_id for event in events]
    await context.connection.execute(
        "insert into chaos.counts (event_id) select unnest(%s::bigint[])", (ids,)
    )


def _message(event: Event) -> Notification:
    return Notification(
        notification_type="chaos",
        recipient_user_ids=(NOBODY,),
        subject="changed",
        message=f"things {event.row_key}",
        delivery_key=f"chaos:{event.event_id}",
    )


CONSUMERS = (Consumer("counter", count), Consumer("actor", act))
