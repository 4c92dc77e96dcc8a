"""`governance.events` as a worker sees it: claim aggregates, acknowledge, postpone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from psycopg.rows import DictRow

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.events.event import Event
from mentalspace.jobs.failure import Failure

queries = load_queries(__package__ or "")
MOST_ATTEMPTS = 8


@dataclass(frozen=True)
class BatchSize:
    """How much one transaction takes: so many aggregates, and so many events of each."""

    aggregates: int = 200
    depth: int = 20


@dataclass(frozen=True)
class Limits:
    """What a claim may cost.

    A worker that is silent for `silence` loses it; a statement is cancelled after `statement`. Looking for
    the bad event of a batch goes on for `search`, the rest of the batch waits. A database that does not
    answer within `answer` is taken for gone; longer than all consumers may take together.
    """

    silence: timedelta = timedelta(seconds=30)
    statement: timedelta = timedelta(seconds=10)
    search: timedelta = timedelta(seconds=20)
    answer: timedelta = timedelta(seconds=60)


async def claim_events(connection: Connection, size: BatchSize, limits: Limits) -> list[Event]:
    """Claim aggregates that nobody else holds; return their events, oldest first.

    The claim lasts until the caller's transaction ends, so it must be inside one.
    """
    await connection.execute(
        queries["guard_session"],
        {"silence": _milliseconds(limits.silence), "statement": _milliseconds(limits.statement)},
    )
    cursor = await connection.execute(queries["lock_heads"], {"aggregates": size.aggregates})
    heads = await cursor.fetchall()
    if not heads:
        return []
    values = {
        "tables": [head["table_name"] for head in heads],
        "keys": [head["row_key"] for head in heads],
        "depth": size.depth,
    }
    rows = await (await connection.execute(queries["fetch_claimed"], values)).fetchall()
    return list(_in_order(rows))


def _in_order(rows: Iterable[DictRow]) -> Iterator[Event]:
    """The events that may be consumed now: whatever follows one that has to wait, waits with it."""
    waiting: set[tuple[str, str]] = set()
    for row in rows:
        ready = row.pop("ready")
        event = Event(**row)
        if event.aggregate in waiting or not ready:
            waiting.add(event.aggregate)
        else:
            yield event


async def acknowledge_events(connection: Connection, events: Iterable[Event]) -> None:
    """Move events to the consumed ones, in the caller's transaction."""
    if ids := [event.event_id for event in events]:
        await connection.execute(queries["acknowledge"], {"ids": ids})


async def note_consumers(connection: Connection, event: Event, consumed_by: Sequence[str]) -> None:
    """Remember which consumers are done with an event that waits for another one."""
    values = {"event_id": event.event_id, "consumed_by": list(consumed_by)}
    await connection.execute(queries["note_consumers"], values)


async def postpone_event(
    connection: Connection,
    event: Event,
    consumed_by: Sequence[str],
    failure: Failure,
    delay: timedelta,
    *,
    counts: bool,
) -> bool:
    """Try an event again after `delay`; return whether its attempts are used up, so that it is dead."""
    values = {
        "event_id": event.event_id,
        "counts": int(counts),
        "most": MOST_ATTEMPTS,
        "delay": delay,
        "consumed_by": list(consumed_by),
        "error_class": failure.error_class,
        "error_message": failure.message,
    }
    row = await (await connection.execute(queries["postpone"], values)).fetchone()
    return row is not None and row["died_at"] is not None


def _milliseconds(length: timedelta) -> str:
    return f"{int(length.total_seconds() * 1000)}ms"
