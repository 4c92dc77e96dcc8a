"""Look into the outbox of messages, and send again what did not arrive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from mentalspace.database.connection import Connection, fetch_row
from mentalspace.delivery.outbox import queries


class Listed(BaseModel):
    """A message and where its deliveries stand."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    created_at: AwareDatetime
    notification_type: str
    priority: str
    subject: str
    status: str
    sent_via: tuple[str, ...]
    recipients: int
    attempts: int
    last_error: str | None
    sent_at: AwareDatetime | None
    deliveries: dict[str, int]


class Waiting(BaseModel):
    """How much is due, and for how many seconds the oldest has been."""

    model_config = ConfigDict(frozen=True)

    waiting: int
    seconds: float


async def find_messages(connection: Connection, status: str | None = None, limit: int = 50) -> list[Listed]:
    """Messages, newest first. Read-only."""
    cursor = await connection.execute(queries["list"], {"status": status, "limit": limit})
    return [Listed.model_validate(row) for row in await cursor.fetchall()]


async def resend_messages(connection: Connection, ids: Sequence[UUID] | None = None) -> list[UUID]:
    """Send again what died or was skipped, all attempts anew; of every failed message without `ids`.

    What arrived is not sent again. Return the messages there were.
    """
    rows = await connection.execute(queries["resend"], {"ids": list(ids) if ids else None})
    return [row["id"] for row in await rows.fetchall()]


async def measure_waiting(connection: Connection) -> Waiting:
    """How much is due. Read-only."""
    return Waiting.model_validate(await fetch_row(connection, queries["measure_lag"]))


async def count_deliveries(connection: Connection) -> list[dict[str, Any]]:
    """Deliveries by channel and state: all that wait, and those that ended within a day. Read-only."""
    return await (await connection.execute(queries["measure"])).fetchall()


async def find_unconfigured(connection: Connection) -> dict[str, int]:
    """Messages of the last day by channel that nobody configured. Read-only."""
    rows = await (await connection.execute(queries["find_unconfigured"])).fetchall()
    return {row["channel"]: row["messages"] for row in rows}
