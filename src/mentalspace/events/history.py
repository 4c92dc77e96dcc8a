"""Look into the outbox, and put right what is stuck in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from mentalspace.database.connection import Connection, fetch_row
from mentalspace.events.outbox import queries


class State(StrEnum):
    """Where an event stands."""

    pending = "pending"
    retrying = "retrying"
    dead = "dead"
    consumed = "consumed"


class Entry(BaseModel):
    """An event as it is listed. `available_at` is when it is due, or was consumed."""

    model_config = ConfigDict(frozen=True)

    event_id: int
    state: State
    table_name: str
    row_key: str
    module: str
    task: str
    kind: str
    actor_id: UUID | None
    acted_as: str
    occurred_at: datetime
    available_at: datetime
    attempts: int
    consumed_by: tuple[str, ...]
    facts: dict[str, Any]
    error_class: str | None
    error_message: str | None


class Backlog(BaseModel):
    """How much waits, and how old the oldest is in seconds."""

    model_config = ConfigDict(frozen=True)

    waiting: int
    retrying: int
    dead: int
    lag: float


async def find_events(
    connection: Connection,
    state: State | None = None,
    table: str | None = None,
    key: str | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Events, oldest first; consumed ones newest first, and only when asked for. Read-only."""
    name = "list_consumed" if state is State.consumed else "list_open"
    values = {"state": state, "table": table, "key": key, "limit": limit}
    rows = await (await connection.execute(queries[name], values)).fetchall()
    return [Entry.model_validate(row) for row in rows]


async def measure_backlog(connection: Connection) -> Backlog:
    """How much there is to do. Read-only."""
    return Backlog.model_validate(await fetch_row(connection, queries["measure"]))


async def retry_events(connection: Connection, ids: Sequence[int] | None = None) -> list[int]:
    """Give events all their attempts again, at once; all dead ones without `ids`. Return which there were.

    A dead event that lives again comes after events of its row that did not wait for it.
    """
    cursor = await connection.execute(queries["revive"], {"ids": list(ids) if ids else None})
    return sorted(row["event_id"] for row in await cursor.fetchall())


async def drop_events(connection: Connection, ids: Sequence[int] | None = None) -> list[int]:
    """Delete dead events, all without `ids`; living ones stay. Return which were deleted."""
    cursor = await connection.execute(queries["drop"], {"ids": list(ids) if ids else None})
    return sorted(row["event_id"] for row in await cursor.fetchall())
