"""Rows of the practice tables, made column by column."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from tests import charts

from mentalspace.database.connection import Connection

NINE = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)  # 09:00 in New York
HOUR = timedelta(hours=1)


async def insert(connection: Connection, table: str, **values: Any) -> UUID:
    """Insert one row, lists and objects as JSON; return its id."""
    cells = {name: Jsonb(each) if isinstance(each, dict | list) else each for name, each in values.items()}
    return await charts.insert(connection, table, **cells)


async def book(connection: Connection, client: UUID, therapist: UUID, at: datetime, **more: Any) -> UUID:
    values = {"start_time": at, "end_time": at + HOUR, **more}
    return await insert(connection, "appointments", client_id=client, provider_id=therapist, **values)
